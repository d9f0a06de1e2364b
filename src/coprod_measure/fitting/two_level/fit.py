"""A two-level model as its users see it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd

from coprod_measure.arguments import one_of
from coprod_measure.errors import EstimationError, ModelError, NotAvailable
from coprod_measure.estimation.discrepancies.two_level import TwoLevel
from coprod_measure.estimation.model.model import compile_model
from coprod_measure.estimation.solution.estimate import Solution, resume
from coprod_measure.estimation.solution.starting_values import starting_values
from coprod_measure.estimation.solution.two_level import (
    Unrestricted,
    estimate_levels,
    unrestricted_moments,
    with_slopes_unknown,
)
from coprod_measure.estimation.specification.levels import LEVELS
from coprod_measure.estimation.specification.parameter_table import ParameterTable
from coprod_measure.estimation.specification.random_slopes import SlopePath
from coprod_measure.estimation.two_level.tables import independence_table, without_slopes
from coprod_measure.fitting import fit_measures as measures
from coprod_measure.fitting.baseline import Baseline
from coprod_measure.fitting.measure_table import MeasureTable
from coprod_measure.fitting.options import UNSCALED, FitOptions
from coprod_measure.fitting.request import FitRequest
from coprod_measure.fitting.residuals import Kind
from coprod_measure.fitting.result import Fit
from coprod_measure.fitting.two_level.few_clusters import FewClusters, few_clusters
from coprod_measure.fitting.two_level.sample import clusters_of, with_random_slopes
from coprod_measure.fitting.two_level.scores import level_scores

# Clusters below which errors between clusters are known to be too small (Hox, Moerbeek & van de Schoot 2018).
FEW = 50


OF_SLOPES = ("npar", "logl", "aic", "bic", "bic2", "ntotal")
INDICES = ("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr", "gfi", "agfi", "chisq_scaled")
NO_TEST = (
    "with random slopes every row has moments of its own: there is no unrestricted model to test against"
)


class LevelBaseline(Baseline):
    """Independence at both levels."""

    @cached_property
    def solution(self) -> Solution:
        """Variances and means of both levels, variable by variable."""
        fitted = self.fitted
        model = compile_model(independence_table(fitted.model.table), fitted.sample)
        return resume(
            model, fitted.sample, fitted.discrepancy, starting_values(model, fitted.sample, "plain")
        )


class TwoLevelFit(Fit):
    """A two-level model: tables name the level where others name the group.

    Attributes
    ----------
    unrestricted : Unrestricted
        The unrestricted moments of both levels.
    """

    def __init__(
        self,
        request: FitRequest,
        solution: Solution,
        unrestricted: Unrestricted,
        baseline: Baseline | None = None,
    ) -> None:
        super().__init__(request, solution, baseline or LevelBaseline(solution, request.options))
        self.unrestricted = unrestricted
        self.columns = ("group", "level") if len(request.data.labels) > 1 else ("level",)

    @property
    def n_clusters(self) -> int:
        """Clusters analysed, of all groups."""
        return sum(own.layout.n_clusters for own in self._discrepancy.clusters)

    @property
    def _discrepancy(self) -> TwoLevel:
        found = self.solution.discrepancy
        assert isinstance(found, TwoLevel)
        return found

    @property
    def group_labels(self) -> tuple[str, ...]:
        """The levels, of each group."""
        labels = self.request.data.labels
        return tuple(f"{label}, {level}" if label else level for label in labels for level in LEVELS)

    @property
    def places(self) -> tuple[str, ...]:
        """The levels, in messages."""
        return tuple(
            f" at level {number} ({name}){f' of group {label}' if label else ''}"
            for label in self.request.data.labels
            for number, name in enumerate(LEVELS, start=1)
        )

    @property
    def parts(self) -> str:
        """How many clusters, and groups, the rows are in."""
        groups = len(self.request.data.labels)
        return f"{self.n_clusters} clusters" + (f", {groups} groups" if groups > 1 else "")

    @property
    def about_sample(self) -> tuple[str, ...]:
        """Say where clusters are too few."""
        found = [
            f"{name} does not differ between clusters beyond chance (its variance there is not positive)"
            for name, share in self._shares
            if share < 0
        ]
        if self.unrestricted.bordered:
            found.append(
                "the likelihood of the unrestricted moments has no maximum (few clusters are as large as the "
                "largest): their matrix between clusters was held where it is possible"
            )
        rows = self.solution.model.table.rows
        between = len({row.key for row in rows if row.free and row.group % 2 == 0})
        if between > self.n_clusters:
            found.append(f"level 2 has {between} parameters for {self.n_clusters} clusters")
        elif self.n_clusters < FEW:
            found.append(
                f"with {self.n_clusters} clusters the standard errors of level 2 are too small; see "
                "fit.few_clusters()"
            )
        return tuple(found)

    @property
    def icc(self) -> pd.Series:
        """Share of each variable's variance between clusters, by the unrestricted moments; mean of groups."""
        shares = pd.DataFrame(self._shares, columns=["variable", "icc"])
        found: pd.Series = shares.groupby("variable", sort=False)["icc"].mean().rename_axis(None)
        return found

    @property
    def _shares(self) -> list[tuple[str, float]]:
        table, blocks = self.solution.model.table, [group.cov for group in self.unrestricted.sample.groups]
        return [
            (name, float(between[k, k] / (within[k, k] + between[k, k])))
            for within, between in zip(blocks[::2], blocks[1::2], strict=True)
            for k, name in enumerate(table.variables.observed)
            if name in table.levels[0].observed
        ]

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Estimates: ``lhs op rhs level label est se z pvalue ci_lower ci_upper std_lv std_all``.

        Each level is standardised by its own variances; a path whose slope is random has the label ``rv(s)``
        and stands at zero, as in lavaan: what is known of its slope ``s`` stands at level 2.
        """
        frame = super().parameters
        for path in self._slopes:
            own = (frame["lhs"] == path.outcome) & (frame["op"] == "~") & (frame["rhs"] == path.predictor)
            frame.loc[own & (frame["group"] % 2 == 1), "label"] = f"rv({path.name})"
        return self._levels(frame)

    @property
    def _slopes(self) -> tuple[SlopePath, ...]:
        return self.solution.model.table.levels[0].slopes

    def standardized(self, kind: str = "std_all") -> pd.DataFrame:
        """Estimates standardised within each level, with delta-method errors."""
        return self._levels(super().standardized(kind))

    @cached_property
    def r_squared(self) -> pd.DataFrame:
        """Explained variance of each level: ``level variable r_squared``; none where slopes are random."""
        frame = self._levels(super().r_squared)
        varied = frame["variable"].isin([path.outcome for path in self._slopes]) & (frame["level"] == 1)
        return frame[~varied].reset_index(drop=True)

    def residuals(self, kind: Kind = "raw") -> pd.DataFrame:
        """Unrestricted less implied moments, ``level lhs op rhs residual``; raw or as correlations."""
        return self._levels(super().residuals(one_of("kind", kind, ("raw", "correlation"))))  # type: ignore[arg-type]

    def effects(self, source: str, target: str, **how: Any) -> pd.DataFrame:
        """List direct, indirect and total effects at each level that has a path; see :meth:`.Fit.effects`."""
        if self._slopes:
            self._refuse("effects through random slopes", "Define a product, ab := a*b")
        if how.get("interval") == "bootstrap":
            self._refuse("bootstrap", 'Use interval="monte_carlo"')
        return self._levels(super().effects(source, target, **how))

    def _levels(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Call parts of the model what they are: the level, and the group where there are several."""
        if len(self.request.data.labels) == 1:
            return frame.rename(columns={"group": "level"})
        number = frame["group"].to_numpy()
        inside = number > 0
        group = np.where(inside, (number + 1) // 2, 0)
        place = frame.columns.get_loc("group")
        found = frame.assign(group=group)
        found.insert(int(place) + 1, "level", np.where(inside, (number + 1) % 2 + 1, 0))
        return found

    @property
    def _measured(self) -> MeasureTable:
        return self._of_levels

    @cached_property
    def _of_levels(self) -> MeasureTable:
        if not self.solution.discrepancy.testable:
            likelihoods = measures.likelihood_measures(self.solution, float(self.n), self.n_parameters)
            known = {"npar": float(self.n_parameters), **likelihoods, "ntotal": float(self.n)}
            return MeasureTable({name: known[name] for name in OF_SLOPES}, dict.fromkeys(INDICES, NO_TEST))
        test, base, n = self.test, self.baseline.test, float(self.n)
        groups = len(self.request.data.labels)
        found: measures.Measures = {
            "npar": self.n_parameters,
            **measures.of_tests(test, base),
            **measures.likelihood_measures(self.solution, n, self.n_parameters),
            **measures.approximation(test, n, groups),
        }
        why = dict.fromkeys(("gfi", "agfi", "fmin"), "it is not defined for two levels")
        scaled, scaled_base = self.scaled_test, self.baseline.scaled_test
        if not isinstance(scaled, NotAvailable) and not isinstance(scaled_base, NotAvailable):
            found |= measures.scaled_measures(test, scaled, base, scaled_base, n, groups)
        else:
            reason = (
                scaled.reason if isinstance(scaled, NotAvailable) else "the baseline has no corrected test"
            )
            why |= dict.fromkeys(("chisq_scaled", "cfi_robust", "tli_robust", "rmsea_robust"), reason)
        within, between = self._discrepancy.srmr_by_level(self.solution.model, self.solution.minimum.x)
        found |= {"srmr": within + between, "srmr_within": within, "srmr_between": between}
        if test.df <= 0:
            why |= dict.fromkeys(("pvalue", "rmsea_pvalue"), "the model has no degrees of freedom")
        why |= {
            name: "a variance between clusters is not positive"
            for name in found
            if found[name] != found[name]
        }
        return MeasureTable({name: float(value) for name, value in found.items() if name not in why}, why)

    def modification_indices(self, **how: Any) -> pd.DataFrame:
        """List what freeing one more parameter of a level would do, as of :func:`coprod_measure.sem`."""
        if self._slopes:
            self._refuse("modification indices with random slopes", "Compare fits: fit.compare(other)")
        return self._levels(super().modification_indices(**how))

    def factor_scores(
        self, method: Literal["regression", "bartlett"] = "regression", *, level: int = 1
    ) -> pd.DataFrame:
        """Expect the latent variables of a level given all answers of a cluster.

        Parameters
        ----------
        method : str
            ``"regression"``, as there is no other for two levels.
        level : int
            1: one row a respondent; 2: one a cluster, with its random slopes.
        """
        if one_of("method", method, ("regression", "bartlett")) == "bartlett":
            self._refuse("Bartlett scores", 'Use method="regression"')
        if level not in (1, 2) or not isinstance(level, int):
            raise ModelError(
                f"there is no level {level}", place="factor_scores", cure="Use level=1 or level=2"
            )
        return level_scores(self, level)

    def few_clusters(self) -> FewClusters:
        r"""Give t intervals and an F test with the degrees of freedom that the clusters leave.

        For some 30 to 100 clusters, where normal intervals are too short. The F test is that of Yuan and
        Bentler (2003), from the residuals; whatever the distribution.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> import coprod_measure as cm
        >>> rng = np.random.default_rng(1)
        >>> team = np.repeat(np.arange(40), 5)
        >>> rules = rng.normal(size=40)
        >>> mood = (0.5 * rules + rng.normal(size=40))[team] + rng.normal(size=200)
        >>> data = pd.DataFrame({"team": team, "rules": rules[team], "mood": mood})
        >>> fit = cm.sem("level: 1\nmood ~~ mood\nlevel: 2\nmood ~ rules", data, cluster="team")
        >>> few = fit.few_clusters()
        >>> few.parameters.query("op == '~'")[["df", "level"]].values.tolist()
        [[37.0, 2.0]]
        >>> float((few.parameters.se / fit.parameters.se).max().round(3))
        1.04
        """
        found = few_clusters(self, self.n_clusters, bordered=self.unrestricted.bordered)
        return replace(found, parameters=self._levels(found.parameters))

    def vuong(self, other: Fit) -> NoReturn:
        """Not available: rows of one cluster are not independent."""
        self._refuse("Vuong's test", "Compare AIC and BIC")

    def bootstrap(self, **how: Any) -> NoReturn:
        """Not available: clusters would have to be drawn."""
        self._refuse("bootstrap", 'Use estimator="MLR", whose errors rest on the clusters')

    def _refuse(self, what: str, cure: str) -> NoReturn:
        raise EstimationError(
            f"two-level models have no {what} here", place="fit", cure=cure, code="two-level"
        )


def fit_two_level(request: FitRequest, table: ParameterTable) -> TwoLevelFit:
    """Fit a two-level model: its unrestricted moments, then the model."""
    clusters = clusters_of(request.data, table)
    options = request.options
    slopes = bool(table.slopes)
    if slopes and options.information_matrix == "expected":
        cause, cure = "random slopes have no expected information", "Leave it out"
        raise ModelError(cause, place="option information", cure=cure, code="unsupported-combination")
    unrestricted = unrestricted_moments(
        without_slopes(table) if slopes else table,
        clusters,
        with_trace=_corrected(options) and not slopes,
        expected=options.information_matrix == "expected",
    )
    if slopes:
        clusters, unrestricted = (
            with_random_slopes(clusters, table),
            with_slopes_unknown(unrestricted, table),
        )
    return TwoLevelFit(request, estimate_levels(table, clusters, unrestricted), unrestricted)


def _corrected(options: FitOptions) -> bool:
    return options.test_statistic not in UNSCALED
