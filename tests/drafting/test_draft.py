import zipfile
from contextlib import suppress
from pathlib import Path

import docx
import numpy as np
import pandas as pd
import pyreadstat
import pytest

from coprod_measure.drafting.draft import draft_instrument
from coprod_measure.errors import CoprodError, InstrumentError
from coprod_measure.responses.read import read_responses

EXAMPLES = Path(__file__).parent / "examples"


def test_a_qualtrics_survey_file():
    draft = draft_instrument(EXAMPLES / "service.qsf")
    items, scales = draft.instrument.items, draft.instrument.scales
    assert list(items) == ["trust_a1", "trust_a2", "trust_a3", "sat1", "sat2", "did", "hours", "why"]
    assert items["trust_a1"].text == "They keep promises."
    assert items["trust_a3"].translations["de"].text == "Sie lügen."
    assert scales[items["trust_a1"].scale_id].labels["de"] == ("Nein", "Teils", "Ja")
    assert {id_: len(draft.instrument.items_of(id_)) for id_ in draft.theory.constructs} == {
        "trust": 3,
        "sat": 2,
    }
    assert items["hours"].kind == "number"
    assert items["hours"].show_if == "did == 2"
    assert draft.notes == ("sorted: a question of the type RO DND", "why: its display logic")


def test_values_that_a_platform_stores_out_of_order_are_codes_as_shown():
    draft = draft_instrument(EXAMPLES / "service.qsf")
    assert draft.instrument.scale_of("sat1").codes == (1, 2, 3, 4, 5)
    assert draft.names.items["sat1"].values == {"6": 2, "2": 3, "3": 4, "4": 5}
    assert draft.names.items["did"].option_columns == {"1": "did_1", "2": "did_2", "3": "did_3"}


def test_a_limesurvey_archive():
    draft = draft_instrument(EXAMPLES / "fairness.lss")
    items = draft.instrument.items
    assert draft.instrument.title == "Fairness"
    assert list(items) == ["BUY", "t1", "t2", "AGE"]
    assert items["t1"].translations["de"].text == "Sie sind fair."
    assert items["AGE"].show_if == "BUY == 2"
    assert draft.names.items["t1"].column == "TRU[t1]"
    assert draft.names.items["t1"].values == {"A1": 1, "A2": 2, "A3": 3}
    assert draft.notes == ("BUY: its option 'other'", "RANK: a question of the type R")


