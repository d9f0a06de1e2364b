"""The core of a fit: flags, inference, tests, parameters and draws, each computed when asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd

from coprod_measure.errors import EstimationError, Message, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.inference.chi_square import ChiSquare, count_moments
from coprod_measure.estimation.model.implied import Implied
from coprod_measure.estimation.solution.estimate import Solution, outnumbered
from coprod_measure.fitting.admissibility import inadmissible
from coprod_measure.fitting.baseline import Baseline
from coprod_measure.fitting.bootstrap import Bootstrap, bootstrap_columns, bootstrap_fit
from coprod_measure.fitting.draws import Draws
from coprod_measure.fitting.inference import Inference, corrected_test, infer, unscaled_test
from coprod_measure.fitting.options import UNSCALED, FitOptions
from coprod_measure.fitting.parameter_frame import parameter_frame, row_names, shown
from coprod_measure.fitting.request import FitRequest
from coprod_measure.fitting.threads import one_thread
from coprod_measure.fitting.weighted_sample import sample_warnings


class Fitted:
    """A model with its estimates and what follows from them; what a user sees is :class:`.result.Fit`.

    Attributes
    ----------
    solution : Solution
        Compiled model, sample moments, discrepancy and minimum.
    baseline : Baseline
        The independence model on the same data; models of the same data may share it.
    """

    # What the tables call the parts of the model that have parameters of their own.
    columns: tuple[str, ...] = ("group",)

    def __init__(self, request: FitRequest, solution: Solution, baseline: Baseline | None = None) -> None:
        self.request = request
        self.solution = solution
        self.baseline = baseline or Baseline(solution, request.options)

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
        return self.request.data.labels

    @property
    def places(self) -> tuple[str, ...]:
        """Where something holds, in messages: nothing to say of one group."""
        return tuple(f" in group {label}" if label else "" for label in self.group_labels)

    @property
    def parts(self) -> str:
        """How many groups there are, where there are more than one."""
        return f"{len(self.group_labels)} groups" if len(self.group_labels) > 1 else ""

    @property
    def about_sample(self) -> tuple[str, ...]:
        """What in the sample the estimates rest on too little."""
        solution, table = self.solution, self.solution.model.table
        found = sample_warnings(solution.sample, self.request.data, table, self.options.ordered)
        return (*self.outnumbered, *found)

    @property
    def outnumbered(self) -> tuple[str, ...]:
        """Where there are fewer people than parameters: nothing where there are enough."""
        few = outnumbered(self.solution.model, self.solution.sample)
        told = ", ".join(f"{n} for {q}{self.places[k - 1]}" for k, n, q in few)
        return (
            (Message(f"fewer people than parameters ({told}): estimates hang on chance", "few-people"),)
            if few
            else ()
        )

    @cached_property
    def messages(self) -> tuple[str, ...]:
        """What a reader must know, in plain words."""
        found = [*self.request.data.messages, *self.about_sample]
        if self.options.discrepancy in ("DWLS", "WLS") and not self.options.ordered:
            found.append(
                f"{self.options.name} took all answers as continuous; ordered ones are named by ordered="
            )
        if not self.converged:
            found.append(
                f"estimation did not converge: {self.solution.minimum.reason}; simplify the model, or give "
                "start() near what you expect"
            )
        elif not self.identified:
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
        return inadmissible(self.solution, self.places)

    @cached_property
    def _inference(self) -> Inference:
        with one_thread():
            found = infer(self.solution, self.options)
        if self.options.standard_errors != "bootstrap":
            return found
        return replace(found, covariance=np.atleast_2d(np.cov(self._draws.estimates.T)))

    @property
    def draws_asked(self) -> Draws:
        """How many draws the options ask for, and from which seed."""
        return Draws.of(self.options.bootstrap, self.options.seed)

    @cached_property
    def _draws(self) -> Bootstrap:
        return bootstrap_fit(self.request, self.solution, self.draws_asked)

    @cached_property
    def null_draws(self) -> Bootstrap:
        """Bollen-Stine draws, from data in which the model holds."""
        return bootstrap_fit(self.request, self.solution, self.draws_asked, kind="bollen_stine")

    @property
    def covariance(self) -> Floats:
        """Covariance matrix of the free parameters, shape (q, q); raises when not available."""
        found = self._inference.covariance
        if isinstance(found, NotAvailable):
            raise EstimationError(
                found.reason,
                place="covariance",
                cure="Use fewer parameters",
            )
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
        return unscaled_test(self.solution, self.options)

    @cached_property
    def scaled_test(self) -> ChiSquare | NotAvailable:
        """The robust test that the estimator asks for."""
        if self.options.test_statistic in UNSCALED:
            return NotAvailable("no robust test was asked for")
        return corrected_test(self.solution, self.options, self.test, self._inference.inversion)

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
            frame = frame.assign(**shown({**row_names(self.solution.model), **drawn})[list(drawn)])
        return frame

    @property
    def n_parameters(self) -> int:
        """Free parameters, equal ones counted once."""
        return int(count_moments(self.solution.model) - self.df)

    @property
    def implied(self) -> tuple[Implied, ...]:
        """Matrices and implied moments of every group."""
        return self.solution.model.implied(self.solution.minimum.x)
