"""Records of fitted structural models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from coprod_measure.errors import NotAvailable

PATH_COLUMNS = (
    "model",
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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuralFit:
    """A fitted structural model, reduced to what a reader needs.

    Attributes
    ----------
    hypotheses : tuple of str
        Ids of the hypotheses whose claims were estimated together in it.
    respondents : str
        The condition that chose them; ``"all"`` for everybody.
    stage_of : tuple of (str, str)
        Variable and id of its stage, causes before effects.
    parameters : pandas.DataFrame
        As ``Fit.parameters``.
    fit_measures : pandas.Series
        As ``Fit.fit_measures``.
    within : mapping
        Construct that sorts people to the names of groups, where its claims are about those alone.
    n, people : int
        Rows in the model, and people in the rows that it chose from; 0 where nobody counted them.
    sampling : tuple of str
        What errors and tests know of: ``"cluster"`` (rows of one person, or of those drawn together, are not
        independent) and ``"weights"``.
    effects, predictors, explained : pandas.DataFrame
        Of :mod:`.effect_tables`: effects between all pairs that claims name, what each predictor adds, and R2
        with its interval.
    indices, residuals : pandas.DataFrame
        The largest modification indices, and the largest residuals over their standard errors
        (``lhs rhs residual``).
    script : str
        For R: fits the model with lavaan to ``data.csv``; empty where lavaan has no such analysis.
    omitted : OmittedPaths or NotAvailable
        The test against free covariances, and the paths that are missed.
    beside : pandas.DataFrame or NotAvailable
        Of a model by partial least squares: each path (``from``, ``to``) there and in a structural equation
        model, both standardised (``std_pls``, ``std_sem``).
    """

    hypotheses: tuple[str, ...]
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
    effects: pd.DataFrame = field(default_factory=pd.DataFrame)
    predictors: pd.DataFrame = field(default_factory=pd.DataFrame)
    explained: pd.DataFrame = field(default_factory=pd.DataFrame)
    indices: pd.DataFrame = field(default_factory=pd.DataFrame)
    residuals: pd.DataFrame = field(default_factory=pd.DataFrame)
    script: str = ""
    people: int = 0
    sampling: tuple[str, ...] = ()
    beside: pd.DataFrame | NotAvailable = NOT_ASKED
    within: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def who(self) -> str:
        """Respondents and groups in one."""
        return within_words(self.respondents, self.within)


def within_words(respondents: str, groups: Mapping[str, tuple[str, ...]]) -> str:
    """Add groups to a condition that chose respondents.

    Examples
    --------
    >>> within_words("all", {"country": ("NL", "BE")}), within_words("joined_1 == 1", {"country": ("NL",)})
    ('country: NL, BE', 'joined_1 == 1 and country: NL')
    """
    told = [f"{sorting}: {', '.join(names)}" for sorting, names in groups.items()]
    return " and ".join([*([respondents] if respondents != "all" or not told else []), *told])


def no_paths() -> pd.DataFrame:
    """Make a frame of paths without rows."""
    return pd.DataFrame(columns=list(PATH_COLUMNS))
