"""The result of a PLS path model: tables by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd

from coprod_measure.arguments import spelled
from coprod_measure.composites.bootstrap import Bootstrap, bootstrap
from coprod_measure.composites.estimates import Estimates, Recipe
from coprod_measure.composites.fit_test import MODELS, fit_intervals, fit_test, no_distance
from coprod_measure.composites.model import Design
from coprod_measure.composites.quality import (
    alpha,
    composite_reliability,
    distances,
    htmt,
    vif,
)
from coprod_measure.composites.routes import along, routes
from coprod_measure.composites.scores import NOT_ORDERED, scores
from coprod_measure.errors import Message, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.notebook import Shown
from coprod_measure.workers import Where, Workers

MOST_VIF = 10.0
"""Of an item of a Mode B construct: beyond, nine tenths of it are said by the others."""
CLEAR = 0.1
"""Correlation of two constructs (a small effect by Cohen 1988) that shows its sign."""
RUNS_AGAINST = "runs against all constructs it correlates with: are its items keyed the other way?"
RELIABILITY = ("construct", "alpha", "rho_c", "ave", "rho_a")


@dataclass(frozen=True, slots=True, repr=False)
class Pls(Shown):
    """A PLS path model.

    Attributes
    ----------
    recipe : Recipe
        Model and options.
    x : (n, p) float
        Items of the rows that were used.
    estimates : Estimates
        Of one sample: arrays begin with an axis of length 1.
    dropped : int
        Rows left out for missing answers.
    """

    recipe: Recipe
    x: Floats
    estimates: Estimates
    dropped: int

    @property
    def design(self) -> Design:
        """Blocks, modes and paths."""
        return self.recipe.plan.last

    @property
    def n(self) -> int:
        """Rows used."""
        return len(self.x)

    @property
    def admissible(self) -> bool:
        """Whether reliabilities and correlations lie where they can."""
        return bool(self.estimates.usable[0])

    @property
    def messages(self) -> tuple[Message, ...]:
        """What a reader has to know."""
        said = []
        for j, name in enumerate(self.design.names):
            block = list(self.design.blocks[j])
            if self.estimates.weights.turned[0, j]:
                said.append(Message("turned round, so that its loadings have a positive sum", "sign", name))
            negative = [self._column(i) for i in block if self.estimates.loadings[0, i, j] < 0.0]
            if negative:
                verb = "load" if len(negative) > 1 else "loads"
                said.append(Message(f"{', '.join(negative)} {verb} negatively", "negative-loading", name))
            inner = vif(self.estimates.r[0][np.ix_(block, block)])
            near = [self._column(i) for i, v in zip(block, inner, strict=True) if v > MOST_VIF]
            if near and self.design.modes[j] == "b":
                verb = "are nearly" if len(near) > 1 else "is nearly"
                cause = f"{', '.join(near)} {verb} collinear (VIF up to {inner.max():.0f})"
                said.append(Message(f"{cause}: their weights cannot be told apart", "collinear", name))
        said += [Message(RUNS_AGAINST, "reversed", name) for name in self._reversed()]
        if not self.admissible:
            said.append(Message("a reliability or correlation lies outside its range", "inadmissible"))
        return tuple(said)

    def _reversed(self) -> list[str]:
        """Give blocks that run against all others."""
        w = self.estimates.weights.outer[0]
        c = w.T @ self.estimates.r[0] @ w
        np.fill_diagonal(c, 0.0)
        named = zip(self.design.names, self.design.blocks, strict=True)
        # A product has the sign that its constructs have.
        several, found = np.array([len(block) > 1 and ":" not in name for name, block in named]), []
        while (c > CLEAR).any():
            against = np.where(several & ~(c > CLEAR).any(axis=1), (c < -CLEAR).sum(axis=1), 0)
            j = int(against.argmax())
            if not against[j]:
                break
            # As if it were turned, so that it does not accuse the others.
            c[j], c[:, j] = -c[j], -c[:, j]
            found.append(self.design.names[j])
        return found

    def _column(self, i: int) -> str:
        return self.recipe.plan.columns[i]

    def table(self) -> pd.DataFrame:
        """Paths, as :meth:`paths`."""
        return self.paths()

    def paths(self) -> pd.DataFrame:
        """Paths; columns from, to, est, f2, vif, total.

        ``f2`` is the effect size at the given scores (Cohen 1988), ``vif`` among the causes of the outcome.
        A product is one of standardised scores: its path is what one SD of the moderator adds to the other.
        """
        e, rows = self.estimates, []
        for j in self.design.outcomes:
            causes = self.design.causes(j)
            inflation = vif(e.c[0][np.ix_(causes, causes)])
            left = 1.0 - e.r2[0, j]
            for i, v in zip(causes, inflation, strict=True):
                b = e.paths[0, i, j]
                slope = e.slopes[0, i, j]
                f2 = b * b / v / left if left > 0.0 else np.inf
                rows.append((self.design.names[i], self.design.names[j], slope, f2, v, e.total[0, i, j]))
        return pd.DataFrame(rows, columns=["from", "to", "est", "f2", "vif", "total"])

    def r2(self) -> pd.DataFrame:
        """Explained variance; columns construct, r2, r2_adj."""
        rows = []
        for j in self.design.outcomes:
            value, k = self.estimates.r2[0, j], len(self.design.causes(j))
            rows.append((self.design.names[j], value, 1.0 - (1.0 - value) * (self.n - 1) / (self.n - k - 1)))
        return pd.DataFrame(rows, columns=["construct", "r2", "r2_adj"])

    def items(self) -> pd.DataFrame:
        """Weights and loadings; columns construct, item, mode, weight, loading, vif."""
        e, rows = self.estimates, []
        for j, name in enumerate(self.design.names):
            block = self.design.blocks[j]
            inflation = vif(e.r[0][np.ix_(block, block)])
            for i, v in zip(block, inflation, strict=True):
                mode = "single item" if len(block) == 1 else self.design.modes[j].upper()
                w = e.weights.outer[0, i, j]
                rows.append((name, self._column(i), mode, w, e.loadings[0, i, j], v))
        return pd.DataFrame(rows, columns=["construct", "item", "mode", "weight", "loading", "vif"])

    def cross_loadings(self) -> pd.DataFrame:
        """Correlations of items (rows) with composites (columns)."""
        crossed = self.estimates.r[0] @ self.estimates.weights.outer[0]
        return pd.DataFrame(crossed, list(self.recipe.plan.columns), list(self.design.names))

    def reliability(self) -> pd.DataFrame:
        """Alpha, rho_C, AVE and rho_A of Mode A constructs; columns :data:`RELIABILITY`.

        Other constructs claim no common factor and a single item shows no consistency: they are not listed.
        """
        e, rows = self.estimates, []
        for j, name in enumerate(self.design.names):
            block = list(self.design.blocks[j])
            if self.design.modes[j] != "a" or len(block) == 1:
                continue
            own = e.loadings[0, block, j]
            inner = e.r[0][np.ix_(block, block)]
            rho_c = composite_reliability(own)
            rows.append((name, alpha(inner), rho_c, float((own**2).mean()), e.rho_a[0, j]))
        return pd.DataFrame(rows, columns=list(RELIABILITY))

    def correlations(self) -> pd.DataFrame:
        """Correlations of the constructs, disattenuated if consistent."""
        return pd.DataFrame(self.estimates.c[0], list(self.design.names), list(self.design.names))

    def htmt(self, geometric: bool = False) -> pd.DataFrame:
        """Heterotrait-monotrait ratios of Mode A constructs, or HTMT2; columns a, b, value."""
        ratios = htmt(self.estimates.r, self.design, geometric)[0]
        names = self.design.names
        rows = [
            (names[i], names[j], ratios[i, j])
            for i in range(len(names))
            for j in range(i + 1, len(names))
            if not np.isnan(ratios[i, j])
        ]
        return pd.DataFrame(rows, columns=["a", "b", "value"])

    def fit(self) -> pd.DataFrame | NotAvailable:
        """Distance from the model; columns model (saturated, estimated), srmr, d_uls, d_g.

        Of a higher construct its parts' scores stand for their items, as in the second stage.
        """
        why = no_distance(self.recipe, self.estimates)
        if why is not None:
            return why
        rows = []
        for name, saturated in MODELS:
            found = distances(self.estimates, self.design, self.recipe.consistent, saturated)
            rows.append((name, found.srmr[0], found.d_uls[0], found.d_g[0]))
        return pd.DataFrame(rows, columns=["model", "srmr", "d_uls", "d_g"])

    @spelled(Where, Workers)
    def fit_test(
        self, draws: int = 1000, seed: int = 1, **where: Unpack[Where]
    ) -> pd.DataFrame | NotAvailable:
        """Test exact fit; see :func:`coprod_measure.composites.fit_test.fit_test`."""
        return fit_test(self.x, self.recipe, self.estimates, draws, seed, **where)

    @spelled(Where, Workers)
    def fit_intervals(
        self, draws: int = 1000, seed: int = 1, level: float = 0.95, **where: Unpack[Where]
    ) -> pd.DataFrame | NotAvailable:
        """Intervals around the distances; see :func:`coprod_measure.composites.fit_test.fit_intervals`."""
        return fit_intervals(self.x, self.recipe, self.estimates, draws, seed, level, **where)

    def indirect(self) -> pd.DataFrame:
        """Indirect effects by each route; columns from, via, to, est.

        Raises
        ------
        ModelError
            If there are too many routes.
        """
        names, every = self.design.names, routes(self.design.acts)
        values = along(self.estimates.slopes, every)[0]
        rows = [
            (names[route[0]], ", ".join(names[j] for j in route[1:-1]), names[route[-1]], value)
            for route, value in zip(every, values, strict=True)
        ]
        return pd.DataFrame(rows, columns=["from", "via", "to", "est"])

    def scores(self) -> pd.DataFrame | NotAvailable:
        """Standardised scores of the constructs, one row a used respondent.

        Of higher constructs and products those of the last stage; a product of scores is centred and keeps
        its unit, so that regressions on scores have the paths for slopes. Where answers are missing, see
        :func:`coprod_measure.composites.scores.scores`.
        """
        if not self.recipe.by_scores:
            return NOT_ORDERED
        found = scores(self.x, self.estimates, self.recipe)
        return pd.DataFrame(found, columns=list(self.design.names))

    @spelled(Where, Workers)
    def bootstrap(self, draws: int = 10_000, seed: int = 1, **where: Unpack[Where]) -> Bootstrap:
        """Draw respondents anew; see :func:`coprod_measure.composites.bootstrap.bootstrap`.

        ``processes`` of this machine, or the address of a Dask ``scheduler``; ``keep``: a folder in which a
        run that was stopped goes on.
        """
        return bootstrap(self.x, self.recipe, self.estimates, draws, seed, **where)
