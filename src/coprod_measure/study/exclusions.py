"""What the key numbers would be had nobody been excluded: whether conclusions hang on the cleaning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, NotAvailable, counted
from coprod_measure.fitting.best_measures import best
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.measurement.factors.confirmatory import fit_constructs
from coprod_measure.measurement.reliability.coefficients import Reliability, reliability
from coprod_measure.measurement.validity.htmt import Htmt, htmt
from coprod_measure.notebook import Shown
from coprod_measure.responses.clean import clean
from coprod_measure.responses.cleaning_rules import CleaningRules
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses
from coprod_measure.structure.options import TestingKeywords
from coprod_measure.structure.results import HypothesisTests

NUMBER_COLUMNS = ("name", "statistic", "with_exclusions", "without_exclusions")
VERDICT_COLUMNS = (
    "id",
    "std_with",
    "std_without",
    "pvalue_with",
    "pvalue_without",
    "verdict_with",
    "verdict_without",
)
NEVER_ANALYSED = frozenset({"consent", "preview", "screening"})
"""Indices of rows that are no answers of participants: analysing them is not a matter of cleaning."""

WHOLE = "all constructs"
"""Name of the numbers that belong to no single construct."""

SCALE = ("alpha", "omega", "ave")
_FIT = ("cfi", "tli", "rmsea", "srmr")
Numbers = dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True, repr=False)
class ExclusionComparison(Shown):
    """Key numbers with and without exclusions.

    Attributes
    ----------
    n_with, n_without : int
        Respondents.
    numbers : pandas.DataFrame
        One row a number of the measurement (:data:`NUMBER_COLUMNS`); ``name`` is a construct or
        :data:`WHOLE`. NaN where it does not exist on that side.
    hypotheses : pandas.DataFrame
        One row a hypothesis (:data:`VERDICT_COLUMNS`); empty when none is tested.
    notes : tuple of str
        Who is in neither analysis, and what could not be computed.
    """

    n_with: int
    n_without: int
    numbers: pd.DataFrame
    hypotheses: pd.DataFrame
    notes: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """One row a number of the measurement."""
        return self.numbers

    @property
    def changed_verdicts(self) -> tuple[str, ...]:
        """Ids of the hypotheses whose verdict hangs on the exclusions."""
        moved = self.hypotheses["verdict_with"] != self.hypotheses["verdict_without"]
        return tuple(self.hypotheses.loc[moved, "id"])


def keep_everybody(rules: CleaningRules) -> CleaningRules:
    """Leave of cleaning rules what is not a judgement of care.

    Those who gave no consent, were screened out or only previewed stay out, and changes of single answers
    are made; every other rule, and the count of marks, is dropped.
    """
    kept = tuple(rule for rule in rules.rules if rule.action == "set_missing" or rule.index in NEVER_ANALYSED)
    return replace(rules, rules=kept, min_flags=0)


def compare_exclusions(
    read: Responses,
    cleaned: Responses,
    measurement: MeasurementResults,
    structure: HypothesisTests | NotAvailable,
    progress: Callable[[str], None] | None = None,
) -> ExclusionComparison | NotAvailable:
    """Compute the key numbers again with nobody excluded.

    Parameters
    ----------
    read, cleaned : Responses
        Before and after cleaning.
    measurement : MeasurementResults
        Of the cleaned answers; the same constructs, model and options are used again.
    structure : HypothesisTests or NotAvailable
        Of the cleaned answers; tested again with its options.
    progress : callable, optional
        Called with a few words before each kind of test.

    Returns
    -------
    ExclusionComparison or NotAvailable
        With the reason, when cleaning excluded nobody.
    """
    if cleaned.rules is None:
        return NotAvailable("the answers were not cleaned")
    everybody = clean(read, keep_everybody(cleaned.rules))
    if everybody.n == cleaned.n:
        return NotAvailable("cleaning excluded nobody")
    notes: list[str] = []
    if not measurement.reliability:
        return NotAvailable(measurement.reliability.reason)
    before = _numbers(measurement.reliability, _measures_of(measurement), measurement.htmt)
    after = _numbers(*_measured_again(everybody, measurement, notes))
    rows = [(*key, before.get(key, np.nan), after.get(key, np.nan)) for key in {**before, **after}]
    left_out = read.n - everybody.n
    if left_out:
        notes.append(
            f"{counted(left_out, 'row')} without consent, screened out or previewed: in neither analysis."
        )
    return ExclusionComparison(
        n_with=cleaned.n,
        n_without=everybody.n,
        numbers=pd.DataFrame(rows, columns=list(NUMBER_COLUMNS)),
        hypotheses=_verdicts(structure, _tested_again(everybody, structure, notes, progress)),
        notes=tuple(notes),
    )


def _measured_again(
    everybody: Responses, measurement: MeasurementResults, notes: list[str]
) -> tuple[Reliability, pd.Series, Htmt | NotAvailable]:
    options = measurement.options
    everybody, _ = everybody.one_row_a_person(options.wave, options.category)
    constructs = {
        str(name): list(everybody.items_of(str(name)).columns)
        for name in measurement.reliability.table()["construct"]
    }
    measures = pd.Series(dtype=float)
    if not isinstance(measurement.confirmatory, NotAvailable) and _known(_measures_of(measurement)):
        loadings = measurement.confirmatory.loadings
        modelled = {str(name): list(part["item"]) for name, part in loadings.groupby("construct", sort=False)}
        try:
            fit, _ = fit_constructs(everybody, modelled, **options.fitting)
            measures = fit.fit_measures
        except CoprodError as error:
            notes.append(f"Without exclusions the measurement model cannot be had: {error.in_one_line}")
    ratios: Htmt | NotAvailable = NotAvailable("there are no ratios")
    if not isinstance(measurement.htmt, NotAvailable):
        try:
            ratios = htmt(constructs, everybody, missing="pairwise")
        except CoprodError as error:
            notes.append(f"Without exclusions HTMT cannot be had: {error.in_one_line}")
    return reliability(everybody, constructs), measures, ratios


def _measures_of(measurement: MeasurementResults) -> pd.Series:
    model = measurement.confirmatory
    return pd.Series(dtype=float) if isinstance(model, NotAvailable) else model.fit_measures


def _numbers(reliable: Reliability, measures: pd.Series, ratios: Htmt | NotAvailable) -> Numbers:
    found: Numbers = _known(measures)
    for row in reliable.table().to_dict("records"):
        found |= {(str(row["construct"]), name): float(row[name]) for name in SCALE if pd.notna(row[name])}
    if not isinstance(ratios, NotAvailable) and len(ratios.pairs):
        closest = ratios.pairs.loc[ratios.pairs["htmt"].idxmax()]
        found[WHOLE, "highest htmt"] = float(closest["htmt"])
    return found


def _known(measures: pd.Series) -> Numbers:
    """Measures of fit of the whole model: none of constructs that were measured one by one."""
    found = {name: best(measures, name) for name in _FIT}
    return {(WHOLE, name): one.value for name, one in found.items() if not isinstance(one, NotAvailable)}


def _tested_again(
    everybody: Responses,
    structure: HypothesisTests | NotAvailable,
    notes: list[str],
    progress: Callable[[str], None] | None,
) -> HypothesisTests | NotAvailable:
    if isinstance(structure, NotAvailable):
        return structure
    try:
        ids = list(structure.table()["id"])
        options: TestingKeywords = asdict(structure.options)  # type: ignore[assignment]
        return test_hypotheses(
            everybody.instrument.theory, everybody, ids, verdicts_only=True, progress=progress, **options
        )
    except CoprodError as error:
        notes.append(f"Without exclusions the hypotheses cannot be tested: {error.in_one_line}")
        return NotAvailable(error.in_one_line)


def _verdicts(before: HypothesisTests | NotAvailable, after: HypothesisTests | NotAvailable) -> pd.DataFrame:
    if isinstance(before, NotAvailable) or isinstance(after, NotAvailable):
        return pd.DataFrame(columns=list(VERDICT_COLUMNS))
    wanted = ["id", "std", "pvalue_adjusted", "verdict"]
    both = before.table()[wanted].merge(after.table()[wanted], on="id", suffixes=("_with", "_without"))
    return both.rename(columns=lambda name: name.replace("pvalue_adjusted", "pvalue"))[list(VERDICT_COLUMNS)]
