"""How a model is to be fitted: every choice, with what follows from it where nothing was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

from coprod_measure.estimation.rotation.names import Rotation as RotationName

if TYPE_CHECKING:
    from coprod_measure.estimation.rotation.rotate import Rotation

Estimator = Literal[
    "ML",
    "MLR",
    "MLM",
    "MLMV",
    "MLMVS",
    "MLF",
    "GLS",
    "ULS",
    "ULSM",
    "ULSMV",
    "WLS",
    "DWLS",
    "WLSM",
    "WLSMV",
    "WLSMVS",
    "MIIV",
]
Missing = Literal["listwise", "fiml", "pairwise", "two_stage", "robust_two_stage"]
Information = Literal["expected", "observed", "first_order"]
Likelihood = Literal["normal", "wishart"]
Parameterization = Literal["delta", "theta"]
StandardErrors = Literal[
    "standard", "robust_sem", "robust_sem_nt", "robust_huber_white", "bootstrap", "none", "miiv"
]
Test = Literal[
    "standard",
    "satorra_bentler",
    "yuan_bentler",
    "yuan_bentler_mplus",
    "mean_var_adjusted",
    "scaled_shifted",
    "browne_residual_nt",
    "browne_residual_adf",
    "bollen_stine",
    "none",
]
Rules = Literal["0.6", "0.7"]
Target = Literal["target", "target_strict"]
Engine = Literal["native", "semopy"]
Bounds = Literal["none", "standard", "wide", "pos_var", "pos_ov_var"]

# Estimator to discrepancy, standard errors, test and information, as lavaan combines them; for least squares
# that do not weigh by the spread of the moments see `_distributed`.
_MEANING: dict[str, tuple[str, StandardErrors, Test, Information]] = {
    "ML": ("ML", "standard", "standard", "expected"),
    "MLR": ("ML", "robust_huber_white", "yuan_bentler_mplus", "observed"),
    "MLM": ("ML", "robust_sem", "satorra_bentler", "expected"),
    "MLMV": ("ML", "robust_sem", "scaled_shifted", "expected"),
    "MLMVS": ("ML", "robust_sem", "mean_var_adjusted", "expected"),
    "MLF": ("ML", "standard", "standard", "first_order"),
    "GLS": ("GLS", "standard", "standard", "expected"),
    "ULS": ("ULS", "standard", "standard", "expected"),
    "ULSM": ("ULS", "robust_sem", "satorra_bentler", "expected"),
    "ULSMV": ("ULS", "robust_sem", "scaled_shifted", "expected"),
    "WLS": ("WLS", "standard", "standard", "expected"),
    "DWLS": ("DWLS", "standard", "standard", "expected"),
    "WLSM": ("DWLS", "robust_sem", "satorra_bentler", "expected"),
    "WLSMV": ("DWLS", "robust_sem", "scaled_shifted", "expected"),
    "WLSMVS": ("DWLS", "robust_sem", "mean_var_adjusted", "expected"),
    "MIIV": ("ML", "miiv", "browne_residual_nt", "expected"),
}
# Tests that take the statistic as it is.
UNSCALED = ("standard", "none", "bollen_stine", "browne_residual_nt", "browne_residual_adf")
# What ordered=True stands for, until the model says which variables these are.
ALL_OUTCOMES = ("<every observed variable but the covariates>",)


class FitKeywords(TypedDict, total=False):
    """Keywords of :func:`sem`, :func:`cfa` and :func:`growth`; see :class:`FitOptions`."""

    estimator: str
    missing: str
    ordered: Sequence[str] | bool
    group: str | None
    group_equal: Sequence[str]
    group_partial: Sequence[str]
    mean_structure: bool | None
    fixed_x: bool
    std_lv: bool
    orthogonal: bool
    correlation: bool
    rotation: str
    rotation_args: Mapping[str, object]
    effect_coding: Sequence[str] | bool
    bounds: str
    information: str | None
    likelihood: str
    parameterization: str
    cluster: str | None
    weights: str | None
    se: str | None
    test: str | None
    bootstrap: int
    seed: int | None
    engine: str
    auto: Sequence[str] | bool
    lavaan: str


@dataclass(frozen=True, slots=True)
class FitOptions:
    """Everything that a fit depends on besides model and data.

    Attributes
    ----------
    estimator : str
        ``"ML" "MLR" "MLM" "MLMV" "MLF" "GLS" "ULS" "WLS" "DWLS" "WLSMV" "ULSMV"`` and their siblings, or
        ``"MIIV"`` (``"IV"``: model-implied instruments); None becomes ``"ML"``, or ``"WLSMV"`` with ordered
        variables.
    missing : str
        ``"listwise"``, ``"fiml"``, ``"pairwise"`` (ordered variables), or ``"two.stage"`` and
        ``"robust.two.stage"`` (saturated moments first, then the model).
    ordered : tuple of str
        Ordered-categorical variables; ``True`` stands for all observed ones but the covariates.
    group : str or None
        Grouping column.
    group_equal, group_partial : tuple of str
        What is held equal over groups (``"all"`` for all of it), and exceptions (``"f=~x2"``).
    mean_structure : bool or None
        None: only where the model, groups, growth or FIML need it.
    fixed_x, std_lv, orthogonal : bool
        As in lavaan.
    correlation : bool
        Fit the correlations: parameters are those of variables with unit variance, whose standard deviations
        are parameters of their own (``~*~``). Correlations given as moments need it for right errors.
    rotation : str
        Of ``efa()`` blocks: ``"geomin"``, ``"oblimin"``, ``"varimax"``, ``"cf-equamax"``, ``"infomax"``,
        ``"target"`` ...
    rotation_args : tuple of (str, float or matrix)
        lavaan's arguments of it, given as a mapping: ``geomin_epsilon`` (.001), ``oblimin_gamma`` (0),
        ``orthomax_gamma`` (1), ``cf_gamma`` (0), ``rstarts`` (30), ``orthogonal`` (False), ``std_ov`` (True),
        ``target`` (rows as the items, columns as the factors; of several blocks a mapping from their names).
        ``"target"`` (or ``"pst"``) drives to zero where it is zero, or where ``target_mask`` is one;
        ``"target.strict"`` towards all of it that is not NaN.
    effect_coding : tuple of str
        ``"loadings"``, ``"intercepts"`` (``True`` for both): scale factors by the mean of their loadings (1)
        and of their intercepts (0) instead of by markers.
    bounds : str
        ``"standard"``, ``"wide"``, ``"pos_var"`` or ``"pos_ov_var"``: keep parameters where the variances of
        the sample let them be.
    information : str or None
        ``"expected"``, ``"observed"`` or ``"first.order"`` (products of scores); None: the estimator's own.
    likelihood : str
        ``"normal"`` or ``"wishart"``.
    parameterization : str
        ``"delta"`` or ``"theta"``.
    cluster, weights : str or None
        Columns with clusters and sampling weights.
    se, test : str or None
        Standard errors and test statistic; None: the estimator's own. ``se="robust"`` takes the sandwich that
        data and estimator allow.
    bootstrap : int
        Draws for ``se="bootstrap"`` and ``test="bollen_stine"``.
    seed : int or None
        Seed of the draws; one is drawn and kept when None.
    engine : str
        ``"native"`` or ``"semopy"``.
    auto : tuple of str
        For :func:`lavaan` alone: automatic parameters to add, by lavaan's switches (``auto.var``,
        ``auto.cov.y``, ``int.ov.free`` ..., also without the first word); ``True`` for those of ``sem``.
    lavaan : str
        Whose rules hold where they changed: ``"0.7"``, or ``"0.6"`` to reproduce what was made with it; the
        guide for those who come from lavaan lists the differences.
    """

    estimator: Estimator | None = None
    missing: Missing = "listwise"
    ordered: tuple[str, ...] = ()
    group: str | None = None
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
    mean_structure: bool | None = None
    fixed_x: bool = True
    std_lv: bool = False
    orthogonal: bool = False
    correlation: bool = False
    rotation: RotationName | Target = "geomin"
    rotation_args: tuple[tuple[str, float | tuple[tuple[float, ...], ...]], ...] = ()
    effect_coding: tuple[str, ...] = ()
    bounds: Bounds = "none"
    information: Information | None = None
    likelihood: Likelihood = "normal"
    parameterization: Parameterization = "delta"
    cluster: str | None = None
    weights: str | None = None
    se: StandardErrors | None = None
    test: Test | None = None
    bootstrap: int = 1000
    seed: int | None = None
    engine: Engine = "native"
    auto: tuple[str, ...] = ()
    lavaan: Rules = "0.7"

    @property
    def name(self) -> str:
        """The estimator after defaults."""
        return self.estimator or ("WLSMV" if self.ordered else "ML")

    @property
    def discrepancy(self) -> str:
        """``"ML" "GLS" "ULS" "WLS"`` or ``"DWLS"``."""
        return _MEANING[self.name][0]

    @property
    def standard_errors(self) -> StandardErrors:
        """Kind of standard errors after defaults."""
        if self.se is not None:
            return self.se
        if self.cluster or self.weights:
            return "robust_huber_white" if self.discrepancy == "ML" else "robust_sem"
        if self.two_stage:
            return "robust_sem"
        if _MEANING[self.name][1] == "standard" and not self.distributed:
            corrected = self.test not in (None, *UNSCALED[:4])
            return "robust_sem" if self.ordered or corrected else "robust_sem_nt"
        return _MEANING[self.name][1]

    @property
    def test_statistic(self) -> Test:
        """Kind of test after defaults."""
        if self.test is not None:
            return self.test
        if self.two_stage:
            return "satorra_bentler"
        if (self.cluster or self.weights) and self.name == "ML":
            return "yuan_bentler_mplus"
        if self.name in ("ULS", "DWLS") and not (self.distributed or self.ordered):
            return "browne_residual_adf" if self.weights else "browne_residual_nt"
        return _MEANING[self.name][2]

    @property
    def information_matrix(self) -> Information:
        """Kind of information after defaults."""
        if self.information is not None:
            return self.information
        if (
            (self.missing == "fiml" and self.name != "MLF")
            or self.se == "robust_huber_white"
            or ((self.cluster or self.weights) and self.name == "ML")
        ):
            return "observed"
        return _MEANING[self.name][3]

    @property
    def two_stage(self) -> bool:
        """Whether the model is fitted to saturated moments of incomplete answers."""
        return self.missing in ("two_stage", "robust_two_stage")

    @property
    def incomplete(self) -> bool:
        """Whether incomplete answers count: by full information, or by saturated moments."""
        return self.missing == "fiml" or self.two_stage

    @property
    def distributed(self) -> bool:
        """Whether N F is taken for chi-square: ULS and DWLS minimise what has no known distribution.

        Then errors are robust, and the test is that of the residuals (lavaan 0.7).
        """
        return self.lavaan == "0.6" or self.discrepancy not in ("ULS", "DWLS")

    @property
    def least_squares(self) -> bool:
        """Whether sample moments take the divisor n - 1."""
        return self.discrepancy != "ML" or self.name == "MIIV"


def rotation_of(options: FitOptions) -> Rotation:
    """Choose the rotation of exploratory blocks."""
    import numpy as np

    from coprod_measure.estimation.rotation.criteria import RotationOptions
    from coprod_measure.estimation.rotation.rotate import Rotation

    given = {name: value for name, value in options.rotation_args if isinstance(value, float)}
    chosen = RotationOptions(
        gamma=given.get("orthomax_gamma", 1.0)
        if options.rotation == "orthomax"
        else given.get("oblimin_gamma", 0.0),
        kappa=given.get("cf_gamma", 0.0),
        delta=given.get("geomin_epsilon", 0.001),
        starts=int(given.get("rstarts", 30)),
        orthogonal=bool(given.get("orthogonal", False)),
    )
    matrices = {
        name: np.array(value) for name, value in options.rotation_args if not isinstance(value, float)
    }
    targets = []
    for name, target in matrices.items():
        what, _, block = name.partition(":")
        if what != "target":
            continue
        mask = matrices.get(f"target_mask:{block}")
        if mask is None:
            # As in lavaan, what is not zero says only that a loading may be large.
            mask = np.ones(target.shape) if options.rotation == "target_strict" else target == 0
        targets.append((block, np.where(mask.astype(bool), target, np.nan)))
    method = "target" if options.rotation == "target_strict" else options.rotation
    return Rotation(method, chosen, bool(given.get("std_ov", True)), tuple(targets))
