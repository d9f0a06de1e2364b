"""Whether steps work on one another in the order as claimed: lagged effects against rival orders."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.occasions import Occasions
from coprod_measure.structure.methods.panel_text import cross_lagged_text, lag_label

if TYPE_CHECKING:
    from coprod_measure.fitting.result import Fit

FEWEST_STEPS = 3
MEASURES = ("npar", "chisq", "df", "bic")
COLUMNS = ("structure", "moved", *MEASURES, "delta_bic", "against_free", "df_free", "p_free")
Lags = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, repr=False)
class OrderedLags(Shown):
    """Lagged effects between neighbouring steps in the claimed order, and in others.

    Attributes
    ----------
    stable : bool
        Whether lasting differences between people were taken out (random intercepts).
    comparison : pandas.DataFrame
        :data:`COLUMNS`; ``delta_bic`` against the claimed order, ``against_free`` the likelihood-ratio test
        of a structure within that of all lagged effects.
    effects : pandas.DataFrame
        Of the model of all lagged effects, ``predictor outcome est se pvalue``, equal over time.
    """

    stable: bool
    comparison: pd.DataFrame
    effects: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row a structure, as :attr:`comparison`."""
        return self.comparison


def orders(steps: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...], Lags]]:
    """Write the claimed order and its rivals: name, what moved, and pairs of earlier cause and later effect.

    Examples
    --------
    >>> [(name, moved, sorted(lags)) for name, moved, lags in orders(["a", "b", "c"])][1]
    ('reversed', (), [('b', 'a'), ('c', 'b')])
    >>> [name for name, _, _ in orders(["a", "b", "c", "d"])]
    ['claimed', 'reversed', 'swapped', 'swapped', 'swapped', 'direct', 'forward', 'none', 'free']
    """
    chain = frozenset(pairwise(steps))
    yield "claimed", (), chain
    yield "reversed", (), frozenset((b, a) for a, b in chain)
    for k in range(len(steps) - 1):
        order = [*steps[:k], steps[k + 1], steps[k], *steps[k + 2 :]]
        yield "swapped", (steps[k], steps[k + 1]), frozenset(pairwise(order))
    yield "direct", (), frozenset((steps[0], later) for later in steps[1:])
    yield "forward", (), frozenset((a, b) for i, a in enumerate(steps) for b in steps[i + 1 :])
    yield "none", (), frozenset()
    yield "free", (), frozenset((a, b) for a in steps for b in steps if a != b)


def ordered_lags(seen: Occasions, steps: Sequence[str]) -> OrderedLags:
    """Compare orders of steps by what works on what a wave later, the earlier state held constant.

    Parameters
    ----------
    seen : Occasions
        One variable a step.
    steps : sequence of str
        Three or more, in the claimed order.

    Raises
    ------
    DataError
        If there are fewer steps, or the claimed order cannot be estimated.

    Notes
    -----
    Each order is a cross-lagged panel model whose only lagged effects between steps are those from one to the
    next; effects are equal over time, innovations of a wave covary freely. From three waves on random
    intercepts take out what differs between people for good (Hamaker, Kuiper and Grasman 2015), where the
    claimed order and that of all effects have an admissible solution with them. ``"forward"`` lets every step
    act on all later ones: against ``"free"`` it is the constraint that nothing acts backwards.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> a, b, c = rng.normal(size=(3, 400))
    >>> b2, c2 = 0.5 * a + 0.3 * b + rng.normal(size=400), 0.5 * b + 0.3 * c + rng.normal(size=400)
    >>> wide = pd.DataFrame({"a_1": a, "a_2": rng.normal(size=400), "b_1": b, "b_2": b2, "c_1": c, "c_2": c2})
    >>> found = ordered_lags(Occasions(("a", "b", "c"), (1, 2), wide), ["a", "b", "c"])
    >>> found.table().set_index("structure")["delta_bic"].idxmin()
    'claimed'
    """
    if len(steps) < FEWEST_STEPS:
        raise DataError(f"{len(steps)} steps have no order to compare", cure=f"Name {FEWEST_STEPS} or more")
    tried = [True, False] if seen.n_waves >= FEWEST_STEPS else [False]
    named = list(orders(steps))
    for stable in tried:
        fits = [_fit(seen, steps, lags, stable=stable) for _, _, lags in named]
        judged = (fits[0], fits[-1])
        if all(fit.converged for fit in fits) and (not stable or all(fit.admissible for fit in judged)):
            return _compared(named, fits, steps, stable=stable)
    raise DataError("the orders of steps could not all be estimated over waves")


def _fit(seen: Occasions, steps: Sequence[str], lags: Collection[tuple[str, str]], *, stable: bool) -> Fit:
    # Claims name their tests without the engine, which takes long to load.
    from coprod_measure.fitting.models import lavaan

    spread = {name: float(seen.frame[f"{name}_1"].var()) for name in steps}
    text = cross_lagged_text(steps, seen.n_waves, stable=stable, equal=True, spread=spread, lags=lags)
    missing = "fiml" if seen.frame.isna().any(axis=None) else "listwise"
    return lavaan(text, seen.frame, missing=missing, mean_structure=True)


def _compared(
    named: Sequence[tuple[str, tuple[str, ...], Lags]],
    fits: Sequence[Fit],
    steps: Sequence[str],
    *,
    stable: bool,
) -> OrderedLags:
    free, own = fits[-1], fits[0]
    rows = []
    for (name, moved, _), fit in zip(named, fits, strict=True):
        measures = fit.fit_measures
        against = (np.nan, 0.0, np.nan)
        if fit is not free:
            test = free.compare(fit)
            if not isinstance(test.statistic, NotAvailable) and not isinstance(test.pvalue, NotAvailable):
                against = (float(test.statistic), float(test.df), float(test.pvalue))
        delta = float(measures["bic"] - own.fit_measures["bic"])
        row = (name, moved, *(float(measures[key]) for key in MEASURES))
        rows.append((*row, delta, *against))
    labels = {lag_label(b, a): (a, b) for a in steps for b in steps if a != b}
    found = free.parameters.drop_duplicates("label")
    found = found[found["label"].isin(list(labels))]
    pairs = pd.DataFrame([labels[name] for name in found["label"]], columns=["predictor", "outcome"])
    effects = pairs.join(found[["est", "se", "pvalue"]].reset_index(drop=True))
    return OrderedLags(stable, pd.DataFrame(rows, columns=list(COLUMNS)), effects)
