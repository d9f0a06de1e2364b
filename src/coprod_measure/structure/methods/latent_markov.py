"""Stages that are not seen but inferred: latent Markov models of several items over waves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Unpack, get_args

import numpy as np
import pandas as pd

from coprod_measure.arguments import spelled, whole_number
from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.answer_patterns import AnswerPatterns, answer_patterns
from coprod_measure.structure.methods.binary_regression import ChiSquareTest, likelihood_ratio
from coprod_measure.structure.methods.latent_markov_em import (
    Expected,
    MarkovParameters,
    baum_welch,
    standard_errors,
)
from coprod_measure.structure.methods.occasions import Layout, LayoutKeywords, Occasions, occasions

Moves = Literal["free", "forward", "next"]
# Log likelihoods this near are the same maximum.
SAME = 1e-3
# Steps after which starts are compared.
SHORT = 40


@dataclass(frozen=True, slots=True, repr=False)
class LatentMarkov(Shown):
    """One latent Markov model.

    Attributes
    ----------
    moves : str
        ``"free"``, ``"forward"`` (nobody goes back) or ``"next"`` (only to the next state).
    parameters : MarkovParameters
        States in order of their expected item totals.
    errors : MarkovParameters or NotAvailable
        Standard errors.
    entropy : float
        Relative entropy of the states over people and waves; 1 is certain.
    replicated, finished : int
        How many starts were followed to the end, and how many of them reached this maximum.
    """

    n_states: int
    moves: Moves
    parameters: MarkovParameters
    errors: MarkovParameters | NotAvailable
    loglik: float
    n_parameters: int
    n: int
    entropy: float
    posterior: np.ndarray
    replicated: int
    finished: int
    converged: bool

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * self.n_parameters - 2 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz's criterion; its n counts people."""
        return float(self.n_parameters * np.log(self.n) - 2 * self.loglik)

    def table(self) -> pd.DataFrame:
        """One row a move: ``source target probability se``; source 0 is the start."""
        k = self.n_states
        se = None if isinstance(self.errors, NotAvailable) else self.errors
        rows = []
        for i in range(-1, k):
            for j in range(k):
                p = self.parameters.initial[j] if i < 0 else self.parameters.transition[i, j]
                e = np.nan if se is None else se.initial[j] if i < 0 else se.transition[i, j]
                rows.append({"source": i + 1, "target": j + 1, "probability": float(p), "se": float(e)})
        return pd.DataFrame(rows)


@dataclass(frozen=True, slots=True, repr=False)
class LatentMarkovModels(Shown):
    """Latent Markov models with several numbers of states.

    Attributes
    ----------
    models : mapping of (int, str) to LatentMarkov
        By number of states and kind of moves.
    chosen : (int, str)
        Smallest BIC.
    tests : mapping of (int, str) to ChiSquareTest
        Ordered moves against free ones: zeros at the boundary, so p is too large.
    """

    occasions: Occasions
    patterns: AnswerPatterns
    models: Mapping[tuple[int, Moves], LatentMarkov]
    chosen: tuple[int, Moves]
    tests: Mapping[tuple[int, Moves], ChiSquareTest]

    @property
    def best(self) -> LatentMarkov:
        """The chosen model."""
        return self.models[self.chosen]

    def table(self) -> pd.DataFrame:
        """One row a model: ``states moves loglik n_parameters aic bic entropy smallest`` and the starts."""
        return pd.DataFrame(
            [
                {
                    "states": model.n_states,
                    "moves": model.moves,
                    "loglik": model.loglik,
                    "n_parameters": model.n_parameters,
                    "aic": model.aic,
                    "bic": model.bic,
                    "entropy": model.entropy,
                    "smallest": float(model.posterior.mean(axis=(0, 1)).min()),
                    "replicated": model.replicated,
                    "finished": model.finished,
                }
                for model in self.models.values()
            ]
        )

    def profile(self) -> pd.DataFrame:
        """Answers in each state of the chosen model: ``item category state probability``."""
        model = self.best
        rows = [
            {
                "item": self.occasions.variables[self.patterns.item[c]],
                "category": self.patterns.codes[c],
                "state": s + 1,
                "probability": float(model.parameters.answers[c, s]),
            }
            for c in range(len(self.patterns.item))
            for s in range(model.n_states)
        ]
        return pd.DataFrame(rows)


