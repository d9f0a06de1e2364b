"""Mediation from the level of countries: a cause of countries, mediators of people or of countries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from scipy.stats import t as t_distribution

from coprod_measure.errors import DataError, EstimationError
from coprod_measure.fitting.models import sem
from coprod_measure.frames import complete, takes_frame
from coprod_measure.notebook import Shown

FEWEST_GROUPS = 10


@dataclass(frozen=True, slots=True, repr=False)
class TwoLevelMediation(Shown):
    """An indirect effect between groups.

    Attributes
    ----------
    design : {"2-1-1", "2-2-1", "mixed"}
        Mediators vary within groups, or do not, or some of them do.
    effects : pandas.DataFrame
        ``effect mediator est se df pvalue ci_lower ci_upper``: ``a``, ``b`` (between groups), ``b_within``,
        ``direct``, ``indirect`` of each mediator and of all.
    """

    design: str
    effects: pd.DataFrame
    loglik: float
    groups: int
    n: int

    def of(self, effect: str, mediator: str = "") -> pd.Series:
        """One row of :attr:`effects`."""
        rows = self.effects[(self.effects["effect"] == effect) & (self.effects["mediator"] == mediator)]
        return rows.iloc[0]


@takes_frame
def two_level_mediation(
    data: pd.DataFrame,
    source: str,
    mediators: Sequence[str],
    target: str,
    *,
    by: str,
    draws: int = 5000,
    seed: int = 1,
    confidence: float = 0.95,
) -> TwoLevelMediation:
    """Estimate what a cause at the level of groups does through mediators.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person.
    source : str
        The same for all people of a group.
    mediators : sequence of str
        Side by side; those that vary within groups (2-1-1) have slopes there too.
    target : str
        Varies within groups.
    by : str
        Column of the group.

    Returns
    -------
    TwoLevelMediation
        p values of indirect effects are those of the weaker of both steps, intervals Monte Carlo.

    Notes
    -----
    2-1-1: only what differs between groups can carry the effect of a cause between groups (Preacher, Zyphur
    and Zhang 2010, *Psychological Methods* 15, 209-233). The model is saturated on both levels, so that its
    paths are those of the covariance matrices within and between groups; it is fitted by :func:`.models.sem`,
    the means of groups being latent (Muthen 1994, *Sociological Methods & Research* 22, 376-398). 2-2-1: the
    same, the mediator being one of groups. Errors between groups are those of maximum likelihood times
    ``sqrt(groups / df)``, ``df`` being groups less slopes and one; tests are by t. With few groups maximum
    likelihood and z find too much (Elff, Heisig, Schaeffer and Shikano 2021, *British Journal of Political
    Science* 51, 412-426).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> g = np.repeat(np.arange(100), 10)
    >>> x = rng.normal(size=100)
    >>> between = 0.5 * x + rng.normal(0, 0.5, 100)
    >>> frame = pd.DataFrame({"g": g, "x": x[g], "m": between[g] + rng.normal(size=1000)})
    >>> frame["y"] = 0.6 * between[g] + rng.normal(0, 0.3, 100)[g] + rng.normal(size=1000)
    >>> round(float(two_level_mediation(frame, "x", ["m"], "y", by="g").of("indirect")["est"]), 1)
    0.3
    """
    rows = complete(data, [source, *mediators, target, by], [source, *mediators, target])
    code, _ = pd.factorize(rows[by], sort=True)
    number = int(code.max(initial=-1)) + 1
    if number < FEWEST_GROUPS:
        cause = f"{number} values of {by} are too few to mediate between them; it needs {FEWEST_GROUPS}"
        raise DataError(cause, place="two-level mediation", cure="Compare the groups themselves")
    if number < len(mediators) + 3:
        cause = f"{number} values of {by} are too few for {len(mediators)} mediators side by side"
        raise DataError(cause, place="two-level mediation", cure="Leave mediators out")
    spread = rows.groupby(by)[[source, *mediators]].agg(np.ptp).max()
    varies = {name: bool(spread[name] > 0) for name in (source, *mediators)}
    if varies[source]:
        raise DataError(f"{source} differs within {by}", place="two-level mediation", cure="Take its means")
    columns = [*(f"m{k}" for k in range(len(mediators))), "x", "y"]
    numbers = rows[[*mediators, source, target]].to_numpy(float)
    plain = pd.DataFrame(numbers, columns=columns).assign(g=code)
    inner = [varies[name] for name in mediators]
    names, point, cov, loglik = _fitted(plain, mediators, inner)
    slopes = {"a": 1, "b_within": -np.inf}
    df = np.array([number - 1.0 - slopes.get(effect, 1 + len(mediators)) for effect, _ in names])
    wider = np.sqrt(np.where(np.isfinite(df), number / df, 1.0))
    table = _effects(
        names, point, cov * np.outer(wider, wider), df, list(mediators), (draws, seed, confidence)
    )
    design = "2-1-1" if all(inner) else "mixed" if any(inner) else "2-2-1"
    return TwoLevelMediation(design, table, loglik, number, len(rows))


def _effects(
    names: list[tuple[str, str]],
    point: np.ndarray,
    cov: np.ndarray,
    df: np.ndarray,
    mediators: list[str],
    drawing: tuple[int, int, float],
) -> pd.DataFrame:
    draws, seed, confidence = drawing
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_normal(np.zeros(len(point)), cov, size=draws)
    if np.isfinite(df.min()):
        drawn *= np.sqrt(df.min() / rng.chisquare(df.min(), (draws, 1)))
    drawn += point
    rows = []
    for k, (effect, mediator) in enumerate(names):
        se = float(np.sqrt(cov[k, k]))
        p = 2 * float(t_distribution.sf(abs(point[k]) / se, df[k]))
        half = float(t_distribution.ppf(0.5 + confidence / 2, df[k])) * se
        rows.append((effect, mediator, point[k], se, df[k], p, point[k] - half, point[k] + half))
    at = {name: k for k, name in enumerate(names)}
    pairs = [(at["a", m], at["b", m]) for m in mediators]
    for label, chosen in [*zip(mediators, [[pair] for pair in pairs], strict=True), ("", pairs)]:
        gradient = np.zeros(len(point))
        for i, j in chosen:
            gradient[i], gradient[j] = point[j], point[i]
        se = float(np.sqrt(gradient @ cov @ gradient))
        # Several mediators act if one of them does.
        p = min(1.0, len(chosen) * min(max(rows[i][5], rows[j][5]) for i, j in chosen))
        sums = sum(drawn[:, i] * drawn[:, j] for i, j in chosen)
        lower, upper = np.quantile(sums, [0.5 - confidence / 2, 0.5 + confidence / 2])
        whole = sum(point[i] * point[j] for i, j in chosen)
        rows.append(("indirect", label, whole, se, df.min(), p, lower, upper))
    columns = ["effect", "mediator", "est", "se", "df", "pvalue", "ci_lower", "ci_upper"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:], float))


def _fitted(
    rows: pd.DataFrame, mediators: Sequence[str], inner: Sequence[bool]
) -> tuple[list[tuple[str, str]], np.ndarray, np.ndarray, float]:
    """Fit a two-level model that is saturated on both levels; columns are m0, m1 ..., x, y and g."""
    columns = [f"m{k}" for k in range(len(mediators))]
    own = [column for column, varies in zip(columns, inner, strict=True) if varies]
    paths = {
        **{("a", m): f"{c} ~ a{c}*x" for m, c in zip(mediators, columns, strict=True)},
        **{("b", m): f"y ~ b{c}*{c}" for m, c in zip(mediators, columns, strict=True)},
        **{("b_within", m): f"y ~ w{c}*{c}" for m, c in zip(mediators, columns, strict=True) if c in own},
        ("direct", ""): "y ~ direct*x",
    }

    def together(names: Sequence[str]) -> list[str]:
        return [f"{one} ~~ {other}" for one, other in combinations_with_replacement(names, 2)]

    inside = [text for (effect, _), text in paths.items() if effect == "b_within"]
    outside = [text for (effect, _), text in paths.items() if effect != "b_within"]
    lines = ["level: 1", *together(own), "y ~~ y", *inside, "level: 2", *together(columns), *outside]
    fit = sem("\n".join(lines), rows, cluster="g")
    between = fit.implied[1].sigma
    order = [fit.solution.model.table.variables.observed.index(name) for name in ("x", *columns)]
    whole = between[np.ix_(order, order)]
    rest = whole[1:, 1:] - np.outer(whole[1:, 0], whole[1:, 0]) / whole[0, 0]
    # What is left of the outcome between groups may be put at or below zero: no slope divides by it.
    if not fit.converged or np.linalg.eigvalsh(rest)[0] < 1e-6 * np.trace(rest):
        raise EstimationError(
            "what differs between groups has no variance of its own", place="two-level mediation",
            cure="Leave a mediator out, or ask in more groups",
        )  # fmt: skip
    known = list(fit.solution.model.names())
    at = [known.index(text.partition("~ ")[2].partition("*")[0]) for text in paths.values()]
    return list(paths), fit.solution.minimum.x[at], fit.covariance[np.ix_(at, at)], fit.measures["logl"]
