"""A model fitted in two steps, as its users see it."""

from __future__ import annotations

from dataclasses import asdict, astuple
from functools import cached_property
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd

from coprod_measure.arguments import one_of
from coprod_measure.errors import EstimationError, ModelError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.inference.chi_square import ChiSquare, count_moments, scaled
from coprod_measure.estimation.inference.fit_indices import cfi, rmsea
from coprod_measure.estimation.inference.information import Inversion, invert
from coprod_measure.estimation.inference.modification import modification_indices
from coprod_measure.estimation.inference.score_test import score_tests
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.solution.minimize import Minimum
from coprod_measure.fitting import fit_measures as measures
from coprod_measure.fitting.baseline import Baseline
from coprod_measure.fitting.inference import Inference, standard_test
from coprod_measure.fitting.lavaan_script import lavaan_script, vector
from coprod_measure.fitting.measure_table import MeasureTable
from coprod_measure.fitting.options import FitOptions
from coprod_measure.fitting.request import FitRequest
from coprod_measure.fitting.residuals import Kind, residual_frame
from coprod_measure.fitting.result import INFORMATION, Fit
from coprod_measure.fitting.sample import build_discrepancy
from coprod_measure.fitting.threads import one_thread
from coprod_measure.fitting.two_step.covariance import (
    Spread,
    latent_spread,
    sam_covariance,
    structural_trace,
)
from coprod_measure.fitting.two_step.options import SamOptions
from coprod_measure.fitting.two_step.second_step import Estimated, SecondSteps
from coprod_measure.fitting.two_step.standardized_products import product_scaled, product_standardized
from coprod_measure.fitting.two_step.unit_metric import in_unit_metric


