"""The full list of parameters, and what the defaults of a model are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from coprod_measure.estimation.rotation.rotate import Rotation
from coprod_measure.estimation.specification.default_parameters import OF_SEM
from coprod_measure.estimation.specification.syntax import Constraint
from coprod_measure.estimation.specification.variables import Variables

GROUP_EQUAL = (
    "loadings",
    "composite_weights",
    "intercepts",
    "thresholds",
    "means",
    "regressions",
    "residuals",
    "residual_covariances",
    "lv_variances",
    "lv_covariances",
)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What is added to a user's formulas; the defaults are those of lavaan's ``sem()``.

    Attributes
    ----------
    automatic : frozenset of str
        What is added or freed by itself (``AUTOMATIC`` of the defaults): of
        ``int_ov_free`` and ``int_lv_free``, ``sem`` and ``cfa`` free the first, ``growth`` the second.
    group_equal : tuple of str
        Kinds of parameters held equal over groups (:data:`GROUP_EQUAL`).
    group_partial : tuple of str
        Parameters (``"f=~x2"``) exempt from ``group_equal``.
    n_thresholds : mapping
        Ordered variable to its number of thresholds.
    thresholds_apart : bool
        Whether equal thresholds leave the means of the variables behind the answers free, and equal
        intercepts alone free latent means (Wu & Estabrook 2016), as in lavaan 0.7; 0.6 took the two as one.
    correlation : bool
        Whether observed variables are standardised and have scales (``~*~``) of their own.
    rotation : Rotation
        Of exploratory blocks.
    """

    mean_structure: bool = False
    automatic: frozenset[str] = OF_SEM
    std_lv: bool = False
    orthogonal: bool = False
    effect_coding: tuple[str, ...] = ()
    fixed_x: bool = True
    parameterization: str = "delta"
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
    n_thresholds: Mapping[str, int] = field(default_factory=dict, hash=False)
    thresholds_apart: bool = True
    correlation: bool = False
    rotation: Rotation = field(default_factory=Rotation)

    @property
    def latent_means_free(self) -> bool:
        """Whether latent means are estimated where nothing is written about them."""
        return "int_lv_free" in self.automatic


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the table.

    Attributes
    ----------
    value : float
        Of a fixed parameter; NaN where it is taken from the sample (``exogenous``, and ``given``: covariances
        of the items of a composite).
    start : float
        NaN where the starting value is to be computed.
    key : str
        Rows with one key are equal.
    """

    lhs: str
    op: str
    rhs: str
    group: int
    user: bool = False
    free: bool = True
    exogenous: bool = False
    given: bool = False
    value: float = math.nan
    start: float = math.nan
    lower: float = -math.inf
    upper: float = math.inf
    label: str = ""
    key: str = ""
    place: str = ""

    @property
    def name(self) -> str:
        """The parameter as lavaan's ``coef()`` names it, without the group."""
        return f"{self.lhs}{self.op}{self.rhs}"

    def with_key(self, key: str) -> Parameter:
        """Take a key, as every row does: ``replace`` costs four times as much."""
        first = (self.lhs, self.op, self.rhs, self.group, self.user, self.free, self.exogenous, self.given)
        return Parameter(*first, self.value, self.start, self.lower, self.upper, self.label, key, self.place)


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """All parameters of all groups, with the constraints between them.

    Attributes
    ----------
    levels : tuple of Variables
        Of a two-level model: what each level has of ``variables``; empty for one level. Levels stand in the
        place of groups (1 within, 2 between, and on so through the groups that there are).
    """

    rows: tuple[Parameter, ...]
    constraints: tuple[Constraint, ...]
    variables: Variables
    n_groups: int
    mean_structure: bool
    parameterization: str = "delta"
    correlation: bool = False
    levels: tuple[Variables, ...] = ()
    rotation: Rotation | None = None

    @property
    def definitions(self) -> tuple[Constraint, ...]:
        """The ``:=`` lines."""
        return tuple(c for c in self.constraints if c.op == ":=")

    @property
    def slopes(self) -> tuple[str, ...]:
        """Names of the slopes that differ between clusters."""
        return tuple(dict.fromkeys(path.name for path in self.variables.slopes))

    def level_of(self, block: int) -> Variables:
        """Variables of a group, or of one of its levels, by its number from 1."""
        return self.levels[(block - 1) % 2] if self.levels else self.variables

    def levels_of_group(self, group: int) -> ParameterTable:
        """Take the two levels of one group, by its number from 0."""
        first = 2 * group
        rows = (row for row in self.rows if first < row.group <= first + 2)
        return replace(self, rows=tuple(replace(row, group=row.group - first) for row in rows), n_groups=2)
