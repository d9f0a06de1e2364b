"""The baseline that a fit is compared with: computed once for all models of the same data."""

from __future__ import annotations

from functools import cached_property

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.discrepancies.discrepancy import IndexTest
from coprod_measure.estimation.inference.baseline import baseline_table, independence_test
from coprod_measure.estimation.inference.chi_square import ChiSquare
from coprod_measure.estimation.model.model import compile_model
from coprod_measure.estimation.solution.estimate import Solution, resume
from coprod_measure.estimation.solution.starting_values import starting_values
from coprod_measure.fitting.inference import corrected_test, index_test, unscaled_test
from coprod_measure.fitting.options import UNSCALED, FitOptions
from coprod_measure.fitting.sample import build_discrepancy


class Baseline:
    """The independence model on the data of a fit; its parts are computed when asked for.

    Attributes
    ----------
    fitted : Solution
        Of the model that is compared; its equalities over groups do not matter.
    options : FitOptions
        Say which test is corrected how.
    """

    def __init__(self, fitted: Solution, options: FitOptions) -> None:
        self.fitted = fitted
        self.options = options

    @cached_property
    def solution(self) -> Solution:
        """Estimates: for continuous variables the sample's variances and means."""
        sample = self.fitted.sample
        model = compile_model(baseline_table(self.fitted.model.table), sample)
        discrepancy = build_discrepancy(sample, self.options, model)
        return resume(model, sample, discrepancy, starting_values(model, sample, "plain"))

    @cached_property
    def test(self) -> ChiSquare:
        """The unscaled test."""
        if self.fitted.discrepancy.complete:
            return independence_test(self.fitted.model.table, self.fitted.sample)
        return unscaled_test(self.solution, self.options)

    @cached_property
    def scaled_test(self) -> ChiSquare | NotAvailable:
        """The robust test that the estimator asks for."""
        if self.options.test_statistic in UNSCALED:
            return NotAvailable("no robust test was asked for")
        return corrected_test(self.solution, self.options, self.test)

    @cached_property
    def index_test(self) -> IndexTest | NotAvailable:
        """The test of incomplete data as complete data would give it."""
        return index_test(self.solution, self.options)