@spelled(LayoutKeywords, Layout)
@takes_frame
def latent_markov(
    data: pd.DataFrame | Occasions,
    items: Sequence[str] | Mapping[str, Sequence[str]] = (),
    *,
    states: Sequence[int] = (2, 3, 4),
    moves: Sequence[Moves] = ("free",),
    starts: int = 20,
    seed: int = 1,
    **layout: Unpack[LayoutKeywords],
) -> LatentMarkovModels:
    """Fit latent Markov models: unseen states, moves between waves, answers that show a state with error.

    Parameters
    ----------
    data : pandas.DataFrame or Occasions
        See :func:`coprod_measure.structure.methods.occasions.occasions`.
    items : sequence of str, or mapping of str to sequence of str
        Categorical items; given the state, independent of each other; missing answers are allowed.
    states : sequence of int
        Numbers of states to try.
    moves : sequence of str
        ``"free"``, ``"forward"``, ``"next"``: the ordered ones are set against the free one.
    starts, seed : int
        One start from the item totals, the others random; the best quarter is followed to the end.
    **layout
        ``person``, ``wave``, ``waves`` and ``date`` of :func:`occasions`.

    Raises
    ------
    DataError
        If an item does not vary or an option is not known.

    Notes
    -----
    Bartolucci, F., Farcomeni, A., & Pennoni, F. (2013). *Latent Markov models for longitudinal data*. Answers
    and moves have the same probabilities at every wave.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> state = np.cumsum(rng.random((300, 3)) < 0.3, axis=1) > 0
    >>> p = np.where(state, 0.9, 0.1)
    >>> wide = {f"{i}{t}": (rng.random(300) < p[:, t]) * 1 for i in "abc" for t in range(3)}
    >>> items = {i: [f"{i}{t}" for t in range(3)] for i in "abc"}
    >>> found = latent_markov(pd.DataFrame(wide), items, states=[1, 2], moves=["free", "forward"], starts=3)
    >>> found.chosen
    (2, 'forward')
    """
    whole_number("starts", starts, 1, 10_000)
    wrong = [m for m in moves if m not in get_args(Moves)] + [k for k in states if k < 1]
    if wrong or not states or not moves:
        cure = "Use numbers from 1, and free, forward or next"
        raise DataError(f"{wrong[:3] or 'nothing'} is not known", place="option states or moves", cure=cure)
    seen = occasions(data, items, **layout)
    kept = seen.answered().any(axis=1)
    frame = seen.frame[kept]
    answers = np.stack(
        [
            frame[[seen.column(v, t) for v in seen.variables]].to_numpy(float)
            for t in range(1, seen.n_waves + 1)
        ],
        axis=1,
    )
    patterns = answer_patterns(answers, seen.variables)
    rng = np.random.default_rng(seed)
    models: dict[tuple[int, Moves], LatentMarkov] = {}
    for k in states:
        for kind in moves if k > 1 else ("free",):
            models[k, kind] = _fit(patterns, k, kind, starts if k > 1 else 1, rng)
    tests = {
        key: likelihood_ratio(
            m.loglik, models[key[0], "free"].loglik, models[key[0], "free"].n_parameters - m.n_parameters
        )
        for key, m in models.items()
        if key[1] != "free" and (key[0], "free") in models
    }
    chosen = min(models, key=lambda key: models[key].bic)
    return LatentMarkovModels(seen, patterns, models, chosen, tests)


def _allowed(k: int, moves: Moves) -> np.ndarray:
    if moves == "free":
        return np.ones((k, k), bool)
    forward = np.triu(np.ones((k, k), bool))
    return forward if moves == "forward" else forward & ~np.triu(np.ones((k, k), bool), 2)


def _fit(data: AnswerPatterns, k: int, moves: Moves, starts: int, rng: np.random.Generator) -> LatentMarkov:
    allowed = _allowed(k, moves)
    first = [_from_totals(data, k, allowed)] + [_random(data, k, allowed, rng) for _ in range(starts - 1)]
    short = [baum_welch(data, theta, tolerance=1e-3, most=SHORT) for theta in first]
    short.sort(key=lambda found: -found[1].loglik)
    finished = [baum_welch(data, found[0], tolerance=1e-6) for found in short[: max(5, starts // 4)]]
    best = max(finished, key=lambda found: found[1].loglik)
    theta, expected, converged = baum_welch(data, best[0], tolerance=1e-10, most=20_000)
    if moves == "free":
        order = np.argsort(data.codes @ theta.answers)
        theta = MarkovParameters(
            theta.initial[order], theta.transition[np.ix_(order, order)], theta.answers[:, order]
        )
        expected = Expected(expected.loglik, expected.counts, expected.posterior[..., order])
    post = expected.posterior[data.pattern]
    plogp = np.sum(np.where(post > 0, post * np.log(np.maximum(post, 1e-300)), 0.0))
    entropy = 1.0 + float(plogp) / (post.shape[0] * post.shape[1] * np.log(k)) if k > 1 else 1.0
    n_parameters = (k - 1) + int(allowed.sum()) - k + k * (len(data.item) - len(data.categories))
    same = sum(found[1].loglik > expected.loglik - SAME for found in finished)
    errors = standard_errors(data, theta)
    return LatentMarkov(
        k,
        moves,
        theta,
        errors,
        expected.loglik,
        n_parameters,
        data.n,
        entropy,
        post,
        same,
        len(finished),
        converged,
    )


def _from_totals(data: AnswerPatterns, k: int, allowed: np.ndarray) -> MarkovParameters:
    """Start from equal groups of the item totals."""
    flat = data.indicators.reshape(-1, len(data.item))
    weight = np.repeat(data.weight, data.indicators.shape[1])
    shown = flat.sum(axis=1) > 0
    total = flat[shown] @ data.codes / np.maximum(flat[shown].sum(axis=1), 1)
    rank = np.argsort(np.argsort(total, kind="stable"), kind="stable")
    group = np.eye(k)[np.minimum(rank * k // len(total), k - 1)]
    answers = data.shares(flat[shown].T @ (group * weight[shown, None]) + 0.5)
    return MarkovParameters(np.full(k, 1 / k), _rows(allowed * (1.0 + 4.0 * k * np.eye(k))), answers)


def _random(data: AnswerPatterns, k: int, allowed: np.ndarray, rng: np.random.Generator) -> MarkovParameters:
    moves = allowed * (rng.gamma(1.0, size=(k, k)) + k * np.eye(k))
    initial = rng.dirichlet(np.ones(k))
    return MarkovParameters(initial, _rows(moves), data.random(rng, k).T)


def _rows(moves: np.ndarray) -> np.ndarray:
    return np.asarray(moves / moves.sum(axis=1, keepdims=True))
