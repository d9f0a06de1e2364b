"""All fit measures of a fit, and why some are absent."""

from __future__ import annotations

from dataclasses import dataclass

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.inference.chi_square import ChiSquare
from coprod_measure.fitting import fit_measures as measures
from coprod_measure.fitting.fitted import Fitted
from coprod_measure.fitting.inference import UNBOUNDED, chi_square_value
from coprod_measure.fitting.robust_measures import incomplete_robust_measures, ordinal_robust_measures


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """Fit measures and the reasons for absent ones.

    Attributes
    ----------
    numbers : dict of str to float
        By lavaan's names with ``_`` for ``.``.
    why_missing : dict
        Name to reason.
    """

    numbers: dict[str, float]
    why_missing: dict[str, str]


# What a model with negative degrees of freedom still has: a likelihood and residuals, but no index of a test.
_WITHOUT_TEST = (
    *("npar", "fmin", "chisq", "df", "baseline_chisq", "baseline_df", "baseline_pvalue"),
    *("logl", "unrestricted_logl", "aic", "bic", "bic2", "srmr", "ntotal"),
)

# What a likelihood has without a saturated one beside it.
_OF_LIKELIHOOD = ("npar", "df", "logl", "aic", "bic", "bic2", "ntotal")

# What presumes that the minimum of least squares is a chi-square, which it is not.
_NAIVE = ("pvalue", "baseline_pvalue")


def measure_table(fit: Fitted) -> MeasureTable:
    """Gather the fit measures that exist for a fit."""
    if not fit.solution.discrepancy.testable:
        return _untested(fit)
    test, base = fit.test, fit.baseline.test
    n, n_groups = fit.solution.sample.n, len(fit.solution.model.groups)
    likelihood = fit.solution.discrepancy.likelihood
    found: measures.Measures = {
        "npar": fit.n_parameters,
        # As in lavaan, least squares count one respondent less a group in the chi-square, but not here.
        "fmin": fit.solution.minimum.value / 2.0
        if likelihood
        else chi_square_value(fit.solution) / (2.0 * fit.n),
        **measures.of_tests(test, base),
    }
    if likelihood:
        found |= measures.likelihood_measures(fit.solution, float(fit.n), fit.n_parameters)
    found |= measures.approximation(test, n, n_groups)
    found |= _scaled(fit, test, base)
    robust = _robust(fit, test, base)
    if fit.options.ordered:
        found = {name: value for name, value in found.items() if not name.endswith("_robust")}
    if not isinstance(robust, NotAvailable):
        found |= robust
    found |= measures.residual_measures(fit.solution, test.df, means=fit.options.lavaan == "0.6")
    found |= measures.sample_size_measures(test, n, fit.n_parameters, ordered=bool(fit.options.ordered))
    if fit.options.test_statistic == "bollen_stine":
        found["pvalue_bollen_stine"] = fit.null_draws.pvalue(test.value)
    found["ntotal"] = fit.n
    if not fit.options.distributed and test.name == "standard":
        found = {name: value for name, value in found.items() if name not in _NAIVE}
    if fit.df < 0:
        found = {name: value for name, value in found.items() if name in _WITHOUT_TEST}
    return MeasureTable({name: float(value) for name, value in found.items()}, _reasons(fit, found, robust))


def _untested(fit: Fitted) -> MeasureTable:
    found = {"npar": fit.n_parameters, "df": fit.df}
    found |= measures.likelihood_measures(fit.solution, float(fit.n), fit.n_parameters)
    why = dict.fromkeys(("chisq", "pvalue", "cfi", "tli", "rmsea", "srmr", "unrestricted_logl"), UNBOUNDED)
    return MeasureTable({name: float(found[name]) for name in _OF_LIKELIHOOD}, why)


def _scaled(fit: Fitted, test: ChiSquare, base: ChiSquare) -> measures.Measures:
    scaled = fit.scaled_test
    if isinstance(scaled, NotAvailable):
        return {}
    scaled_base = fit.baseline.scaled_test
    if isinstance(scaled_base, NotAvailable):
        return {}
    n_groups = len(fit.solution.model.groups)
    return measures.scaled_measures(test, scaled, base, scaled_base, fit.solution.sample.n, n_groups)


def _robust(fit: Fitted, test: ChiSquare, base: ChiSquare) -> measures.Measures | NotAvailable:
    """Robust measures of incomplete and of ordered data; those of complete data come with the scaled ones."""
    if fit.options.ordered:
        if isinstance(fit.scaled_test, NotAvailable):
            return NotAvailable("no robust test was asked for")
        n = fit.solution.sample.n if fit.options.lavaan == "0.6" else float(fit.n)
        return ordinal_robust_measures(fit.solution, test, base, fit.inverse_information, n)
    return incomplete_robust_measures(fit.solution, fit.baseline, test, fit.options)


def _reasons(
    fit: Fitted, found: measures.Measures, robust: measures.Measures | NotAvailable
) -> dict[str, str]:
    reasons: dict[str, str] = {}
    if "logl" not in found:
        why = f"{fit.options.name} does not maximise a likelihood"
        reasons |= dict.fromkeys(("logl", "aic", "bic", "bic2"), why)
    if "chisq_scaled" not in found and isinstance(fit.scaled_test, NotAvailable):
        reasons |= dict.fromkeys(("chisq_scaled", "pvalue_scaled"), fit.scaled_test.reason)
    if "cfi_robust" not in found:
        why = robust.reason if isinstance(robust, NotAvailable) else "no robust test was asked for"
        reasons |= dict.fromkeys(("cfi_robust", "tli_robust", "rmsea_robust"), why)
    if not fit.options.distributed and fit.test.name == "standard":
        why = f"what {fit.options.discrepancy} minimises has no chi-square distribution; see the scaled test"
        reasons |= dict.fromkeys(_NAIVE, why)
    if fit.df < 0:
        why = "the model has more parameters than moments"
        reasons |= dict.fromkeys(("pvalue", "cfi", "tli", "rmsea"), why)
    if fit.baseline.test.df <= 0:
        reasons |= dict.fromkeys(("cfi", "tli"), "the baseline model leaves no covariance out")
    if "nfi" not in found and fit.df > fit.baseline.test.df:
        why = "the model has more degrees of freedom than the baseline"
        reasons |= dict.fromkeys(("nfi", "rfi", "pnfi"), why)
    if fit.df <= 0:
        reasons |= dict.fromkeys(("pvalue", "rmsea_pvalue"), "the model has no degrees of freedom")
    return reasons