@pytest.fixture
def labelled(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({f"joy{n}": rng.integers(1, 6, 60).astype(float) for n in (1, 2, 3)})
    frame.loc[::7, "joy1"] = 99.0
    frame["sex"] = rng.integers(0, 2, 60)
    labels = {1.0: "Never", 3.0: "Sometimes", 5.0: "Always", 99.0: "No answer"}
    path = tmp_path / "joy.sav"
    pyreadstat.write_sav(
        frame,
        path,
        column_labels={"joy1": "I enjoy this."},
        variable_value_labels={"joy1": labels, "sex": {0: "Male", 1: "Female"}},
        missing_ranges={"joy1": [99]},
    )
    return path


def test_an_spss_file_gives_wordings_labels_and_missing_codes(labelled):
    draft = draft_instrument(labelled)
    scale = draft.instrument.scale_of("joy1")
    assert draft.answers
    assert draft.instrument.items["joy1"].text == "I enjoy this."
    assert scale.codes == (1, 2, 3, 4, 5)
    assert scale.labels["en"] == ("Never", "2", "Sometimes", "4", "Always")
    assert draft.missing_codes == {"99": "unanswered"}
    assert draft.instrument.scale_of("sex").labels["en"] == ("Male", "Female")
    assert [len(draft.instrument.items_of(one)) for one in draft.theory.constructs] == [3]


def test_items_whose_labels_run_against_the_others_keep_their_own(tmp_path):
    # A clean file holds mirrored items with mirrored labels.
    up = {1: "Strongly disagree", 2: "Disagree", 3: "Neither", 4: "Agree", 5: "Strongly agree"}
    down = {6 - code: label for code, label in up.items()}
    rng = np.random.default_rng(3)
    general = rng.normal(size=200)
    answers = {f"joy{k}": np.clip(np.round(3 + general + rng.normal(size=200)), 1, 5) for k in (1, 2, 3, 4)}
    answers["joy4"] = np.clip(answers["joy4"], 1, 4)  # nobody chose its end
    frame = pd.DataFrame({**answers, "bare": rng.integers(1, 6, 200)})
    file = tmp_path / "mirrored.sav"
    labels = {"joy1": up, "joy2": down, "joy3": up, "joy4": down}
    pyreadstat.write_sav(frame, str(file), variable_value_labels=labels)
    draft = draft_instrument(file)
    assert list(draft.theory.constructs) == ["joy"]
    assert [item.id for item in draft.instrument.items_of("joy")] == ["joy1", "joy2", "joy3", "joy4"]
    for id_, wanted in labels.items():
        scale = draft.instrument.scale_of(id_)
        assert dict(zip(scale.codes, scale.labels["en"], strict=True)) == wanted
    assert not any(item.reverse for item in draft.instrument.items.values())


def test_answers_in_words_are_put_in_their_order(tmp_path):
    path = tmp_path / "words.csv"
    words = ["Strongly agree", "Agree", "Disagree", "Strongly disagree", "Neutral"]
    pd.DataFrame({"id": range(40), "q1": words * 8, "q2": words[::-1] * 8, "town": ["A", "B"] * 20}).to_csv(
        path, index=False
    )
    draft = draft_instrument(path)
    assert draft.instrument.scale_of("q1").labels["en"] == (
        "Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree",
    )  # fmt: skip
    assert not draft.instrument.scale_of("town").ordered
    assert "id" not in draft.instrument.items


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("gone.qsf", None, "no-file"),
        ("cut.qsf", '{"SurveyEntry": {', "unreadable"),
        ("odd.qsf", '{"SurveyElements": 3, "SurveyEntry": 4}', "unreadable"),
        (
            "bomb.lss",
            '<!DOCTYPE d [<!ENTITY a "b">]><document><LimeSurveyDocType>Survey</LimeSurveyDocType></document>',
            "unreadable",
        ),
        ("none.lss", "<document><LimeSurveyDocType>Survey</LimeSurveyDocType></document>", "no-questions"),
        ("ids.csv", "id,started\n1,2\n2,3\n", "no-questions"),
        ("empty.csv", "", "empty-file"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, name, content, code):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(CoprodError) as caught:
        draft_instrument(path)
    assert caught.value.problems[0].code == code
    assert "\n" not in str(caught.value)


def test_hostile_texts_stay_texts(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('"a: {b} # \\u0007"" - !!python/object","q1"\n1,2\n2,3\n3,1\n')
    draft = draft_instrument(path)
    assert "(b)" in next(iter(draft.instrument.items.values())).text
    with pytest.raises(InstrumentError):
        draft_instrument(tmp_path / "y.csv")


def test_columns_that_identify_people_are_no_questions(tmp_path: Path) -> None:
    path = tmp_path / "forms.csv"
    rows = "".join(
        f"{k},3/1/25 10:00:00,3/1/25 10:00:50,p{k}@example.org,192.0.2.{k}(Town),{k}\n" for k in (1, 2, 3)
    )
    head = "ID,Start time,Completion time,Email,from,I feel well.\n"
    path.write_text(head + rows, encoding="utf-8")
    draft = draft_instrument(path)
    assert len(draft.instrument.items) == 1
    assert "example.org" not in draft.text
    assert "192.0.2" not in draft.text


def test_an_encoding_that_nobody_knows_is_said(tmp_path: Path) -> None:
    path = tmp_path / "survey.lss"
    start = '<?xml version="1.0" encoding="UTF-8-1"?><document><LimeSurveyDocType>Survey</LimeSurveyDocType>'
    path.write_text(f"{start}</document>", encoding="utf-8")
    with pytest.raises(CoprodError, match="cannot be read"):
        draft_instrument(path)


FORMS = ("forms_api.json", "forms_script.json", "forms_page.html", "forms_microsoft.json")


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_google_or_microsoft(name):
    draft = draft_instrument(EXAMPLES / name)
    items = draft.instrument.items
    assert draft.instrument.title == "Workshop"
    assert {id_: one.text for id_, one in items.items()} == {
        "q1_1": "They keep promises.",
        "q1_2": "They are honest.",
        "q2": "How sure are you?",
        "q3": "Which tools?",
        "Member": "Member?",
        "Why": "Why?",
    }
    assert draft.instrument.scale_of("q1_1").labels["en"] == ("Disagree", "Neutral", "Agree")
    assert draft.instrument.scale_of("q2").labels["en"] == ("Unsure", "2", "3", "4", "Sure")
    assert (items["q2"].kind, items["q3"].kind, items["Member"].kind) == (
        "scale",
        "multiple_choice",
        "single_choice",
    )
    assert [one.name for one in draft.theory.constructs.values()] == ["How far do you agree?"]
    assert draft.names.items["q1_2"].values == {"Disagree": 1, "Neutral": 2, "Agree": 3}
    assert draft.names.items["q1_2"].column in {
        "How far do you agree? [They are honest.]",
        "They are honest.",
    }
    assert "q3: its option 'other'" in draft.notes
    assert any("When?" in note for note in draft.notes)
    assert [block.title.get("en") for block in draft.instrument.forms["all"].blocks] == [None, "About you"]


def test_answers_to_a_form_fit_what_was_drafted_from_it(tmp_path):
    head = "Timestamp,How far do you agree? [They keep promises.],How far do you agree? [They are honest.],"
    rows = '2026/02/03 10:00:00 AM,Agree,Neutral,4,"Saw, Drill",Yes,x\n2026/02/03 11:00:00 AM,Disagree,Agree,2,,No,y\n'
    (tmp_path / "a.csv").write_text(f"{head}How sure are you?,Which tools?,Member?,Why?\n{rows}")
    draft = draft_instrument(EXAMPLES / "forms_page.html")
    got = read_responses(tmp_path / "a.csv", draft.instrument, names=draft.names)
    assert got.shown[["q1_1", "q1_2", "q2", "Member"]].iloc[0].tolist() == [3, 2, 4, 1]
    assert got.about["q3:2"].fillna(-1).tolist() == [1, -1]
    drafted = draft_instrument(tmp_path / "a.csv")
    assert list(drafted.instrument.items)[:3] == ["q1_1", "q1_2", "q2"]


def test_a_limesurvey_question_archive():
    draft = draft_instrument(EXAMPLES / "fairness.lsq")
    assert {id_: one.translations["de"].text for id_, one in draft.instrument.items.items()} == {
        "t1": "Sie sind fair.",
        "t2": "Sie hören zu.",
    }
    assert draft.names.items["t2"].values == {"A1": 1, "A2": 2, "A3": 3}
    assert [one.name for one in draft.theory.constructs.values()] == ["How far do you agree?"]


def test_a_qualtrics_export_with_its_header_rows(tmp_path):
    names = "StartDate,EndDate,Status,Finished,ResponseId,trust_1,trust_2,Q5,email"
    texts = (
        "Start Date,End Date,Response Type,Finished,Response ID,How far do you agree? - They are fair.,"
        "How far do you agree? - They listen.,Your town,Your e-mail"
    )
    ids = ",".join(f'"{{""ImportId"":""QID{n}""}}"' for n in range(9))
    rows = "".join(
        f"2026-01-0{n},2026-01-0{n},0,1,R_{n},{n % 5 + 1},{6 - (n % 5 + 1)},{'AB'[n % 2]},p{n}@example.org\n"
        for n in range(1, 9)
    )
    path = tmp_path / "q.csv"
    path.write_text(f"{names}\n{texts}\n{ids}\n{rows}")
    draft = draft_instrument(path)
    assert list(draft.instrument.items) == ["trust_1", "trust_2", "Q5"]
    assert draft.instrument.items["trust_2"].text == "They listen."
    assert draft.instrument.scale_of("trust_1").codes == (1, 2, 3, 4, 5)
    assert [one.name for one in draft.theory.constructs.values()] == ["How far do you agree?"]
    assert draft.names.platform == "qualtrics"
    assert "example.org" not in draft.text


def test_wordings_as_headings_beside_columns_that_are_called_like_numbers(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("q1,I am well.,q2,I am well. again\n1,2,3,1\n2,3,1,2\n3,1,2,3\n")
    draft = draft_instrument(path)
    assert len(draft.instrument.items) == 4
    assert {named.column for named in draft.names.items.values()} == {
        "q1",
        "I am well.",
        "q2",
        "I am well. again",
    }


def test_wordings_without_names_and_numbers_with_commas(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    words = ["Disagree", "Neither", "Agree"]
    frame = pd.DataFrame({f"I like offer {k}.": rng.choice(words, 60) for k in "abc"})
    frame["Income"] = [f"{amount:.2f}".replace(".", ",") for amount in rng.normal(3000, 400, 60)]
    file = tmp_path / "plain.csv"
    frame.to_csv(file, sep=";", index=False)
    draft = draft_instrument(file)
    assert {id_: len(draft.instrument.items_of(id_)) for id_ in draft.theory.constructs} == {"items": 3}
    assert draft.instrument.items["Income"].kind == "number"
    assert draft.notes == ()


def test_chance_turns_no_item(tmp_path: Path) -> None:
    for seed in range(12):
        answers = np.random.default_rng(seed).integers(1, 8, (90, 4))
        file = tmp_path / f"noise{seed}.csv"
        pd.DataFrame(answers, columns=[f"a{k}" for k in range(1, 5)]).to_csv(file, index=False)
        assert not any(item.reverse for item in draft_instrument(file).instrument.items.values())


WRITTEN = """Running

1 = Never, 5 = Always

Habit
hab_1  I run without thinking.
hab_2) Running is hard for me. (R)
3. I run every week.

About you
Where do you live?
( ) Germany
( ) Japan
Which do you wear?
[ ] A watch
[ ] A belt
What is your job? ______
Anything else?
"""


@pytest.mark.parametrize("as_word", [False, True])
def test_a_questionnaire_as_people_write_it(tmp_path: Path, as_word: bool) -> None:
    path = tmp_path / ("survey.docx" if as_word else "survey.txt")
    if as_word:
        document = docx.Document()
        for line in WRITTEN.splitlines():
            document.add_paragraph(line)
        table = document.add_table(rows=2, cols=4)
        for k, cell in enumerate(["", "No", "Perhaps", "Yes"]):
            table.cell(0, k).text = cell
        table.cell(1, 0).text = "plan_1 I will run."
        document.save(str(path))
    else:
        path.write_text(WRITTEN, encoding="utf-8")
    draft = draft_instrument(path)
    items = draft.instrument.items
    assert list(items)[:3] == ["hab_1", "hab_2", "q3"]
    assert [items[one].reverse for one in list(items)[:3]] == [False, True, False]
    assert items["hab_2"].text == "Running is hard for me."
    scale = draft.instrument.scale_of("q3")
    assert scale is not None
    assert scale.labels["en"] == ("Never", "2", "3", "4", "Always")
    kinds = [items[one].kind for one in list(items)[3:6]]
    assert kinds[1:] == ["multiple_choice", "text"]
    assert len(draft.instrument.items_of("habit")) == 3
    if not as_word:
        assert draft.notes == ("Anything else?: nothing says how it is answered",)
    else:  # there it stands above the table
        asked = draft.instrument.scale_of("plan_1")
        assert asked is not None
        assert asked.labels["en"] == ("No", "Perhaps", "Yes")


def test_what_is_no_text_of_words_is_told_what_to_save(tmp_path: Path) -> None:
    path = tmp_path / "survey.pdf"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(InstrumentError, match="Save it as Word"):
        draft_instrument(path)
    torn = tmp_path / "survey.docx"
    torn.write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(InstrumentError, match="cannot be read"):
        draft_instrument(torn)


def test_any_lines_are_read_or_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    words = [
        "a_1",
        "1.",
        "( )",
        "[ ] x",
        "1 = a, 2 = b",
        "(R)",
        "____",
        "How?",
        "Head",
        "\t",
        "—",
        "☐",
        "99 = z, 1 = y",
    ]
    path = tmp_path / "survey.txt"
    for _ in range(150):
        lines = [" ".join(rng.choice(words, rng.integers(1, 4))) for _ in range(12)]
        path.write_text("My survey\n" + "\n".join(lines), encoding="utf-8")
        with suppress(InstrumentError):
            assert draft_instrument(path).instrument.items


def test_a_document_that_swells_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "survey.docx"
    docx.Document().save(str(path))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/more.xml", b"<w:p/>" * 3_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(InstrumentError, match="19 MB of text when unpacked"):
        draft_instrument(path)


def test_a_question_without_a_scale_above_it_is_named_where_nothing_else_is_there(tmp_path: Path) -> None:
    path = tmp_path / "survey.txt"
    path.write_text("ease_1 I find it clear.\n1 = Never, 5 = Always\n", encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"\(I find it clear.: nothing says how it is answered\)"):
        draft_instrument(path)
