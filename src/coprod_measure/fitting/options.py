"""How a model is to be fitted: every choice, checked once and before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Literal, TypedDict, get_args

from coprod_measure.errors import CoprodError, ModelError, Problem
from coprod_measure.estimation.specification.default_parameters import AUTOMATIC, OF_SEM
from coprod_measure.estimation.specification.parameter_table import GROUP_EQUAL

Estimator = Literal[
    "ML",
    "MLR",
    "MLM",
    "MLMV",
    "MLMVS",
    "GLS",
    "ULS",
    "ULSM",
    "ULSMV",
    "WLS",
    "DWLS",
    "WLSM",
    "WLSMV",
    "WLSMVS",
]
Missing = Literal["listwise", "fiml", "pairwise"]
Information = Literal["expected", "observed"]
Likelihood = Literal["normal", "wishart"]
Parameterization = Literal["delta", "theta"]
StandardErrors = Literal["standard", "robust_sem", "robust_sem_nt", "robust_huber_white", "bootstrap", "none"]
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
Engine = Literal["native", "semopy"]

# Estimator to discrepancy, standard errors, test and information, as lavaan combines them; for least squares
# that do not weigh by the spread of the moments see `_distributed`.
_MEANING: dict[str, tuple[str, StandardErrors, Test, Information]] = {
    "ML": ("ML", "standard", "standard", "expected"),
    "MLR": ("ML", "robust_huber_white", "yuan_bentler_mplus", "observed"),
    "MLM": ("ML", "robust_sem", "satorra_bentler", "expected"),
    "MLMV": ("ML", "robust_sem", "scaled_shifted", "expected"),
    "MLMVS": ("ML", "robust_sem", "mean_var_adjusted", "expected"),
    "GLS": ("GLS", "standard", "standard", "expected"),
    "ULS": ("ULS", "standard", "standard", "expected"),
    "ULSM": ("ULS", "robust_sem", "satorra_bentler", "expected"),
    "ULSMV": ("ULS", "robust_sem", "scaled_shifted", "expected"),
    "WLS": ("WLS", "standard", "standard", "expected"),
    "DWLS": ("DWLS", "standard", "standard", "expected"),
    "WLSM": ("DWLS", "robust_sem", "satorra_bentler", "expected"),
    "WLSMV": ("DWLS", "robust_sem", "scaled_shifted", "expected"),
    "WLSMVS": ("DWLS", "robust_sem", "mean_var_adjusted", "expected"),
}
# Tests that take the statistic as it is.
UNSCALED = ("standard", "none", "bollen_stine", "browne_residual_nt", "browne_residual_adf")
_OF_EXPECTED_INFORMATION = ("satorra_bentler", "yuan_bentler", "mean_var_adjusted", "scaled_shifted")
_ALIASES = {"missing": {"ml": "fiml", "direct": "fiml"}, "information": {"observed_hessian": "observed"}}
# What ordered=True stands for, until the model says which variables these are.
ALL_OUTCOMES = ("<every observed variable but the covariates>",)
_TUPLES = ("ordered", "group_equal", "group_partial", "auto")


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
        ``"ML" "MLR" "MLM" "MLMV" "GLS" "ULS" "WLS" "DWLS" "WLSMV" "ULSMV"`` and their siblings; None becomes
        ``"ML"``, or ``"WLSMV"`` when there are ordered variables.
    missing : str
        ``"listwise"``, ``"fiml"`` or ``"pairwise"`` (ordered variables).
    ordered : tuple of str
        Ordered-categorical variables; ``True`` stands for all observed ones but the covariates.
    group : str or None
        Grouping column.
    group_equal, group_partial : tuple of str
        What is held equal over groups, and exceptions (``"f=~x2"``).
    mean_structure : bool or None
        None: only where the model, groups, growth or FIML need it.
    fixed_x, std_lv, orthogonal : bool
        As in lavaan.
    information : str or None
        ``"expected"`` or ``"observed"``; None: the estimator's own.
    likelihood : str
        ``"normal"`` or ``"wishart"``.
    parameterization : str
        ``"delta"`` or ``"theta"``.
    cluster, weights : str or None
        Columns with clusters and sampling weights.
    se, test : str or None
        Standard errors and test statistic; None: the estimator's own.
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
        if _MEANING[self.name][1] == "standard" and not self.distributed:
            corrected = self.test not in (None, *UNSCALED[:4])
            return "robust_sem" if self.ordered or corrected else "robust_sem_nt"
        return _MEANING[self.name][1]

    @property
    def test_statistic(self) -> Test:
        """Kind of test after defaults."""
        if self.test is not None:
            return self.test
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
            self.missing == "fiml"
            or self.se == "robust_huber_white"
            or ((self.cluster or self.weights) and self.name == "ML")
        ):
            return "observed"
        return _MEANING[self.name][3]

    @property
    def distributed(self) -> bool:
        """Whether N F is taken for chi-square: ULS and DWLS minimise what has no known distribution.

        Then errors are robust, and the test is that of the residuals (lavaan 0.7).
        """
        return self.lavaan == "0.6" or self.discrepancy not in ("ULS", "DWLS")

    @property
    def least_squares(self) -> bool:
        """Whether sample moments take the divisor n - 1."""
        return self.discrepancy != "ML"


_CHOICES: dict[str, tuple[str, ...]] = {
    "estimator": get_args(Estimator),
    "missing": get_args(Missing),
    "information": get_args(Information),
    "likelihood": get_args(Likelihood),
    "parameterization": get_args(Parameterization),
    "se": get_args(StandardErrors),
    "test": get_args(Test),
    "engine": get_args(Engine),
    "lavaan": get_args(Rules),
}


def fit_options(keywords: dict[str, Any]) -> FitOptions:
    """Check keywords and build the record.

    Parameters
    ----------
    keywords : dict
        As handed to :func:`sem`.

    Raises
    ------
    ModelError
        All unknown options, wrong values and combinations that do not exist, at once.
    """
    known = {field.name for field in fields(FitOptions)}
    problems: list[Problem] = []
    clean: dict[str, Any] = {}
    for name, value in keywords.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            cure = f"Did you mean {near[0]}?" if near else f"Options are {', '.join(sorted(known))}"
            problems.append(Problem(f"option {name}", "there is no such option", cure, "unknown-option"))
        elif name in _CHOICES and value is not None:
            clean[name] = _choice(name, value, problems)
        elif name in _TUPLES:
            clean[name] = _names(name, value, problems)
        else:
            clean[name] = value
    if not problems:
        options = FitOptions(**clean)
        problems = _contradictions(options)
        if not problems:
            return options
    raise _error(problems)


def amended(options: FitOptions, **changes: Any) -> FitOptions:
    """Change checked options, and check what results.

    Raises
    ------
    ModelError
        If they contradict each other now.
    """
    changed = replace(options, **changes)
    if problems := _contradictions(changed):
        raise _error(problems)
    return changed


def _error(problems: list[Problem]) -> CoprodError:
    return ModelError.from_problems(problems)


def _choice(name: str, value: object, problems: list[Problem]) -> str:
    choices = _CHOICES[name]
    text = str(value) if name == "lavaan" else str(value).replace(".", "_").replace("-", "_")
    text = text.upper() if name == "estimator" else text.lower()
    text = _ALIASES.get(name, {}).get(text, text)
    if text not in choices:
        near = get_close_matches(text, choices, 3)
        cure = f"Did you mean {' or '.join(near)}?" if near else f"Use one of {', '.join(choices)}"
        problems.append(Problem(f"option {name}", f"{value!r} is not known", cure, "unknown-choice"))
    return text


def _names(name: str, value: Any, problems: list[Problem]) -> tuple[str, ...]:
    if value is True and name == "ordered":
        return ALL_OUTCOMES
    if value is True and name == "auto":
        return tuple(one for one in AUTOMATIC if one in OF_SEM)
    if value and not isinstance(value, Iterable):
        cause = f"{value!r} is no list of names"
        problems.append(Problem(f"option {name}", cause, 'Write ["one", "other"]', "bad-names"))
        return ()
    names = (value,) if isinstance(value, str) else tuple(value or ())
    known = {"group_equal": GROUP_EQUAL, "auto": AUTOMATIC}.get(name)
    if known is None:
        return tuple(str(one) for one in names)
    clean = tuple(str(one).replace(".", "_").removeprefix("auto_") for one in names)
    problems.extend(
        Problem(f"option {name}", f"{one!r} is not known", f"Use {', '.join(known)}", "unknown-choice")
        for one in clean
        if one not in known
    )
    return clean


Rule = tuple[bool, str, str, str]


def _contradictions(options: FitOptions) -> list[Problem]:
    rules = [*_about_estimators(options), *_about_missing_answers(options)]
    rules += [
        (
            bool(options.group_equal) and options.group is None,
            "group_equal",
            "equality over groups needs groups",
            "Name the grouping column in group=",
        ),
        (options.bootstrap < 2, "bootstrap", "at least two draws are needed", "Ask for 1000 or more"),
    ]
    return [
        Problem(f"option {name}", cause, cure, "unsupported-combination")
        for wrong, name, cause, cure in rules
        if wrong
    ]


def _about_estimators(options: FitOptions) -> list[Rule]:
    ordinal, ml = bool(options.ordered), options.discrepancy == "ML"
    gls, kind, test = options.discrepancy == "GLS", options.standard_errors, options.test_statistic
    likelihood_only = kind == "robust_huber_white" or test.startswith("yuan")
    corrected = (options.se or "").startswith("robust_sem") or options.test not in (None, "standard", "none")
    observed = options.information_matrix == "observed" and options.missing == "listwise"
    as_continuous = "maximum likelihood takes ordered variables as continuous"
    return [
        (ordinal and ml, "estimator", as_continuous, 'Use "WLSMV"'),
        (ordinal and gls, "estimator", "GLS is for continuous variables", 'Use "WLSMV"'),
        (gls and corrected, "estimator", "GLS has no corrected errors or tests here", 'Use "MLM"'),
        (
            not ml and likelihood_only,
            "se",
            f"{kind} with {test} needs maximum likelihood",
            'Use se="robust_sem" and test="satorra_bentler"',
        ),
        (
            ml and observed and (kind == "robust_sem" or test in _OF_EXPECTED_INFORMATION),
            "information",
            f"{kind} errors with the test {test} are not defined with observed information",
            'Use information="expected" (Satorra and Bentler 1994), or estimator="MLR" as it is',
        ),
        (
            not ml and bool(options.cluster),
            "cluster",
            f"clusters are not available with {options.name}",
            'Use estimator="MLR"',
        ),
    ]


def _about_missing_answers(options: FitOptions) -> list[Rule]:
    full, ordinal, name = options.missing == "fiml", bool(options.ordered), options.name
    unscaled = options.test in (None, "standard", "none", "yuan_bentler_mplus")
    return [
        (
            full and ordinal,
            "missing",
            "full information is not available for ordered variables",
            'Use missing="pairwise"',
        ),
        (
            full and options.discrepancy != "ML",
            "missing",
            f"full information needs maximum likelihood, not {name}",
            'Use estimator="ML" or "MLR"',
        ),
        (
            full and name in ("MLM", "MLMV", "MLMVS"),
            "missing",
            f"{name} needs complete data",
            'Use estimator="MLR"',
        ),
        (
            full and (options.se == "robust_sem" or not unscaled),
            "se" if unscaled else "test",
            "this correction needs complete data",
            'Use estimator="MLR", or se="robust_huber_white" and test="yuan_bentler_mplus"',
        ),
        (
            full and options.mean_structure is False,
            "mean_structure",
            "full information needs the means",
            "Leave mean_structure out",
        ),
        (
            full and options.likelihood == "wishart",
            "likelihood",
            "the Wishart likelihood needs complete data",
            'Use likelihood="normal"',
        ),
        (
            options.missing == "pairwise" and not ordinal,
            "missing",
            "pairwise deletion is for ordered variables only",
            'Use missing="fiml"',
        ),
    ]
