"""Options as they were asked for, checked once and before anything is computed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, get_args

from coprod_measure.arguments import names_of, unknown_options
from coprod_measure.errors import CoprodError, ModelError, Problem
from coprod_measure.estimation.rotation.names import rotations
from coprod_measure.fitting.options import (
    ALL_OUTCOMES,
    UNSCALED,
    Bounds,
    Engine,
    Estimator,
    FitOptions,
    Information,
    Likelihood,
    Missing,
    Parameterization,
    Rules,
    StandardErrors,
    Target,
    Test,
)
from coprod_measure.fitting.rotation_arguments import rotation_arguments

_TUPLES = ("ordered", "group_equal", "group_partial", "auto", "effect_coding")
# A name that stands in backticks or quotes, as in model text.
_QUOTED = re.compile(r"([`'\"])(.+?)\1")
_YES_OR_NO = ("mean_structure", "fixed_x", "std_lv", "orthogonal", "correlation")
_COLUMNS = ("group", "cluster", "weights")
_ALIASES = {
    "missing": {"ml": "fiml", "direct": "fiml"},
    "information": {"observed_hessian": "observed"},
    "bounds": {"default": "wide"},
    "estimator": {"IV": "MIIV"},
    "rotation": {
        "bi_geomin": "bigeomin",
        "bi_quartimin": "bifactor_oblique",
        "biquartimin": "bifactor_oblique",
        "pst": "target",
    },
}
_RANDOM_COVARIATES = ("ml_x", "fiml_x", "direct_x")
_OF_EXPECTED_INFORMATION = ("satorra_bentler", "yuan_bentler", "mean_var_adjusted", "scaled_shifted")
_CHOICES: dict[str, tuple[str, ...]] = {
    "estimator": get_args(Estimator),
    "missing": get_args(Missing),
    "information": get_args(Information),
    "likelihood": get_args(Likelihood),
    "parameterization": get_args(Parameterization),
    "se": get_args(StandardErrors),
    "test": get_args(Test),
    "engine": get_args(Engine),
    "bounds": get_args(Bounds),
    "lavaan": get_args(Rules),
    "rotation": (*rotations(), *get_args(Target)),
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
    known = names_of(FitOptions)
    problems = unknown_options(keywords, known)
    clean: dict[str, Any] = {}
    for name, value in keywords.items():
        if name not in known or (name == "se" and str(value).lower() == "robust"):
            continue
        elif name in _CHOICES and value is not None:
            clean[name] = _choice(name, value, problems)
        elif name == "rotation_args":
            clean[name] = rotation_arguments(value, problems)
        elif name in _TUPLES:
            clean[name] = _names(name, value, problems)
            if name == "group_partial":
                clean[name] = tuple(_QUOTED.sub(r"\2", one) for one in clean[name])
        else:
            clean[name] = value
            problems.extend(_wrong_kind(name, value))
    if not problems:
        options = FitOptions(**clean)
        if str(keywords.get("se")).lower() == "robust":
            options = replace(options, se=_robust_errors(options))
        problems = _contradictions(options)
        if not problems:
            return options
    raise _error(problems)


def _robust_errors(options: FitOptions) -> StandardErrors:
    """Choose what ``se="robust"`` stands for: the sandwich that the data and the estimator allow."""
    sampled = options.missing == "fiml" or options.cluster or options.weights or options.name == "MLR"
    return "robust_huber_white" if options.discrepancy == "ML" and sampled else "robust_sem"


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


def _wrong_kind(name: str, value: object) -> list[Problem]:
    """Refuse words for yes and no, and anything but a name for a column."""
    # By name, because study files are checked without NumPy, whose truth values count as well.
    yes_or_no = type(value).__name__ in ("bool", "bool_") or (name == "mean_structure" and value is None)
    column = isinstance(value, str) or value is None
    if name in _YES_OR_NO and not yes_or_no:
        return [Problem(f"option {name}", f"{value!r} is neither True nor False", "Write True", "bad-option")]
    if name in _COLUMNS and not column:
        cause, cure = f"{value!r} is no name of a column", f'Write {name}="the column"'
        return [Problem(f"option {name}", cause, cure, "bad-option")]
    return []


def _error(problems: list[Problem]) -> CoprodError:
    return ModelError.from_problems(problems)


def _choice(name: str, value: object, problems: list[Problem]) -> str:
    choices = _CHOICES[name]
    if name == "test" and isinstance(value, (list, tuple)):
        # As lavaan's c("standard", "satorra.bentler"): the plain test stands beside every corrected one.
        corrected = [one for one in value if one != "standard"] or ["standard"]
        if len(corrected) > 1:
            cause, cure = "a fit has one test beside the standard one", f'Write test="{corrected[0]}"'
            problems.append(Problem("option test", cause, cure, "bad-option"))
        value = corrected[0]
    text = str(value) if name == "lavaan" else str(value).replace(".", "_").replace("-", "_")
    text = text.upper() if name == "estimator" else text.lower()
    text = _ALIASES.get(name, {}).get(text, text)
    if text not in choices:
        near = get_close_matches(text, choices, 3)
        cure = f"Did you mean {' or '.join(near)}?" if near else f"Use one of {', '.join(choices)}"
        if name == "missing" and text in _RANDOM_COVARIATES:
            cure = 'Covariates with missing answers are random here: use missing="fiml" and fixed_x=False'
        problems.append(Problem(f"option {name}", f"{value!r} is not known", cure, "unknown-choice"))
    return text


def _names(name: str, value: Any, problems: list[Problem]) -> tuple[str, ...]:
    # A study file is checked by these rules too, long before the engine's libraries are needed.
    from coprod_measure.estimation.specification.default_parameters import AUTOMATIC, OF_SEM
    from coprod_measure.estimation.specification.parameter_table import GROUP_EQUAL

    if value is True and name == "ordered":
        return ALL_OUTCOMES
    if value is True and name == "auto":
        return tuple(one for one in AUTOMATIC if one in OF_SEM)
    if value is True and name == "effect_coding":
        return EFFECT_CODING
    if value and not isinstance(value, Iterable):
        cause = f"{value!r} is no list of names"
        problems.append(Problem(f"option {name}", cause, 'Write ["one", "other"]', "bad-names"))
        return ()
    names = (value,) if isinstance(value, str) else tuple(value or ())
    known = {"group_equal": GROUP_EQUAL, "auto": AUTOMATIC, "effect_coding": EFFECT_CODING}.get(name)
    if known is None:
        return tuple(str(one) for one in names)
    clean = tuple(str(one).replace(".", "_").removeprefix("auto_") for one in names)
    # What lavaan called so before 0.6-20.
    clean = tuple("composite_weights" if one == "composite_loadings" else one for one in clean)
    if name == "group_equal" and "all" in clean:
        return GROUP_EQUAL
    problems.extend(
        Problem(f"option {name}", f"{one!r} is not known", f"Use {', '.join(known)}", "unknown-choice")
        for one in clean
        if one not in known
    )
    return clean


EFFECT_CODING = ("loadings", "intercepts")
Rule = tuple[bool, str, str, str]


def _contradictions(options: FitOptions) -> list[Problem]:
    rules = [*_about_estimators(options), *_about_missing_answers(options), *_about_two_stages(options)]
    rules += [_about_instruments(options), _about_correlations(options)]
    rules += [
        (
            bool(options.group_equal) and options.group is None,
            "group_equal",
            "equality over groups needs groups",
            "Name the grouping column in group=",
        ),
        (
            options.mean_structure is False and bool({"intercepts", "means"} & set(options.group_equal)),
            "mean_structure",
            "a model without means has no intercepts to hold equal",
            "Leave mean_structure out",
        ),
        (
            bool(options.effect_coding) and options.std_lv,
            "effect_coding",
            "factors have one scale, that of std_lv or that of their indicators",
            "Leave std_lv out",
        ),
        (
            "intercepts" in options.effect_coding and bool(options.ordered),
            "effect_coding",
            "ordered variables have no intercepts to average",
            'Use effect_coding=["loadings"]',
        ),
        (
            options.bounds not in ("none", "pos_var") and bool(options.ordered),
            "bounds",
            "the variances of ordered variables follow, so that these bounds do not exist",
            'Use bounds="pos_var"',
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
    products = options.information_matrix == "first_order"
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
            products and not (ml and kind in ("standard", "none") and test in UNSCALED),
            "information",
            "products of scores are for standard errors of maximum likelihood without weights or clusters",
            'Use estimator="MLF" as it is',
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


def refuse_with_composites(options: FitOptions) -> None:
    """Refuse what composites do not go with.

    Raises
    ------
    ModelError
        One line for all of it.
    """
    plain = options.discrepancy in ("ML", "GLS", "ULS") and options.name != "MIIV" and not options.ordered
    other = options.bounds != "none" or options.correlation or options.engine != "native"
    if plain and not other and options.missing in ("listwise", "fiml"):
        return
    cause = "composites take continuous answers by ML, GLS or ULS, without two stages, bounds or correlations"
    cure = 'Use estimator="MLR" and missing="listwise" or "fiml", cm.pls(), or lavaan="0.6" for fixed causes'
    raise ModelError(cause, place="model", cure=cure, code="composite-options")


def _about_instruments(options: FitOptions) -> Rule:
    more = options.cluster or options.weights or options.missing != "listwise" or options.ordered
    asked = options.se or options.test or options.effect_coding or options.bounds != "none"
    return (
        options.name == "MIIV" and bool(more or asked or options.std_lv or options.group_equal),
        "estimator",
        "instrumental variables take complete continuous answers, markers, and no such options",
        'Leave these options out, or use "MLR"',
    )


def _about_correlations(options: FitOptions) -> Rule:
    other = (
        options.ordered or options.name == "MIIV" or options.discrepancy != "ML" or options.bounds != "none"
    )
    return (
        options.correlation and bool(other or options.effect_coding or options.engine != "native"),
        "correlation",
        "correlations are fitted by maximum likelihood of continuous variables, without bounds or coding",
        'Use estimator="ML" or "MLR"; ordered variables are analysed by their correlations as they are',
    )


def _about_two_stages(options: FitOptions) -> list[Rule]:
    two = options.two_stage
    errors = (options.se or "robust_sem") in ("robust_sem", "bootstrap", "none")
    tests = (options.test or "standard") in ("standard", "satorra_bentler", "none")
    likelihood = options.name == "ML" and not options.ordered
    why = f"two stages are for maximum likelihood, not {options.name}"
    return [
        (two and not likelihood, "missing", why, 'Use estimator="ML"'),
        (two and not errors, "se", "two stages have errors of their own", "Leave se out"),
        (two and not tests, "test", "two stages have a test of their own", "Leave test out"),
        (
            two and options.mean_structure is False,
            "mean_structure",
            "two stages need the means",
            "Leave mean_structure out",
        ),
    ]
