"""Tables of single results for Word, LaTeX, Markdown and HTML, and their pictures."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import coprod_measure as cm
from coprod_measure.errors import InputError
from coprod_measure.measurement.scores.scale_scores import scale_scores
from coprod_measure.notebook import Presented
from coprod_measure.report.apa import table_of, to_apa
from coprod_measure.report.numbers import shown
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.study.multiverse import Multiverse
from structure.small_answers import small_answers

DATA = Path(__file__).parents[1] / "reference" / "data"
MODEL = "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + y2 + y3 + y4\ndem60 ~ ind60"


@pytest.fixture(scope="module")
def fit():
    return cm.sem(MODEL, pd.read_csv(DATA / "political_democracy.csv"))


@pytest.fixture(scope="module")
def tests(tmp_path_factory: pytest.TempPathFactory):
    answers = small_answers(tmp_path_factory.mktemp("apa"))
    return run_hypotheses(answers.instrument.theory, answers, ["T1", "T3"], missing="listwise", draws=500)


def test_ends_of_an_interval_share_a_cell_and_numbers_are_printed_in_apa_manner() -> None:
    frame = pd.DataFrame({"construct": ["Trust"], "std": [0.5], "ci_lower": [0.4], "ci_upper": [0.6],
                          "pvalue": [0.00001], "n": [1200]})  # fmt: skip
    table = table_of(frame, "t")
    assert [one.label for one in table.columns] == ["Construct", "β", "95% CI", "p", "n"]
    assert [cell.text for cell in shown(table).rows[0]] == ["Trust", ".50", "[.40, .60]", "< .001", "1,200"]


def test_a_fit_gives_its_parameters_in_every_form(fit, tmp_path: Path) -> None:
    text = fit.to_apa(title="Parameters")
    assert "| dem60 \\~ ind60 |" in text
    assert "\\begin{longtable}" in fit.to_apa("latex")
    page = fit.to_apa("html")
    assert "<table" in page
    assert "dem60 ~ ind60" in page
    path = fit.to_apa(path=tmp_path / "table.docx", title="Parameters")
    docx = pytest.importorskip("docx")
    word = docx.Document(path)
    assert word.tables[0].rows[0].cells[0].text == "Parameter"
    assert any(one.text == "Parameters" for one in word.paragraphs)


def test_wrong_forms_are_refused(fit) -> None:
    with pytest.raises(InputError, match="no form 'pdf'"):
        fit.to_apa("pdf")
    with pytest.raises(InputError, match="Word needs a file"):
        fit.to_apa("word")
    with pytest.raises(InputError, match="has no table"):
        to_apa(object())


def test_results_have_their_natural_picture(fit, tests) -> None:
    data = pd.read_csv(DATA / "political_democracy.csv")
    bfi = pd.read_csv(DATA / "bfi.csv").filter(regex="^[AC][1-5]$").dropna()
    rng = np.random.default_rng(1)
    people = pd.DataFrame(rng.normal(size=(200, 2)), columns=["x", "w"])
    people["y"] = 0.4 * people["x"] * people["w"] + rng.normal(size=200)
    moving = pd.DataFrame(rng.integers(1, 4, (60, 2)), columns=["s1", "s2"])
    universes = pd.DataFrame(
        {
            "hypothesis": "H1",
            "cleaning": ["as planned", "nobody"],
            "estimator": "ML",
            "missing": "fiml",
            "method": "auto",
            "controls": "",
            "estimate": [0.3, 0.2],
            "ci_lower": [0.1, 0.0],
            "ci_upper": [0.5, 0.4],
            "verdict": ["supported", "not supported"],
            "why": "",
            "universe": [1, 2],
            "planned": [True, False],
        }
    )
    drawn = {
        "Ind60": fit.plot(),
        "Loadings": cm.cfa("f =~ x1 + x2 + x3", data).plot(),
        "Forest": tests.plot(),
        "Paths": tests.plot("paths"),
        "Efa": cm.efa(bfi, n_factors=2).plot(),
        "Scree": cm.parallel_analysis(bfi, draws=20).plot(),
        "Interaction": cm.moderation(people, "y", "x", "w").plot(),
        "Surface": cm.response_surface(people, "y", "x", "w", bootstrap=0).plot(),
        "Ceilings": cm.necessity(people, "y", ["x", "w"], permutations=10).plot(),
        "Omega": cm.reliability(bfi, {"a": ["A2", "A3", "A4"], "c": ["C1", "C2", "C3"]}).plot(),
        "Information": cm.item_information(bfi.iloc[:400], {"a": ["A2", "A3", "A4"]}).plot(),
        "Scores": scale_scores(bfi, {"a": ["A2", "A3", "A4"], "c": ["C1", "C2", "C3"]}).plot(),
        "Power": cm.power(population="y ~ .3*x", model="y ~ b*x", claims=["b"], n=[60, 90], draws=20).plot(),
        "Flow": cm.transitions(moving, ("stage", ["s1", "s2"])).plot(),
        "Curve": Multiverse(universes).plot(),
        "Htmt": cm.htmt({"a": ["A2", "A3", "A4"], "c": ["C1", "C2", "C3"]}, bfi).plot(),
    }
    assert all(isinstance(one, Figure) for one in drawn.values())
    words = {one.get_text() for axes in drawn["Ind60"].axes for one in axes.texts}
    assert {"ind60", "dem60"} <= words
    with pytest.raises(InputError, match="no picture 'scree'"):
        fit.plot("scree")
    with pytest.raises(InputError, match="has no picture"):
        cm.item_analysis(bfi, {"a": ["A2", "A3", "A4"]}).plot()


def test_notebooks_show_results_short(fit, tests) -> None:
    theory = cm.read_theory("big_five")
    instrument = cm.read_instrument("bfi25")
    for one in (tests, theory, instrument, fit):
        assert len(repr(one)) < 400
        page = one._repr_html_()
        assert "<table" in page
        assert len(page) < 30_000


def test_every_public_result_is_shown_short_and_as_a_table() -> None:
    found = {one for name in dir(cm) for one in _given_back(getattr(cm, name))}
    apart = ("coprod_measure.errors", "pandas", "builtins", "pathlib")
    shown = {one for one in found if one.__module__.removesuffix("._local") not in apart}
    assert len(shown) > 65
    # What a dataclass writes of itself would hold every number.
    assert {one.__name__ for one in shown if not issubclass(one, Presented)} == set()
    assert {one.__name__ for one in shown if "__create_fn__" in one.__repr__.__qualname__} == set()


def _given_back(public: object) -> Iterator[type]:
    if isinstance(public, type):
        yield public
    elif callable(public):
        own = inspect.unwrap(public)
        with suppress(NameError):  # a name that only type checkers know
            yield from _classes(get_type_hints(own)["return"])


def _classes(hint: object) -> Iterator[type]:
    inner = get_args(hint)
    if inner:
        for one in inner:
            yield from _classes(one)
    elif isinstance(hint, type):
        yield hint