class SamFit(Fit):
    """A model fitted in two steps; tests, fit measures, residuals and indices are of the structural part.

    Attributes
    ----------
    two : TwoStep
        Blocks, latent moments and structure.
    products : tuple of ProductMoments
        One a group where the model multiplies latent variables.
    """

    def __init__(
        self,
        request: FitRequest,
        sam: SamOptions,
        found: Estimated,
        loose: Estimated | None = None,
    ) -> None:
        two = found.two
        discrepancy = build_discrepancy(two.sample, request.options, two.model)
        steps = two.structure.minimum.n_iterations + sum(b.minimum.n_iterations for b in two.blocks)
        end = two.structure.minimum
        minimum = Minimum(two.x, end.value, steps, end.converged, end.reason)
        baseline = Baseline(two.structure, FitOptions())
        super().__init__(request, Solution(two.model, two.sample, discrepancy, minimum), baseline)
        self.two = two
        self.sam = sam
        self.products = found.products
        self._found = found
        self._loose = loose

    @cached_property
    def _inference(self) -> Inference:
        with one_thread():
            try:
                covariance = self._covariance()
            except EstimationError as error:
                structure = self.two.structure
                information = structure.discrepancy.information(structure.model, structure.minimum.x)
                names = invert(structure.model, structure.minimum, information).unidentified
                return Inference(Inversion(None, names or ("a block",), False), NotAvailable(str(error)))
        return Inference(Inversion(np.zeros((0, 0)), (), True), covariance)

    def to_lavaan(self, data: str = "data.csv") -> str:
        """Write the R script that fits the same two steps with lavaan's ``sam()``.

        Raises
        ------
        ModelError
            If the latent moments of incomplete answers come from the factors, which lavaan does not know.
        """
        if SecondSteps(self.request.data, self.options, self.sam, ()).of_factors:
            cause = "lavaan has no latent moments by the likelihood of the factors"
            raise ModelError(cause, place="to_lavaan", cure='Fit with moments="items"', code="not-in-lavaan")
        blocks, mapping = ", ".join(vector(one) for one in self.sam.blocks), self.sam.mapping
        return lavaan_script(
            self,
            data,
            {
                "se": f'"{self.sam.standard_errors.replace("_", ".")}"',
                "mm.list": f"list({blocks})" if blocks else None,
                "local.options": f'list(M.method = "{mapping}")' if mapping != "ML" else None,
            },
        )

    def _covariance(self) -> Floats | NotAvailable:
        if self._loose is None:
            return sam_covariance(self._found, self.sam, self.options)
        found = sam_covariance(self._loose, self.sam, self.options)
        return found if isinstance(found, NotAvailable) else in_unit_metric(self.two, self._loose.two, found)

    @cached_property
    def test(self) -> ChiSquare:
        """The uncorrected test of the structural part: latent moments taken as those of a sample."""
        return standard_test(self.two.structure)

    @cached_property
    def scaled_test(self) -> ChiSquare | NotAvailable:
        """The test of the structural part, corrected for the first step and for non-normality."""
        return self._corrected(self._measuring.two.structure, self.test)

    @property
    def _measuring(self) -> Estimated:
        """Both steps in the metric that the measurement gives the factors: a test is the same in any."""
        return self._found if self._loose is None else self._loose

    def _corrected(self, structure: Solution, test: ChiSquare) -> ChiSquare | NotAvailable:
        if test.df <= 0:
            return NotAvailable("the structural part has no degrees of freedom")
        spread = self._spread
        if isinstance(spread, NotAvailable):
            return spread
        with one_thread():
            trace = structural_trace(structure, spread)
        return trace if isinstance(trace, NotAvailable) else scaled(test, trace, "satorra_bentler")

    @cached_property
    def _spread(self) -> Spread | NotAvailable:
        try:
            with one_thread():
                return latent_spread(self._measuring, self.options)
        except EstimationError as error:
            return NotAvailable(str(error))

    @property
    def n_parameters(self) -> int:
        """Free parameters of the structural part."""
        return int(count_moments(self.two.structure.model) - self.df)

    @cached_property
    def messages(self) -> tuple[str, ...]:
        """What a reader must know, in plain words."""
        held = [
            f"the measurement error of the latent variables was taken off by {one.share:.2f} only: "
            "the rest would be no covariance matrix"
            for one in self.two.latent
            if one.share < 1.0
        ]
        return (*self.two.parts.notes, *held, *super().messages)

    @property
    def _measured(self) -> MeasureTable:
        return self._local_measures

    @cached_property
    def _local_measures(self) -> MeasureTable:
        structure, test, base = self.two.structure, self.test, self.baseline.test
        n, n_groups = structure.sample.n, len(structure.model.groups)
        found: measures.Measures = {
            "npar": self.n_parameters,
            "fmin": structure.minimum.value / 2.0,
            **measures.of_tests(test, base),
            **measures.approximation(test, n, n_groups),
        }
        corrected, why = self.scaled_test, {}
        if isinstance(corrected, NotAvailable):
            why = dict.fromkeys(("chisq_scaled", "cfi_robust", "rmsea_robust"), corrected.reason)
        else:
            measured = Baseline(self._measuring.two.structure, FitOptions())
            corrected_base = self._corrected(measured.solution, base)
            if not isinstance(corrected_base, NotAvailable):
                found |= measures.scaled_measures(test, corrected, base, corrected_base, n, n_groups)
        found["srmr"] = structure.discrepancy.srmr(structure.model, structure.minimum.x)
        found["ntotal"] = self.n
        reason = "the likelihood of the whole model is not maximised in two steps"
        why |= dict.fromkeys(("logl", "aic", "bic"), reason)
        return MeasureTable({name: float(value) for name, value in found.items()}, why)

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Estimates: ``lhs op rhs group label est se z pvalue ci_lower ci_upper std_lv std_all``.

        The standardised effect of a product multiplies by the standard deviations of its factors (Wen,
        Marsh & Hau 2010), not by that of the product.
        """
        frame = super().parameters
        return product_scaled(self.two, frame) if self.products else frame

    def standardized(self, kind: str = "std_all") -> pd.DataFrame:
        """Standardised estimates with delta-method errors; ``kind`` is ``"std_all"`` or ``"std_lv"``."""
        if not self.products:
            return super().standardized(kind)
        kind = one_of("kind", kind, ("std_all", "std_lv"))
        return product_standardized(self.two, self.covariance_or_reason, observed=kind == "std_all")

    @cached_property
    def blocks(self) -> pd.DataFrame:
        """Fit of each measurement block: ``block latent n_items chisq df pvalue cfi rmsea``."""
        rows = []
        for number, block in enumerate(self.two.blocks, start=1):
            table, test = block.model.table, standard_test(block)
            base = Baseline(block, self.options).test
            known = test.df > 0
            rows.append(
                {
                    "block": number,
                    "latent": ", ".join(table.variables.latent),
                    "n_items": len(table.variables.observed),
                    "chisq": test.value,
                    "df": test.df,
                    "pvalue": test.pvalue,
                    "cfi": cfi(test.value, test.df, base.value, base.df) if known else np.nan,
                    "rmsea": rmsea(test.value, test.df, block.sample.n, n_groups=table.n_groups)
                    if known
                    else np.nan,
                }
            )
        return pd.DataFrame(rows)

    @property
    def reliability(self) -> pd.DataFrame:
        """Share of each mapped score's variance that is not error: ``group latent reliability``."""
        names = [name for name in self.two.parts.targets if name not in self.two.parts.products]
        return pd.DataFrame(
            [
                (group, name, float(value))
                for group, (one, part) in enumerate(
                    zip(self.two.latent, self.two.measurement, strict=True), start=1
                )
                for name, value, latent in zip(names, one.reliability, part.latent, strict=True)
                if latent
            ],
            columns=["group", "latent", "reliability"],
        )

    def latent_covariance(self, group: int = 1) -> pd.DataFrame:
        """Corrected covariances of the latent variables (and products) of a group, from 1."""
        names = list(self.two.parts.targets)
        return pd.DataFrame(self.two.structure.sample.groups[group - 1].cov, index=names, columns=names)

    def residuals(self, kind: Kind = "raw") -> pd.DataFrame:
        """Residual moments of the latent variables; ``kind`` is ``"raw"`` or ``"correlation"``."""
        if kind not in ("raw", "correlation"):
            raise EstimationError(
                f"{kind} residuals are not available in two steps",
                place="option kind",
                cure='Use "correlation", and blocks for the fit of the measurement',
            )
        return residual_frame(self.two.structure, kind, robust=False)

    def modification_indices(
        self,
        *,
        minimum: float = 0.0,
        sort: bool = True,
        information: Literal["expected", "observed"] = "expected",
    ) -> pd.DataFrame:
        """List what freeing one more structural parameter would do, as of :func:`coprod_measure.sem`."""
        observed = one_of("information", information, INFORMATION) == "observed"
        found = pd.DataFrame(
            [astuple(one) for one in modification_indices(self.two.structure, observed=observed)],
            columns=["lhs", "op", "rhs", "group", "mi", "epc", "sepc_lv", "sepc_all"],
        )
        found = found[found["mi"] >= minimum]
        return (found.sort_values("mi", ascending=False) if sort else found).reset_index(drop=True)

    def score_tests(self, *, information: Literal["expected", "observed"] = "expected") -> pd.DataFrame:
        """Test the release of equality constraints of the structure: ``constraint statistic df pvalue``."""
        observed = one_of("information", information, INFORMATION) == "observed"
        found = [astuple(one) for one in score_tests(self.two.structure, observed=observed)]
        return pd.DataFrame(found, columns=["constraint", "statistic", "df", "pvalue"])

    def compare(self, other: Fit, *, method: str = "auto") -> NoReturn:
        """Not available: no likelihood of the whole model is maximised."""
        self._refuse("comparison", "Test the parameters in question with fit.wald()")

    def vuong(self, other: Fit) -> NoReturn:
        """Not available: no likelihood of the whole model is maximised."""
        self._refuse("Vuong's test", "Fit both models with cm.sem")

    def bootstrap(self, **options: Any) -> NoReturn:
        """Not available: errors of two steps are corrected by formula."""
        self._refuse("bootstrap", 'Use se="twostep_robust"')

    def _refuse(self, what: str, cure: str) -> NoReturn:
        raise EstimationError(f"{what} is not available for a fit in two steps", place="fit", cure=cure)

    def summary(self) -> str:
        """Estimates, fit and messages as text."""
        head = (
            f"Two steps: {len(self.two.blocks)} measurement blocks (see fit.blocks), then the structure; "
            "tests and fit measures are of the structure\n"
        )
        return head + super().summary()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready record with options, versions and data hash."""
        found = super().to_dict()
        return {**found, "two_step": asdict(self.sam), "blocks": self.blocks.to_dict("records")}
