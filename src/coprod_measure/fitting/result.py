"""A fitted model. A fit is small; everything else is a function of it, computed when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from coprod_measure.errors import EstimationError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.inference.chi_square import ChiSquare, count_moments
from coprod_measure.estimation.inference.information import invert
from coprod_measure.estimation.inference.modification import modification_indices
from coprod_measure.estimation.inference.score_test import score_tests
from coprod_measure.estimation.model.implied import Implied
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.specification.syntax import ModelText
from coprod_measure.fitting.admissibility import inadmissible
from coprod_measure.fitting.arguments import one_of
from coprod_measure.fitting.baseline import Baseline
from coprod_measure.fitting.bootstrap import Bootstrap, bootstrap_columns, bootstrap_fit
from coprod_measure.fitting.bootstrap import Kind as BootstrapKind
from coprod_measure.fitting.comparison import Comparison, compare
from coprod_measure.fitting.data import Dataset
from coprod_measure.fitting.effects import effects_frame
from coprod_measure.fitting.factor_scores import factor_score_frame
from coprod_measure.fitting.incomplete_residuals import incomplete_residual_frame
from coprod_measure.fitting.inference import Inference, corrected_test, infer, standard_test
from coprod_measure.fitting.measure_table import MeasureTable, measure_table
from coprod_measure.fitting.options import FitOptions
from coprod_measure.fitting.parameter_frame import parameter_frame, standardized_frame
from coprod_measure.fitting.residuals import Kind, explained_variance, residual_frame
from coprod_measure.fitting.rivals import VuongTest, vuong_test
from coprod_measure.fitting.summary import one_line, summary
from coprod_measure.fitting.threads import one_thread
from coprod_measure.fitting.wald import WaldTest, wald_test
from coprod_measure.fitting.weighted_measures import least_squares_of
from coprod_measure.fitting.weighted_residuals import weighted_residual_frame
from coprod_measure.fitting.weighted_sample import sample_warnings
from coprod_measure.provenance import versions

INFORMATION = ("expected", "observed")


@dataclass(frozen=True, slots=True)
class FitRequest:
    """What was asked for: enough to fit again."""

    kind: Any
    model: str
    options: FitOptions
    text: ModelText
    data: Dataset


class Fit:
    """A fitted model.

    Attributes
    ----------
    request : FitRequest
        Model, options and data.
    solution : Solution
        Compiled model, sample moments, discrepancy and minimum.
    baseline : Baseline
        The independence model on the same data; models of the same data may share it.
    """

    def __init__(self, request: FitRequest, solution: Solution, baseline: Baseline | None = None) -> None:
        self.request = request
        self.solution = solution
        self.baseline = baseline or Baseline(solution, request.options)

    def __repr__(self) -> str:
        return one_line(self)

    @property
    def options(self) -> FitOptions:
        """The options, as given."""
        return self.request.options

    @property
    def converged(self) -> bool:
        """Whether the search ended at a point where the gradient vanishes."""
        return self.solution.minimum.converged

    @property
    def n_iterations(self) -> int:
        """Steps of the search."""
        return self.solution.minimum.n_iterations

    @property
    def identified(self) -> bool:
        """Whether the information matrix can be inverted."""
        return not self._inference.inversion.unidentified and self._inference.inversion.inverse is not None

    @property
    def admissible(self) -> bool:
        """Whether all variances are positive and all covariance matrices possible."""
        return not self._inadmissible

    @property
    def n(self) -> int:
        """Respondents analysed."""
        return self.request.data.n

    @property
    def group_labels(self) -> tuple[str, ...]:
        """Values of the grouping column, in the order of the group numbers."""
        return tuple(group.label for group in self.request.data.groups)

    @cached_property
    def messages(self) -> tuple[str, ...]:
        """What a reader must know, in plain words."""
        data, solution = self.request.data, self.solution
        found = [
            *data.messages,
            *sample_warnings(solution.sample, data, solution.model.table, self.options.ordered),
        ]
        if self.options.discrepancy in ("DWLS", "WLS") and not self.options.ordered:
            found.append(
                f"{self.options.name} took all answers as continuous; ordered ones are named by ordered="
            )
        if not self.converged:
            found.append(f"estimation did not converge: {self.solution.minimum.reason}")
        if not self.identified:
            names = ", ".join(self._inference.inversion.unidentified) or "unknown"
            found.append(f"the model is not identified; look at {names}: fix one of them, or add indicators")
        elif not self._inference.inversion.positive:
            found.append(
                "the information matrix is not positive definite: the solution may be a saddle point"
            )
        if self.df < 0:
            found.append(f"the model has more parameters than moments (df {self.df:g})")
        if self.options.standard_errors == "bootstrap":
            found += self._draws.messages()
        return (*found, *self._inadmissible)

    @cached_property
    def _inadmissible(self) -> tuple[str, ...]:
        return inadmissible(self.solution, self.group_labels)

    @cached_property
    def _inference(self) -> Inference:
        with one_thread():
            found = infer(self.solution, self.options)
        if self.options.standard_errors != "bootstrap":
            return found
        return replace(found, covariance=np.atleast_2d(np.cov(self._draws.estimates.T)))

    @cached_property
    def _draws(self) -> Bootstrap:
        return self.bootstrap()

    @cached_property
    def null_draws(self) -> Bootstrap:
        """Bollen-Stine draws, from data in which the model holds."""
        return self.bootstrap(kind="bollen_stine")

    @property
    def covariance(self) -> Floats:
        """Covariance matrix of the free parameters, shape (q, q); raises when not available."""
        found = self._inference.covariance
        if isinstance(found, NotAvailable):
            raise EstimationError(found.reason, place="covariance", cure="See fit.messages")
        return found

    @property
    def covariance_or_reason(self) -> Floats | NotAvailable:
        """Covariance matrix of the free parameters, or why there is none."""
        return self._inference.covariance

    @property
    def inverse_information(self) -> Floats | None:
        """Inverse of the information of one observation under the constraints; None when singular."""
        return self._inference.inversion.inverse

    @cached_property
    def test(self) -> ChiSquare:
        """The unscaled test of the model."""
        return standard_test(self.solution)

    @cached_property
    def scaled_test(self) -> ChiSquare | NotAvailable:
        """The robust test that the estimator asks for."""
        if self.options.test_statistic in ("standard", "none", "bollen_stine"):
            return NotAvailable("no robust test was asked for")
        return corrected_test(self.solution, self.options, self.test)

    @property
    def df(self) -> float:
        """Degrees of freedom."""
        return self.test.df

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Estimates: ``lhs op rhs group label est se z pvalue ci_lower ci_upper std_lv std_all``."""
        frame = parameter_frame(self.solution.model, self.solution.minimum.x, self._inference.covariance)
        if self.options.standard_errors == "bootstrap":
            drawn = bootstrap_columns(self.solution.model, self._draws)
            frame = frame.assign(**drawn)
        return frame

    def standardized(self, kind: str = "std_all") -> pd.DataFrame:
        """Standardised estimates with delta-method errors; ``kind`` is ``"std_all"`` or ``"std_lv"``."""
        kind = one_of("kind", kind, ("std_all", "std_lv"))
        return standardized_frame(
            self.solution.model, self.solution.minimum.x, self._inference.covariance, kind=kind
        )

    @cached_property
    def _measured(self) -> MeasureTable:
        with one_thread():
            return measure_table(self)

    @property
    def fit_measures(self) -> pd.Series:
        """Fit measures by lavaan's names with ``_`` for ``.``; what does not exist is absent."""
        return pd.Series(self.measures, name="value", dtype=float)

    @property
    def measures(self) -> Mapping[str, float]:
        """The fit measures as a plain mapping, for loops over many fits."""
        return self._measured.numbers

    @property
    def why_missing(self) -> dict[str, str]:
        """Why a fit measure is absent."""
        return self._measured.why_missing

    @property
    def n_parameters(self) -> int:
        """Free parameters, equal ones counted once."""
        return int(count_moments(self.solution.model) - self.df)

    @property
    def implied(self) -> tuple[Implied, ...]:
        """Matrices and implied moments of every group."""
        return self.solution.model.implied(self.solution.minimum.x)

    def modification_indices(
        self,
        *,
        minimum: float = 0.0,
        sort: bool = True,
        information: Literal["expected", "observed"] = "expected",
    ) -> pd.DataFrame:
        """List what freeing one more parameter would do.

        Parameters
        ----------
        minimum : float
            Leave out smaller indices.
        sort : bool
            Largest first.
        information : str
            ``"expected"``, as in lavaan whatever the standard errors take, or ``"observed"``.

        Returns
        -------
        pandas.DataFrame
            ``lhs op rhs group mi epc sepc_lv sepc_all``.
        """
        observed = one_of("information", information, INFORMATION) == "observed"
        found = pd.DataFrame(
            [astuple(one) for one in modification_indices(self.solution, observed=observed)],
            columns=["lhs", "op", "rhs", "group", "mi", "epc", "sepc_lv", "sepc_all"],
        )
        found = found[found["mi"] >= minimum]
        return (found.sort_values("mi", ascending=False) if sort else found).reset_index(drop=True)

    def residuals(self, kind: Kind = "raw") -> pd.DataFrame:
        """Residual moments, ``group lhs op rhs residual``.

        ``kind`` is ``"raw"``, ``"correlation"``, ``"normalized"`` or ``"standardized"``.
        """
        full = self.solution.discrepancy
        if isinstance(full, FullInformation) and kind in ("normalized", "standardized"):
            robust = self.options.standard_errors == "robust_huber_white"
            return incomplete_residual_frame(self.solution, full, kind, robust=robust)
        inverse = None
        if kind == "standardized":
            solution = self.solution
            expected = solution.discrepancy.information(solution.model, solution.minimum.x)
            inverse = invert(solution.model, solution.minimum, expected).inverse
        discrepancy = least_squares_of(self.solution)
        if discrepancy is not None:
            return weighted_residual_frame(self.solution, discrepancy, kind, inverse)
        return residual_frame(self.solution, kind, inverse)

    @cached_property
    def r_squared(self) -> pd.DataFrame:
        """Explained variance: ``group variable r_squared``."""
        return explained_variance(self.solution)

    def factor_scores(self, method: Literal["regression", "bartlett"] = "regression") -> pd.DataFrame:
        """Scores of the latent variables, one row a respondent analysed, by the labels of the data frame.

        Parameters
        ----------
        method : str
            ``"regression"`` (expected values given the answers) or ``"bartlett"``; with ordered variables the
            scores are empirical Bayes modes (most probable values given the answers) under either name.

        Returns
        -------
        pandas.DataFrame
            One column a latent variable.
        """
        return factor_score_frame(self, method)

    def effects(self, source: str, target: str, **options: Any) -> pd.DataFrame:
        """Direct, every specific indirect and total effect; see :func:`.effects.effects_frame`."""
        return effects_frame(self, source, target, **options)

    def compare(self, other: Fit, *, method: str = "auto") -> Comparison:
        """Test the difference to a nested fit; see :func:`.comparison.compare`."""
        return compare(self, other, method=method)  # type: ignore[arg-type]

    def vuong(self, other: Fit) -> VuongTest:
        """Compare with a rival that is not nested; see :func:`.rivals.vuong_test`."""
        return vuong_test(self, other)

    def wald(self, constraints: str) -> WaldTest:
        """Test constraints among labels (``"a == b; c == 0"``) that were not imposed."""
        return wald_test(self, constraints)

    def score_tests(self, *, information: Literal["expected", "observed"] = "expected") -> pd.DataFrame:
        """Test the release of equality constraints, the joint test first.

        Returns
        -------
        pandas.DataFrame
            ``constraint statistic df pvalue``.
        """
        observed = one_of("information", information, INFORMATION) == "observed"
        found = [astuple(one) for one in score_tests(self.solution, observed=observed)]
        return pd.DataFrame(found, columns=["constraint", "statistic", "df", "pvalue"])

    def bootstrap(
        self,
        *,
        draws: int | None = None,
        seed: int | None = None,
        kind: BootstrapKind = "nonparametric",
        processes: int = 1,
    ) -> Bootstrap:
        """Draw respondents with replacement and fit again; see :func:`.bootstrap.bootstrap_fit`."""
        return bootstrap_fit(
            self,
            draws=self.options.bootstrap if draws is None else draws,
            seed=self.options.seed if seed is None else seed,
            kind=kind,
            processes=processes,
        )

    def summary(self) -> str:
        """Estimates, fit and messages as text."""
        return summary(self)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready record with options, versions and data hash."""
        frame = self.parameters.astype(object).where(self.parameters.notna(), None)
        return {
            "function": self.request.kind,
            "model": self.request.model,
            "options": asdict(self.options),
            "versions": versions(),
            "data": {"sha256": self.request.data.sha256, "n": self.n, "groups": list(self.group_labels)},
            "converged": self.converged,
            "admissible": self.admissible,
            "identified": self.identified,
            "n_iterations": self.n_iterations,
            "messages": list(self.messages),
            "parameters": frame.to_dict("records"),
            "fit_measures": {k: (None if np.isnan(v) else float(v)) for k, v in self.fit_measures.items()},
            "why_missing": self.why_missing,
        }
