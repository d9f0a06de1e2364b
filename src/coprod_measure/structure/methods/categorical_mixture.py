"""Classes with their own shares of answers: the kernel of latent class analysis."""

from __future__ import annotations

import numpy as np

from coprod_measure.structure.methods.answer_patterns import AnswerPatterns, patterns_of
from coprod_measure.structure.methods.mixture_em import Parameters, in_classes


class CategoricalKernel:
    """Categorical items, independent within a class; missing answers are left out of the likelihood.

    Parameters
    ----------
    patterns : AnswerPatterns
        With one occasion.
    """

    def __init__(self, patterns: AnswerPatterns) -> None:
        self.patterns = patterns
        self.weight = patterns.weight
        self.Y = patterns.indicators[:, 0, :]
        self._same_item = np.equal.outer(patterns.item, patterns.item).astype(float)

    def start(self, k: int, starts: int, rng: np.random.Generator) -> Parameters:
        """Draw shares around those of everybody; ``p`` has the shape (starts, n_columns, k)."""
        return {"p": np.swapaxes(self.patterns.random(rng, starts, k), 1, 2)}

    def log_density(self, theta: Parameters) -> np.ndarray:
        """Sum the log shares of the answers given."""
        return in_classes(np.log(np.maximum(theta["p"], 1e-300)), self.Y)

    def update(self, resp: np.ndarray) -> Parameters:
        """Count answers by class."""
        return self.estimates(np.swapaxes(resp, 1, 2) @ self.Y)

    def estimates(self, counts: np.ndarray) -> Parameters:
        """Give shares from counts of answers by class, (starts, k, n_columns)."""
        found = np.swapaxes(counts, 1, 2) + 1e-12
        return {"p": found / (self._same_item @ found)}

    def degenerate(self, theta: Parameters) -> np.ndarray:
        """Never where estimated, as a share of 0 or 1 is proper; a step beyond may leave no share."""
        return np.asarray(theta["p"].min(axis=(1, 2)) < 0.0)

    def n_parameters(self, k: int) -> int:
        """One less than its categories for every item and class."""
        return k * (len(self.patterns.item) - len(self.patterns.categories))

    def simulate(self, theta: Parameters, classes: np.ndarray, rng: np.random.Generator) -> CategoricalKernel:
        """Draw answers; an item may come out alike for all, a category be chosen by nobody."""
        columns = []
        for item, codes in enumerate(self.patterns.categories):
            p = theta["p"][self.patterns.item == item][:, classes].T
            chosen = (rng.random((len(classes), 1)) > np.cumsum(p, axis=1)[:, :-1]).sum(axis=1)
            columns.append(codes[chosen])
        answers = np.column_stack(columns).astype(float)[:, None, :]
        return CategoricalKernel(patterns_of(answers, self.patterns.categories))
