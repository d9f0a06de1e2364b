"""The steps of CONTRIBUTING.md add a kind of hypothesis test: taken in a copy of the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import coprod_measure

ROOT = Path(__file__).parents[2]
KIND = """
\"\"\"Rank correlation of scale means.\"\"\"

from pydantic import Field

from coprod_measure.structure.claims import scope_of
from coprod_measure.structure.evidence import Evidence, Finding, Kind, KindOptions, KindResult, Reason
from coprod_measure.structure.variables import find_variables, scale_mean


class Options(KindOptions):
    fewest: int = Field(10, ge=3)


def why_not(hypothesis, context):
    dark = scope_of(hypothesis, context.theory, context.clean).dark
    return Reason("nothing_asked", {"constructs": dark}) if dark else None


def run(hypotheses, context):
    from scipy.stats import spearmanr

    found = []
    for one in hypotheses:
        sides = [find_variables(context.theory, context.clean, id_[0])[0] for id_ in (one.sources, one.targets)]
        source, target = (scale_mean(side, context.clean) for side in sides)
        rho, p = spearmanr(source, target)
        n = max(len(source), context.options["toy_rank"].fewest)
        effect = {"measure": "rho", "estimate": float(rho), "pvalue": float(p), "direction": 1 if rho > 0 else -1}
        finding = Finding(hypothesis=one.id, source=one.sources[0], target=one.targets[0], n=n, **effect)
        found.append(Evidence(hypothesis=one.id, kind="toy_rank", findings=(finding,), **effect))
    return KindResult(evidence=tuple(found))


KIND = Kind(
    name="toy_rank", levels=("nomological",), run=run, why_not=why_not, options=Options,
    words={"nothing_asked": "nobody was asked about {constructs}"},
)
"""
PAGE = """
from coprod_measure.report.hypotheses.page import Page

PAGE = Page(kind="toy_rank", planned="a rank correlation", method=lambda *_: "a rank correlation", measures={"rho": ("rho", "the rank correlation")})
"""
SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path

from coprod_measure.report.about_hypotheses import about_hypotheses
from coprod_measure.report.document import Table
from coprod_measure.report.labels import Labels
from coprod_measure.structure.hypotheses import test_hypotheses
from coprod_measure.study.file_model import with_kinds
from coprod_measure.theory.definition import Hypothesis
from structure.small_answers import small_answers

folder = Path(sys.argv[1])
answers = small_answers(folder)
claims = {
    "N1": Hypothesis("N1", "Go together.", "nomological", ("trust",), ("drive",), "positive"),
    "N2": Hypothesis("N2", "Unasked.", "nomological", ("unasked",), ("drive",), "positive"),
}
theory = replace(answers.instrument.theory, hypotheses=claims)
tests = test_hypotheses(theory, answers, draws=500, kinds={"toy_rank": {"fewest": 20}})
table = tests.table().set_index("id")
print(table["verdict"].tolist(), round(table.loc["N1", "estimate"], 1), table.loc["N2", "reason"], sep=" | ")
section = about_hypotheses(tests, Labels(answers.instrument))
(shown,) = [block for block in section.blocks if isinstance(block, Table) and block.id == "hypotheses-table"]
print(shown.columns[4].label, shown.notes[0], sep=" | ")
print("toy_rank" in with_kinds().model_fields["structure"].annotation.__args__[0].model_fields)
"""


def _insert(path: Path, before: str, more: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, f"{more}{before}"), encoding="utf-8")


def test_a_kind_costs_its_file_its_page_and_its_name_in_each_table(tmp_path: Path) -> None:
    shutil.copytree(Path(coprod_measure.__file__).parent, tmp_path / "src" / "coprod_measure")
    for folder in ("instruments", "data"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    kinds, pages = (
        tmp_path / "src" / "coprod_measure" / place for place in ("structure/kinds", "report/hypotheses")
    )
    (kinds / "toy_rank.py").write_text(KIND, encoding="utf-8")
    (pages / "toy_rank.py").write_text(PAGE, encoding="utf-8")
    for folder in (kinds, pages):
        _insert(folder / "__init__.py", '"paths"', '"toy_rank", ')
    places = os.pathsep.join([str(tmp_path / "src"), str(ROOT / "tests")])
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], env={**os.environ, "PYTHONPATH": places},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert not ran.returncode, ran.stderr[-2000:]
    assert ran.stdout.splitlines() == [
        "['supported', 'not testable here'] | 0.4 | nobody was asked about unasked",
        "rho | rho is the rank correlation.",
        "True",
    ]
