"""A study file names everything it needs; what leads nowhere is found before anything runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from coprod_measure.errors import StudyError
from coprod_measure.study.definition import read_study

STUDY = """\
id: small
title: Small
instrument: bfi25
responses: {file: answers.csv}
measurement: {constructs: [agreeableness]}
groups: [gender]
seed: 1
"""


def written(folder: Path, text: str) -> Path:
    (folder / "answers.csv").write_text("A1\n1\n", encoding="utf-8")
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_filled_in_and_kept_for_the_report(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, STUDY))
    assert study.formats == ("html",)
    assert study.measurement.rotation == "oblimin"
    assert study.options["measurement"]["parallel_draws"] == 200  # type: ignore[index]
    assert study.out_folder == tmp_path / "out"


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (("agreeableness", "agreeablness"), "study.yaml:5", "agreeableness"),
        (("gender", "gendre"), "study.yaml:6", "gender"),
        (("answers.csv", "answer.csv"), "study.yaml:4", "no file 'answer.csv'"),
        (("seed: 1", "seed: one"), "study.yaml:7", ""),
        (("title:", "titel:"), "study.yaml:2", "title"),
        (("instrument: bfi25", "instrument: bfi52"), "", "bfi25"),
        (("[gender]", "[gender, gender]"), "study.yaml:6:18", "'gender' stands here twice"),
        (("answers.csv", "{1: answers.csv}"), "study.yaml:4", "nothing joins the people of several exports"),
        (
            ("answers.csv", "{1: answers.csv}, id_column: c, wave: w"),
            "study.yaml:4",
            "a column tells waves too",
        ),
        (("title: Small", "title:\tSmall\n\tid: x"), "study.yaml:", ""),
        (("id: small", "id: ../escape"), "study.yaml:1", ""),
    ],
)
def test_each_mistake_has_a_place_and_a_cure(
    tmp_path: Path, change: tuple[str, str], place: str, words: str
) -> None:
    from coprod_measure.errors import CoprodError

    with pytest.raises(CoprodError) as caught:
        read_study(written(tmp_path, STUDY.replace(*change)))
    assert place in str(caught.value)
    assert words in str(caught.value)


def test_all_mistakes_of_a_file_come_at_once(tmp_path: Path) -> None:
    text = STUDY.replace("agreeableness", "x1").replace("gender", "x2").replace("answers.csv", "x3")
    with pytest.raises(StudyError) as caught:
        read_study(written(tmp_path, text))
    assert {problem.code for problem in caught.value.problems} == {
        "unknown-construct",
        "unknown-item",
        "no-answers-file",
    }


@pytest.mark.parametrize(
    ("part", "place", "words"),
    [
        ("measurement: {estimator: MRL}", "study.yaml:5:15", "Did you mean ML or MLR"),
        ("measurement: {rotation: oblmin}", "study.yaml:5:15", "Did you mean 'oblimin'?"),
        ("measurement: {rotation: target}", "study.yaml:5:15", "cannot be 'target'"),
        ("measurement: {levels: [configural, metrik]}", "study.yaml:5:36", "Did you mean 'metric'?"),
        ("measurement: {extras: [markr]}", "study.yaml:5:24", "Did you mean 'marker'?"),
        ("measurement: {estimator: DWLS}", "study.yaml:5:15", "full information needs maximum likelihood"),
        ("measurement: {estimator: MLM, missing: fiml}", "study.yaml:5:15", "'missing: listwise'"),
        ("structure: {hypotheses: [], estimator: MRL}", "study.yaml:5:29", "Did you mean ML or MLR"),
        ("structure: {hypotheses: [], missing: fml}", "study.yaml:5:29", "Did you mean 'fiml'?"),
        ("structure: {hypotheses: [], estimator: WLSMV}", "study.yaml:5:29", "full information"),
        (
            "measurement: {estimator: WLSMV, missing: listwise}\nstructure: {hypotheses: [], missing: fiml}",
            "study.yaml:6:29",
            "full information",
        ),
    ],
)
def test_an_option_that_no_model_takes_is_found_before_anything_runs(
    tmp_path: Path, part: str, place: str, words: str
) -> None:
    text = STUDY.replace("measurement: {constructs: [agreeableness]}", part)
    with pytest.raises(StudyError) as caught:
        read_study(written(tmp_path, text))
    assert len(caught.value.problems) == 1
    assert place in caught.value.problems[0].place
    assert words in str(caught.value)


def test_an_estimator_that_takes_the_missing_answers_as_asked_passes(tmp_path: Path) -> None:
    text = STUDY.replace("{constructs: [agreeableness]}", "{estimator: MLM, missing: listwise}")
    assert read_study(written(tmp_path, text)).measurement.estimator == "MLM"


def test_a_study_file_is_checked_without_the_engine() -> None:
    heavy = "[m for m in ('numpy', 'pandas', 'scipy') if m in sys.modules]"
    code = f"import sys, coprod_measure.study.definition; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _with_structure(folder: Path, structure: str) -> Path:
    text = STUDY.replace("instrument: bfi25", "instrument: etgar2007").replace(
        "[agreeableness]", "[sit_trust]"
    )
    return written(folder, text.replace("groups: [gender]\n", "") + f"structure: {structure}\n")


def test_options_of_kinds_of_tests_are_checked_by_the_kind(tmp_path: Path) -> None:
    right = _with_structure(tmp_path, "{hypotheses: [H5h], measurement: {cutoff: 0.8}}")
    study = read_study(right)
    assert study.structure is not None
    assert study.structure.kinds["measurement"]["cutoff"] == 0.8
    for wrong, words in (
        ("{hypotheses: [H5h], measurement: {cutof: 0.8}}", "unknown key 'cutof'"),
        ("{hypotheses: [H5h], measurement: {cutoff: 1.8}}", "'cutoff' must be 1.0 or less"),
        ("{hypotheses: [H5h], measurment: {cutoff: 0.8}}", "did you mean 'measurement'"),
    ):
        with pytest.raises(StudyError, match="study.yaml:7") as caught:
            read_study(_with_structure(tmp_path, wrong))
        assert words.lower() in str(caught.value).lower()


def test_a_test_stands_beside_tested_claims_of_other_kinds(tmp_path: Path) -> None:
    """One beside a claim that is not in the list was left out without a word."""
    asked = "hypotheses: [H1j, H2h], necessity: {beside: [H2h, H1b, H1j]}"
    with pytest.raises(StudyError) as caught:
        read_study(_with_structure(tmp_path, f"{{{asked}}}"))
    assert "'H1b' is not under 'hypotheses'" in str(caught.value)
    assert "H1j is tested by necessity itself" in str(caught.value)
    assert "H2h is" not in str(caught.value)


def test_families_hold_tested_hypotheses_once(tmp_path: Path) -> None:
    families = "families: {one: [H1c, H1b], two: [H1c, H1x]}"
    with pytest.raises(StudyError) as caught:
        read_study(_with_structure(tmp_path, f"{{hypotheses: [H1b, H1c], {families}}}"))
    assert "H1c is in two families" in str(caught.value)
    assert "'H1x' is not under 'hypotheses'" in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("{gender: Femal}", "Did you mean 'Female'"),
        ("{education: 1}", "no groups of 'education' are compared"),
    ],
)
def test_a_reference_is_a_group_that_is_compared(tmp_path: Path, reference: str, words: str) -> None:
    with pytest.raises(StudyError, match=words):
        read_study(written(tmp_path, f"{STUDY}reference: {reference}\n"))
    named = read_study(written(tmp_path, f"{STUDY}reference: {{gender: 2}}\n"))
    assert named.reference == {"gender": 2}


@pytest.mark.parametrize("key", ["instrument: ", "cleaning: ", "out: ", "responses: {file: "])
def test_names_that_no_system_knows_are_one_line(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from coprod_measure.cli.app import run_app
    from study.small_study import write_small_study

    path = write_small_study(tmp_path)
    lines = [
        line for line in path.read_text("utf-8").splitlines() if not line.startswith(key.partition(":")[0])
    ]
    path.write_text("\n".join([*lines, key + "a" * 300 + "}" * ("{" in key)]), encoding="utf-8")
    assert run_app(["clean", str(path)]) == 1
    assert "Traceback" not in capsys.readouterr().err
