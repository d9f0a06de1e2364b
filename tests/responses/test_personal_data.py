"""Nothing that identifies a person gets past the door unless the study says so."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.audit import audit
from coprod_measure.responses.clean import clean
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.personal_data import (
    _PERSONAL_CELL,
    any_person_among,
    holds_personal_cells,
    is_personal_name,
    lone_persons,
    pseudonym_key,
    pseudonyms,
)
from coprod_measure.responses.read import read_responses

Written = Callable[..., Path]
# Reserved domains, documentation addresses and a number from the range kept for drama.
PERSONAL = {
    "RecipientEmail": "erika.mustermann@example.org",
    "RecipientFirstName": "Erika-Q",
    "RecipientLastName": "Mustermann-Q",
    "IPAddress": "192.0.2.44",
    "LocationLatitude": "52.51631",
    "LocationLongitude": "13.37777",
    "Phone": "+49 30 23125 000",
    "Date of birth": "1964-08-12",
    "ExternalReference": "worker-77XQ",
    "notes": "call me: erika.mustermann@example.org",
}


def _everything(responses: Responses) -> str:
    frames = (
        responses.frame,
        responses.shown,
        responses.missing,
        responses.about,
        responses.log,
        responses.flow,
    )
    return "\n".join([*(frame.to_csv() for frame in frames), json.dumps(audit(responses))])


def _file(written: Written) -> Path:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["ResponseId", "trust_1", "skill_1", *PERSONAL, "remarks"])
    writer.writerow(["R_1", "1", "2", *PERSONAL.values(), "I am Erika-Q"])
    writer.writerow(["R_2", "1", "2", *PERSONAL.values(), "again Erika-Q"])
    return written(out.getvalue())


def test_a_file_full_of_personal_data_leaves_no_trace(written: Written, instrument: Instrument) -> None:
    got = clean(read_responses(_file(written), instrument))
    said = _everything(got)
    for secret in (*PERSONAL.values(), "Erika-Q"):
        assert secret not in said, secret
    assert got.log["rule"].tolist() == ["same_person"]


def test_what_the_study_keeps_is_kept_and_named(written: Written, instrument: Instrument) -> None:
    got = read_responses(_file(written), instrument, keep=["LocationLatitude", "notes"])
    assert "52.51631" in _everything(got)
    assert sum("was kept, as the study says" in warning for warning in got.warnings) == 2


def test_pseudonyms_are_stable_for_a_file_and_differ_between_files(written: Written) -> None:
    cells = pd.Series(["a@example.org", "b@example.org", "a@example.org", ""])
    one, other = written("x", "one.csv"), written("y", "other.csv")
    first, again = (pseudonyms(cells, pseudonym_key(one)) for _ in range(2))
    assert first.tolist() == again.tolist()
    assert first[0] == first[2] != first[1]
    assert first[3] == ""
    assert set(first) & set(pseudonyms(cells, pseudonym_key(other))) == {""}


@pytest.mark.parametrize(
    "name", ["IPAddress", "e-mail", "Vorname", "group/phone", "_geolocation", "Prolific PID"]
)
def test_personal_names(name: str) -> None:
    assert is_personal_name(name)


@pytest.mark.parametrize(
    "name", ["trust_1", "brand_name_known", "email_use_frequency", "participation", "gender"]
)
def test_harmless_names(name: str) -> None:
    assert not is_personal_name(name)


def test_personal_cells() -> None:
    assert holds_personal_cells(pd.Series(["x", "anna@example.org"]))
    assert holds_personal_cells(pd.Series(["2001:db8::1"]))
    assert not holds_personal_cells(pd.Series(["10:30:00", "1.5", "12.1.2026"]))
    assert not holds_personal_cells(pd.Series([1.0, 2.0]))


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (["Erika Mustermann", "Ana María Núñez", "x1"], True),
        (["Zoë", "Jürgen", "Li Wei"], True),
        (["R_1Abc", "R_2Xyz"], False),
        (["row 1", "17", "a", "B2", ""], False),
        (["R_1", "P-22"], False),
        (["R_1", "R_2", "R_3", "erika mustermann"], True),
    ],
)
def test_ids_that_are_names(written: Written, instrument: Instrument, ids: list[str], names: bool) -> None:
    text = "id,trust_1\n" + "".join(f"{one},{1 + k % 5}\n" for k, one in enumerate(ids))
    got = read_responses(written(text), instrument)
    kept = set(got.frame.index) & set(ids) - {""}
    assert kept == (set() if names else set(ids) - {""})
    assert any("the ids identify people" in warning for warning in got.warnings) is names


def test_messages_of_errors_hold_nobody(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError) as error:
        read_responses(written("trust_1\n+49 30 23125 000\n"), instrument)
    assert "23125" not in str(error.value)


def test_audit_is_complete(written: Written, instrument: Instrument) -> None:
    told = audit(clean(read_responses(_file(written), instrument)))
    assert told["mapping"] == {"trust_1": "trust_1", "skill_1": "skill_1", "remarks": "remarks"}
    assert told["respondents"] == 1
    assert told["changes"] == {"same_person": 1}
    assert told["missing"] == {"not_shown": 0, "unanswered": 0, "not_applicable": 0}


NOBODY = ("anonymous", "Anonymous User", "n/a", "-", "*******", "same@example.org", "same-for-all")


@pytest.mark.parametrize("column", ["Email", "ExternalReference", "RecipientEmail", "IPAddress"])
@pytest.mark.parametrize("cell", NOBODY)
def test_a_word_for_nobody_is_no_person(
    written: Written, instrument: Instrument, column: str, cell: str
) -> None:
    rows = "".join(f"r{k},{1 + k % 5},{1 + k // 2},{cell}\n" for k in range(6))
    got = read_responses(written(f"id,trust_1,skill_1,{column}\n{rows}"), instrument)
    assert clean(got).n == 6
    assert any("tells no two apart" in warning for warning in got.warnings)


@pytest.mark.parametrize("cell", NOBODY)
def test_ids_that_all_share_are_no_ids(written: Written, instrument: Instrument, cell: str) -> None:
    rows = "".join(f"{cell},{1 + k % 5},{1 + k // 2}\n" for k in range(6))
    assert clean(read_responses(written(f"id,trust_1,skill_1\n{rows}"), instrument)).n == 6


@pytest.mark.parametrize(
    "column",
    [
        "PROLIFIC_PID",
        "Prolific ID",
        "workerId",
        "MTurk ID",
        "participantId",
        "psid",
        "SONA_ID",
        "panelist_id",
    ],
)
def test_panel_numbers_become_keyed_hashes(written: Written, instrument: Instrument, column: str) -> None:
    rows = "".join(f"r{k},{1 + k % 5},{1 + k // 2},5f3c{min(k, 4)}ab\n" for k in range(6))
    got = clean(read_responses(written(f"id,trust_1,skill_1,{column}\n{rows}"), instrument))
    assert got.log["rule"].tolist() == ["same_person"]
    assert got.n == 5
    assert "5f3c" not in _everything(got)


def test_some_anonymous_rows_leave_the_others_known(written: Written, instrument: Instrument) -> None:
    mails = ["anonymous", "a@example.org", "b@example.org", "a@example.org", "anonymous", "anonymous"]
    rows = "".join(f"r{k},{1 + k % 5},{1 + k // 2},{mail}\n" for k, mail in enumerate(mails))
    assert clean(read_responses(written(f"id,trust_1,skill_1,Email\n{rows}"), instrument)).n == 5


@pytest.mark.parametrize(
    "kind",
    [
        "erika mustermann", "ERIKA MUSTERMANN", "McErika O'Hara", "E. Mustermann-von der Heide", "\u7530\u4e2d\u4e00",
        "0171 55 0007", "1964-08-12", "5f3c0ffee5f3c0ffee5f3c0f", "@erika", "1234567",
    ],
)  # fmt: skip
def test_an_id_column_is_hashed_unless_its_codes_are_anonymous(
    kind: str, written: Written, instrument: Instrument
) -> None:
    path = written(f"who,trust_1,skill_1\n{kind},1,2\n{kind}b,2,3\n")
    assert kind not in _everything(read_responses(path, instrument, id_column="who"))
    if not kind.isdigit():  # a plain table names its ids itself
        path = written(f"id,trust_1,skill_1\n{kind},1,2\n{kind},2,3\n")
        assert kind not in _everything(read_responses(path, instrument))


PLANTED = (
    "erika{}@example.org", "erika{} mustermann", "ERIKA{} MUSTERMANN", "McErika{} O'Hara", "E. Muster{}-von der Heide",
    "\u7530\u4e2d{}\u4e00", "0171 55 0{}", "+49 30 23125 {}", "1964-{}-12", "12.{}.1964", "@erika{}", "5f3c0ffee5f3c0ffee5f30{}",
)  # fmt: skip
SORTING = ("who", "category", "version", "language", "wave")


@pytest.mark.parametrize("kind", PLANTED)
def test_none_of_sixty_planted_strings_is_left(kind: str, written: Written, instrument: Instrument) -> None:
    """Twelve kinds, in the column of ids and in four that should sort people."""
    letters = any(one.isalpha() for one in kind.replace("{}", "")) and "5f" not in kind
    people = [f"{'abcdef'[k // 6]}{'uvwxyz'[k % 6]}Q" if letters else f"{100 + k}" for k in range(36)]
    cells = [kind.replace("{}", person) for person in people]
    rows = "".join(f"{','.join([cell] * len(SORTING))},{1 + k % 5},2\n" for k, cell in enumerate(cells))
    path = written(f"{','.join(SORTING)},trust_1,skill_1\n{rows}")
    got = read_responses(path, instrument, id_column="who")
    said = _everything(clean(got)) + " ".join(got.warnings)
    assert [cell for cell in cells if cell in said] == []
    assert set(got.about["respondent"]) == set(got.about["category"]) == set(got.about["wave"])


def test_what_sorts_people_stays(written: Written, instrument: Instrument) -> None:
    """Named groups, waves that are called by their day, versions and dates of few values."""
    sorts = [("Kitchen planning", "de", "2026-01-01", "3"), ("Bernd's bikes", "fr", "2026-03-01", "20260101")]
    rows = "".join(f"{k},{','.join(sorts[k % 2])},{1 + k % 5},2\n" for k in range(30))
    got = read_responses(written(f"id,category,language,wave,version,trust_1,skill_1\n{rows}"), instrument)
    for place, name in enumerate(("category", "language", "wave", "version")):
        assert {str(cell) for cell in got.about[name]} >= {sorts[0][place]}, name
    assert not any("hashes" in warning for warning in got.warnings)


@given(st.lists(st.text("@.+:/-( )0179af\u0663e\n[]td\u00b0?=;,\xa0", max_size=24), min_size=1, max_size=4))
def test_quick_patterns_find_what_the_slow_one_finds(texts: list[str]) -> None:
    assert holds_personal_cells(pd.Series(texts, dtype="str")) == any(map(_PERSONAL_CELL.search, texts))


STRAY = """Ludwig van der Beek|Ibn al-Haytham Yusuf|Jean-Luc d'Artois|J. R. Hartmann|Q.X. Lindqvist|Okafor, B.|
\u738b\u5c0f\u660e|\u4f50\u85e4 \u5065\u592a|\uae40\ubbfc\uc218|\u0645\u062d\u0645\u062f \u0639\u0644\u064a|\u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440\u043e\u0432\u0438\u0447|
0151 2345 6789|(212) 555-0142|555-867-5309|07700 900123|06 12 34 56 78|612 345 678|138 0013 8000|98765 43210|
(11) 91234-5678|0049 30 901820|12.03.1987|1987-03-12|3/12/1987|12 March 1987|12-Mar-87|b. 12/03/87|19870312|
DE89 3704 0044 0532 0130 00|FR1420041010050500013M02606|078-05-1120|65 180539 M 003|AB 12 34 56 C|756.1234.5678.97|
RSSMRA85T10A562S|j\u00f6rg@m\u00fcller.example|erika (at) example (dot) org|erika[at]example.org|erika at example dot org|
erika@localhost|\u7528\u6237@\u4f8b\u5b50.\u4e2d\u56fd|203.0.113.77:8080|2001:db8:85a3::8a2e:370:7334|52.516272, 13.377722|
48\u00b051'29"N 2\u00b017'40"E|geo:48.8584,2.2945|s1234567|Matr. 11812345|@erika_m87|insta: @erika.m|u/erika_m|t.me/erikam|
https://example.org/s?token=9f8e7d6c|http://survey.example/r/abc|www.example.org/profile/erika-m|abdul rahman bin yusof|
Giulia de' Medici|maria da silva|ludwig van beethoven|kate o'brien|mohammed el-sayed|April 7, 1979|1987\u5e744\u670812\u65e5|
N 47.3769, E 8.5417|8FVC9G8F+6X|9G8F+6X Z\u00fcrich|peggotty#4471|ig: peggotty.q|discord: tq#1234|IBAN DE89370400440532013000|
whatsapp 0171 2345678""".replace("\n", "").split("|")
GROUPS = {
    "waves": ["2026-01-01", "2026-02-01", "2026-03-01"],
    "versions": ["1.0", "1.0.3", "2.0-beta", "2026.1", "A/B", "long form"],
    "languages": ["en", "pt-BR", "English (UK)", "zh-Hans", "Deutsch"],
    "answers": ["Strongly agree", "neither agree nor disagree", "5 - very much"],
    "durations": ["10:30:00", "1 h 20 min", "PT15M", "95.5"],
    "income": ["1000-1999", "10000-14999", "100,000-149,999", "> 250 000"],
    "categories": [
        "bikes",
        "home care",
        "Haus & Garten",
        "3D printing",
        "D.I.Y.",
        "e-commerce",
        "24/7 service",
        "huile d'olive",
        "cuisine de campagne",
        "all-in",
    ],
    "shops": ["amazon.com", "zalando.fr"],
    "codes": ["A-01", "C-03-1", "X_9", "AB12CD", "0815", "001"],
}


def test_one_person_among_groups_or_ids_is_hashed_alone(written: Written, instrument: Instrument) -> None:
    """The rest of the column stays, whatever was written beside it."""
    rows = "".join(f"R{k},{['bikes', 'travel'][k % 2]},{1 + k % 5},2\n" for k in range(20))
    left = []
    for person in STRAY:
        cell = '"' + person.replace('"', '""') + '"'
        by_group = written(f"id,category,trust_1,skill_1\n{rows}R77,{cell},3,2\n", "by_group.csv")
        by_id = written(f"id,category,trust_1,skill_1\n{rows}{cell},bikes,3,2\n", "by_id.csv")
        grouped, named = (clean(read_responses(path, instrument)) for path in (by_group, by_id))
        said = [_everything(one) + " ".join(one.warnings) for one in (grouped, named)]
        left += [person for one in said if person in one.replace('""', '"')]
        whole = set(grouped.about["category"]) & {"bikes", "travel"}
        assert whole or any("holds personal data" in warning for warning in grouped.warnings), person
    assert left == []


@pytest.mark.parametrize("kind", GROUPS)
def test_groups_of_one_row_are_no_people(kind: str) -> None:
    cells = pd.Series([GROUPS[kind][0]] * 9 + GROUPS[kind])
    assert cells[lone_persons(cells)].tolist() == []
    assert not holds_personal_cells(cells)


@pytest.mark.parametrize(
    "ids",
    [
        [f"R_{k * 7919:x}aB{k}" for k in range(50)], [f"S{k}-P0{k}" for k in range(20)], ["1", "row 4", "X5", "pilot-1"],
        ["MAKI07", "LEBO12", "test"], [f"2026-01-0{k} 10:22:3{k}" for k in range(1, 9)],
    ],
)  # fmt: skip
def test_codes_are_no_people(ids: list[str]) -> None:
    assert not any_person_among(pd.Series(ids))


@pytest.mark.parametrize("name", ["wave", "category", "version", "language"])
def test_keys_are_screened_too(name: str, written: Written, instrument: Instrument) -> None:
    path = written(f"id,{name},trust_1\n1,erika@example.org,2\n2,erik@example.org,3\n")
    assert "example.org" not in _everything(read_responses(path, instrument))
