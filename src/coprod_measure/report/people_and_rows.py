"""People, rows, waves and categories are counted apart, and the text says which of them a number is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coprod_measure.report.labels import counted, phrase
from coprod_measure.report.numbers import count

if TYPE_CHECKING:
    from coprod_measure.measurement.battery import MeasurementResults
    from coprod_measure.responses.dataset import Occasion, Responses


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


def design_in_words(responses: Responses, measured: MeasurementResults, *, models: bool) -> str:
    """Say what each part did about rows of one person, clusters and weights; empty where there is none.

    ``models``: whether there are structural ones.
    """
    sentences = []
    occasion = measured.occasion
    if occasion is not None:
        n = int(measured.items.table()["n"].max()) if len(measured.items.table()) else 0
        sentences.append(
            f"Rows of one person are not independent: the measurement was examined {_on(occasion)}, one row "
            f"a person (at most n = {count(n)})."
        )
    if models and occasion is not None:
        sentences.append(
            "Structural models take all rows; their errors and tests are robust to the clustering of rows in "
            "people."
        )
    about = responses.about
    if "cluster" in about:
        clusters = counted(about["cluster"].nunique(), "cluster")
        sentences.append(
            f"People were drawn in {clusters}: errors and tests of the measurement model, of invariance over "
            "groups and of the structural models are robust to that. Intervals of reliability, ratios "
            "of correlations and the number of factors have no such form here and take rows as independent."
        )
    if "weight" in about:
        sentences.append(
            "Sampling weights enter the measurement model, invariance over groups and the structural models. "
            "Item statistics, reliability, the number of factors, exploratory factors and ratios of "
            "correlations are of the unweighted answers, for which no weighted form is established here."
        )
    return " ".join(sentences)


def _on(occasion: Occasion) -> str:
    parts = [
        f"on {key} {name}" for key, name in (("wave", occasion.wave), ("category", occasion.category)) if name
    ]
    return phrase(parts) or "on the first row of each"
