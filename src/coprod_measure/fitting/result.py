"""A fitted model as its users see it: everything is a function of the core, computed when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple
from functools import cached_property
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd

from coprod_measure.arguments import one_of, options_of, spelled
from coprod_measure.errors import ModelError, NotAvailable
from coprod_measure.estimation.inference.modification import modification_indices
from coprod_measure.estimation.inference.score_test import score_tests
from coprod_measure.fitting.best_measures import Best, best
from coprod_measure.fitting.bootstrap import Bootstrap, bootstrap_fit
from coprod_measure.fitting.bootstrap import Kind as BootstrapKind
from coprod_measure.fitting.comparison import Comparison, compare
from coprod_measure.fitting.draws import Draws
from coprod_measure.fitting.effects import Interval, effects_frame
from coprod_measure.fitting.factor_scores import factor_score_frame
from coprod_measure.fitting.fitted import Fitted
from coprod_measure.fitting.lavaan_script import lavaan_script
from coprod_measure.fitting.measure_table import MeasureTable, measure_table
from coprod_measure.fitting.mplus_script import mplus_input
from coprod_measure.fitting.overidentification import sargan_frame
from coprod_measure.fitting.parameter_frame import standardized_frame
from coprod_measure.fitting.residuals import Kind, explained_variance, residual_frame
from coprod_measure.fitting.rivals import VuongTest, vuong_test
from coprod_measure.fitting.summary import one_line, summary
from coprod_measure.fitting.threads import one_thread
from coprod_measure.fitting.wald import WaldTest, wald_test
from coprod_measure.notebook import Presented
from coprod_measure.provenance import versions
from coprod_measure.workers import Where, Workers

INFORMATION = ("expected", "observed")


class Fit(Presented, Fitted):
    """A fitted model, as its users see it.

    Attributes
    ----------
    solution : Solution
        Compiled model, sample moments, discrepancy and minimum.
    baseline : Baseline
        The independence model on the same data; models of the same data may share it.
    """

    def __repr__(self) -> str:
        return one_line(self)

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
        self.request.need_minimum("modification_indices")
        if self.solution.model.table.variables.composites:
            cause = "what a composite would share with more of the model has no index"
            raise ModelError(cause, place="modification_indices", cure="Compare models with compare()")
        found = pd.DataFrame(
            [astuple(one) for one in modification_indices(self.solution, observed=observed)],
            columns=["lhs", "op", "rhs", "group", "mi", "epc", "sepc_lv", "sepc_all"],
        )
        found = found[found["mi"] >= minimum]
        return (found.sort_values("mi", ascending=False) if sort else found).reset_index(drop=True)

    def best(self, name: str) -> Best | NotAvailable:
        """Give a fit measure in the form that is to be reported, and that form.

        See :func:`.best_measures.best` for the rule.

        Examples
        --------
        >>> import coprod_measure as cm
        >>> import pandas as pd
        >>> data = pd.DataFrame({"a": [1, 2, 3, 4, 6, 5], "b": [2, 1, 4, 3, 6, 5], "c": [3, 1, 2, 6, 4, 5]})
        >>> cm.cfa("f =~ 1*a + 1*b + 1*c", data, estimator="MLR").best("cfi").form
        'robust'
        """
        found = best(self.measures, name)
        why = self.why_missing.get(name)
        return NotAvailable(why) if isinstance(found, NotAvailable) and why else found

    def residuals(self, kind: Kind = "raw") -> pd.DataFrame:
        """Residual moments, ``group lhs op rhs residual``.

        ``kind`` is ``"raw"``, ``"correlation"``, ``"normalized"`` or ``"standardized"``.
        """
        robust = self.options.standard_errors in ("robust_sem", "robust_huber_white")
        if kind == "standardized":
            self.request.need_minimum("residuals")
        return residual_frame(self.solution, kind, robust=robust)

    def sargan(self) -> pd.DataFrame:
        """Equations of ``estimator="MIIV"`` with Sargan's tests; see :func:`.sargan_frame`."""
        return sargan_frame(self)

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

    def effects(
        self,
        source: str,
        target: str,
        *,
        interval: Interval = "delta",
        draws: int = 20_000,
        seed: int | None = None,
        level: float = 0.95,
    ) -> pd.DataFrame:
        r"""List direct, every specific indirect and total effect; see :func:`.effects.effects_frame`.

        Examples
        --------
        >>> import coprod_measure as cm
        >>> import pandas as pd
        >>> names = ["effort", "fit", "loyalty"]
        >>> cov = pd.DataFrame([[1.0, 0.5, 0.3], [0.5, 1.0, 0.4], [0.3, 0.4, 1.0]], names, names)
        >>> fit = cm.sem("fit ~ effort\nloyalty ~ fit + effort", cm.Moments(cov, 200))
        >>> fit.effects("effort", "loyalty")[["effect", "est"]].round(3).values.tolist()
        [['direct', 0.133], ['indirect', 0.167], ['total indirect', 0.167], ['total', 0.3]]
        """
        asked = Draws.of(draws, seed)
        return effects_frame(self, source, target, interval=interval, draws=asked, level=level)

    def compare(self, other: Fit, *, method: str = "auto") -> Comparison:
        """Test the difference to a nested fit; see :func:`.comparison.compare`."""
        return compare(self, other, method=method)  # type: ignore[arg-type]

    def vuong(self, other: Fit) -> VuongTest:
        """Compare with a rival that is not nested; see :func:`.rivals.vuong_test`."""
        return vuong_test(self, other)

    def wald(self, constraints: str) -> WaldTest:
        r"""Test constraints among labels (``"a == b; c == 0"``) that were not imposed.

        Examples
        --------
        >>> import coprod_measure as cm
        >>> import pandas as pd
        >>> names = ["effort", "fit", "loyalty"]
        >>> cov = pd.DataFrame([[1.0, 0.5, 0.3], [0.5, 1.0, 0.4], [0.3, 0.4, 1.0]], names, names)
        >>> fit = cm.sem("fit ~ a*effort\nloyalty ~ b*fit", cm.Moments(cov, 200))
        >>> found = fit.wald("a == b")
        >>> round(found.statistic, 3), found.df, round(found.pvalue, 3)
        (1.258, 1, 0.262)
        """
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

    @spelled(Where, Workers)
    def bootstrap(
        self,
        *,
        draws: int | None = None,
        seed: int | None = None,
        kind: BootstrapKind = "nonparametric",
        **where: Unpack[Where],
    ) -> Bootstrap:
        """Draw respondents with replacement and fit again; see :func:`.bootstrap.bootstrap_fit`.

        ``processes`` of this machine, or the address of a Dask ``scheduler``; ``keep``: a folder in which a
        run that was stopped goes on.
        """
        asked = Draws.of(
            self.options.bootstrap if draws is None else draws, self.options.seed if seed is None else seed
        )
        workers = options_of(Workers, where)
        return bootstrap_fit(self.request, self.solution, asked, kind=kind, workers=workers)

    def summary(self) -> str:
        """Estimates, fit and messages as text."""
        return summary(self, self.measures)

    def to_lavaan(self, data: str = "data.csv") -> str:
        r"""Write the R script that fits the same model to the same data with lavaan.

        Examples
        --------
        >>> import coprod_measure as cm
        >>> import pandas as pd
        >>> names = ["effort", "my fit"]
        >>> moments = cm.Moments(pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], names, names), 200)
        >>> print("\n".join(cm.sem("`my fit` ~ effort", moments).to_lavaan().splitlines()[3:6]))
        model <- '
        v1 ~ effort
        '
        """
        return lavaan_script(self, data)

    def to_mplus(self, data: str = "data.dat") -> str:
        r"""Write the Mplus input that fits the same model; see :func:`.mplus_script.mplus_input`.

        Examples
        --------
        >>> import coprod_measure as cm
        >>> import pandas as pd
        >>> moments = cm.Moments(pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], ["x", "y"], ["x", "y"]), 200)
        >>> print(cm.sem("y ~ b*x", moments).to_mplus().partition("MODEL:")[2].partition("OUTPUT")[0])
        <BLANKLINE>
          y ON x (b);
          y;
        <BLANKLINE>
        """
        return mplus_input(self, data)

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
