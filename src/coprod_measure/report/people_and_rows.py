"""People, rows, waves and categories are counted apart, and the text says which of them a number is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coprod_measure.errors import counted
from coprod_measure.measurement.parts import BY_NAME
from coprod_measure.measurement.sampling import WHY_NOT
from coprod_measure.report.labels import inside, phrase
from coprod_measure.report.numbers import count

if TYPE_CHECKING:
    from coprod_measure.errors import NotAvailable
    from coprod_measure.measurement.battery import MeasurementResults
    from coprod_measure.responses.dataset import Occasion, Responses
    from coprod_measure.structure.results import HypothesisTests

_CALLED = {"cluster": "clusters", "weights": "sampling weights"}


def sample_in_words(responses: Responses) -> str:
    """Write "60 people, 180 rows in 3 waves", or "60 respondents" where each has one row."""
    if responses.people == responses.rows:
        return counted(responses.rows, "respondent")
    where = [
        counted(number, word, words)
        for number, word, words in (
            (responses.waves, "wave", "waves"),
            (responses.categories, "product category", "product categories"),
        )
        if number > 1
    ]
    rows = f"{counted(responses.rows, 'row')}{' in ' if where else ''}{phrase(where)}"
    return f"{counted(responses.people, 'person', 'people')}, {rows}"


def unit_of(responses: Responses) -> str:
    """Name what a row is: a respondent, or no more than a row."""
    return "respondent" if responses.people == responses.rows else "row"


def design_in_words(
    responses: Responses, measured: MeasurementResults, tests: HypothesisTests | NotAvailable
) -> str:
    """Say what each part did about rows of one person, clusters and weights; empty where there is none."""
    sentences = []
    occasion = measured.occasion
    if occasion is not None:
        known = measured.items.table()["n"] if measured.items else ()
        most = f" (at most n = {count(int(max(known)))})" if len(known) else ""
        sentences.append(
            f"Rows of one person are not independent: the measurement was examined {_on(occasion)}, one row "
            f"a person{most}."
        )
    if tests and occasion is not None and tests.models:  # type: ignore[union-attr]
        sentences.append(
            "Structural models take all rows; their errors and tests are robust to the clustering of rows in "
            "people."
        )
    about = responses.about
    if "cluster" in about:
        drawn = counted(about["cluster"].nunique(), "cluster")
        sentences.append(
            f"People were drawn in {drawn}: errors, intervals and tests are robust to that, and bootstrap "
            "draws are of whole clusters."
        )
    if "weight" in about:
        sentences.append("Sampling weights enter all estimates.")
    return " ".join([*sentences, *_exceptions(measured, tests)])


def not_taken_in_words(part: str, measured: MeasurementResults) -> str:
    """Say of one part of the measurement which of clusters and weights it does not take, and why."""
    found = [
        f"{_CALLED[option]}: {WHY_NOT[code]}" for option, code in measured.not_taken.get(part, {}).items()
    ]
    return f"Not taken here are {'; '.join(found)}." if found else ""


def _exceptions(measured: MeasurementResults, tests: HypothesisTests | NotAvailable) -> list[str]:
    """Name what takes no clusters or no weights, with the reason, once a reason."""
    parts: dict[tuple[str, str], list[str]] = {}
    for part, reasons in measured.not_taken.items():
        for option, code in reasons.items():
            parts.setdefault((option, code), []).append(BY_NAME[part].title)
    found = [
        f"No {_CALLED[option]} are taken by {phrase([inside(one) for one in titles])}: {WHY_NOT[code]}."
        for (option, code), titles in parts.items()
    ]
    for option in _CALLED if tests else ():
        kinds = [kind.replace("_", " ") for kind, names in tests.not_taken.items() if option in names]  # type: ignore[union-attr]
        if kinds:
            word = "kind" if len(kinds) == 1 else "kinds"
            found.append(f"Tests of the {word} {phrase(kinds)} take no {_CALLED[option]}.")
    return found


def _on(occasion: Occasion) -> str:
    parts = [
        f"on {key} {name}" for key, name in (("wave", occasion.wave), ("category", occasion.category)) if name
    ]
    return phrase(parts) or "on the first row of each"
