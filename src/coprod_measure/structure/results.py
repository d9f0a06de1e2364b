"""The records of the structure room."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from coprod_measure.errors import NotAvailable

TABLE_COLUMNS = (
    "id",
    "statement",
    "estimate",
    "std",
    "ci_lower",
    "ci_upper",
    "pvalue",
    "pvalue_adjusted",
    "verdict",
    "reason",
    "expected",
)
EXPECTED = {1: "positive", -1: "negative", 0: "any"}
"""Words for an expected sign; a hypothesis whose claims differ in sign expects ``"both"``."""
CLAIM_COLUMNS = (
    "hypothesis",
    "respondents",
    "n",
    "source",
    "via",
    "target",
    "expected",
    "estimate",
    "se",
    "std",
    "ci_lower",
    "ci_upper",
    "pvalue",
    "pvalue_adjusted",
    "as_expected",
)

PATH_COLUMNS = (
    "respondents",
    "kind",
    "n",
    "outcome",
    "r_squared",
    "predictor",
    "estimate",
    "se",
    "ci_lower",
    "ci_upper",
    "pvalue",
    "std",
)
NOT_ASKED = NotAvailable("it was not asked for")
OMITTED_COLUMNS = ("source", "target", "mi", "pvalue_adjusted", "std")


@dataclass(frozen=True, slots=True)
class OmittedPaths:
    """What a structural model says by leaving paths out.

    Attributes
    ----------
    delta_chisq, delta_df, pvalue : float or NotAvailable
        Test against the model in which all its variables covary freely.
    cfi, cfi_unrestricted : float
        Of both models.
    paths : pandas.DataFrame
        One row a path that the answers ask for (:data:`OMITTED_COLUMNS`): modification index, p adjusted for
        the number of omitted paths, and the expected standardised path; the largest first.
    """

    delta_chisq: float | NotAvailable
    delta_df: float
    pvalue: float | NotAvailable
    cfi: float
    cfi_unrestricted: float
    paths: pd.DataFrame


@dataclass(frozen=True, slots=True)
class StructuralFit:
    """A fitted structural model, reduced to what a reader needs.

    Attributes
    ----------
    respondents : str
        The condition that chose them; ``"all"`` for everybody.
    stage_of : tuple of (str, str)
        Variable and id of its stage, causes before effects.
    parameters : pandas.DataFrame
        As ``Fit.parameters``.
    fit_measures : pandas.Series
        As ``Fit.fit_measures``.
    omitted : OmittedPaths or NotAvailable
        The test against free covariances, and the paths that are missed.
    """

    respondents: str
    n: int
    estimator: str
    missing: str
    syntax: str
    stage_of: tuple[tuple[str, str], ...]
    parameters: pd.DataFrame
    fit_measures: pd.Series
    converged: bool
    admissible: bool
    messages: tuple[str, ...] = ()
    omitted: OmittedPaths | NotAvailable = NOT_ASKED


def no_paths() -> pd.DataFrame:
    """Make a frame of paths without rows."""
    return pd.DataFrame(columns=list(PATH_COLUMNS))


@dataclass(frozen=True, slots=True)
class HypothesisTests:
    """What the data say to each hypothesis.

    Attributes
    ----------
    tests : pandas.DataFrame
        One row a hypothesis (:data:`TABLE_COLUMNS`). ``estimate`` and ``std`` are averages over the claims of
        the hypothesis with their signs as estimated; the interval belongs to ``std``. ``expected`` says which
        sign is claimed: ``"positive"``, ``"negative"``, ``"any"``, or ``"both"`` where claims differ in sign:
        only there is each claim turned before the average, so that positive means as expected.
    claims : pandas.DataFrame
        One row a single path or indirect effect (:data:`CLAIM_COLUMNS`), signs as estimated.
    models : tuple of StructuralFit
        The models behind them.
    draws, seed : int
        Monte Carlo draws behind the intervals.
    notes : tuple of str
        How to read the table, and what was left out.
    paths : pandas.DataFrame
        One row a structural path (:data:`PATH_COLUMNS`), claimed or not, with the R² of its outcome; ``kind``
        is ``"linear"`` or ``"logistic"``. The interval belongs to ``estimate``.
    """

    tests: pd.DataFrame
    claims: pd.DataFrame
    models: tuple[StructuralFit, ...]
    draws: int
    seed: int
    level: float = 0.05
    notes: tuple[str, ...] = ()
    paths: pd.DataFrame = field(default_factory=no_paths)

    def table(self) -> pd.DataFrame:
        """One row a hypothesis."""
        return self.tests
