"""How a two-level model is fitted where nothing was said, and what it cannot be asked for."""

from __future__ import annotations

from dataclasses import replace

from coprod_measure.errors import ModelError
from coprod_measure.fitting.data import Moments
from coprod_measure.fitting.options import FitOptions

_ERRORS = ("standard", "robust_huber_white", "none")
_TESTS = ("standard", "yuan_bentler_mplus", "none")
Rule = tuple[bool, str, str, str]


def two_level_options(options: FitOptions, data: object) -> FitOptions:
    """Complete the options of a two-level model as lavaan does: observed information, and MLR's corrections.

    Raises
    ------
    ModelError
        If an option asks for what two-level models do not have here.
    """
    robust = options.name == "MLR" or options.se == "robust_sem"
    completed = replace(
        options,
        estimator=options.name,  # type: ignore[arg-type]
        se="robust_huber_white" if robust else options.se or "standard",
        test=options.test or ("yuan_bentler_mplus" if options.name == "MLR" else "standard"),
        information=options.information or "observed",
    )
    for wrong, name, cause, cure in (*_about_data(completed, data), *_about_numbers(completed)):
        if wrong:
            raise ModelError(cause, place=f"option {name}", cure=cure, code="unsupported-combination")
    return completed


def _about_data(options: FitOptions, data: object) -> tuple[Rule, ...]:
    none = options.cluster is None
    missing = f"{options.missing} is not available for two-level models"
    return (
        (options.engine != "native", "engine", "semopy has no two-level models", "Leave it out"),
        (none, "cluster", "a two-level model needs clusters", 'Name the column, cluster="team"'),
        (isinstance(data, Moments), "data", "a two-level model needs raw data", "Hand over a data frame"),
        (options.missing not in ("listwise", "fiml"), "missing", missing, 'Use missing="fiml"'),
        (bool(options.ordered), "ordered", "two-level models take continuous answers", "Leave it out"),
        (bool(options.weights), "weights", "two-level models take no weights here", "Leave it out"),
    )


def _about_numbers(options: FitOptions) -> tuple[Rule, ...]:
    errors, test = str(options.se), str(options.test)
    incomplete = options.information == "expected" and options.missing == "fiml"
    unknown = f"{options.name} is not available for two-level models"
    bounds, expected = "bounds rest on moments of one level", "expected information needs complete answers"
    return (
        (options.name not in ("ML", "MLR"), "estimator", unknown, 'Use "ML" or "MLR"'),
        (options.mean_structure is False, "mean_structure", "two levels need the means", "Leave it out"),
        (options.likelihood != "normal", "likelihood", "two levels have the normal one", "Leave it out"),
        (options.correlation, "correlation", "correlations are of one level", "Leave it out"),
        (options.bounds != "none", "bounds", bounds, "Write lower() and upper()"),
        (bool(options.effect_coding), "effect_coding", "it is for one level", "Write the constraints"),
        (incomplete, "information", expected, 'Use information="observed"'),
        (errors not in _ERRORS, "se", f"two-level models have no {errors} errors", 'Use "robust"'),
        (test not in _TESTS, "test", f"two-level models have no test {test}", 'Use estimator="MLR"'),
    )
