"""Solutions with a number of classes, tried one after another, and which of them BIC chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coprod_measure.errors import EstimationError, NotAvailable, counted
from coprod_measure.structure.methods.categorical_mixture import CategoricalKernel
from coprod_measure.structure.methods.mixture_em import Begun, Kernel, Mixture, begin, by_size, finish

RISE = 0.4
"""By how much the best log likelihood of all starts may still rise after their first steps, for one class
more than one, growing with the square of that number.

In 630 solutions of drawn samples (140 of each of one to four classes, 200 to 1,000 people) it rose by 0.2 in
two classes at most, 0.6 in three, 1.4 in four, 4.1 in five.
"""


@dataclass(frozen=True, slots=True)
class ClassModel:
    """A number of classes of one structure; classes in order of size, the largest first.

    Attributes
    ----------
    structure : str
        ``"LCA"`` for categorical items, else as in mclust; ``"T1"`` and ``"T2"`` for one kind with traits.
    posterior : ndarray, shape (n_people, k)
    """

    structure: str
    mixture: Mixture
    posterior: np.ndarray

    @property
    def k(self) -> int:
        """Number of classes."""
        return self.mixture.k

    @property
    def modal(self) -> np.ndarray:
        """Most probable class of each person, from 0; shape (n_people,)."""
        return np.asarray(self.posterior.argmax(axis=1))

    @property
    def entropy(self) -> float:
        """Relative entropy: 1 means that everybody's class is certain."""
        if self.k == 1:
            return 1.0
        p = np.maximum(self.posterior, 1e-300)
        return float(1.0 + (self.posterior * np.log(p)).sum() / (len(p) * np.log(self.k)))

    def criteria(self) -> dict[str, float]:
        """AIC, BIC, sample-size adjusted BIC (Sclove 1987) and integrated classification likelihood."""
        n, q, deviance = len(self.posterior), self.mixture.n_parameters, -2 * self.mixture.loglik
        bic = deviance + q * np.log(n)
        p = np.maximum(self.posterior, 1e-300)
        return {
            "aic": deviance + 2 * q,
            "bic": bic,
            "sabic": deviance + q * np.log((n + 2) / 24),
            "icl": bic - 2 * float((self.posterior * np.log(p)).sum()),
        }


@dataclass(slots=True)
class Tried:
    """Solutions, some of them only begun.

    Attributes
    ----------
    only_best : bool
        Whether solutions are followed to their end only where their BIC may turn out to be the smallest: what
        was begun is bounded from both sides, as its log likelihood can only rise, and not by more than
        :data:`RISE` says.
    """

    kernels: Mapping[str, Kernel]
    starts: int
    rng: np.random.Generator
    only_best: bool
    models: dict[tuple[str, int], ClassModel] = field(default_factory=dict)
    unavailable: dict[tuple[str, int], NotAvailable] = field(default_factory=dict)
    _begun: dict[tuple[str, int], Begun] = field(default_factory=dict)

    @property
    def known(self) -> list[tuple[str, int]]:
        """All that have an end."""
        return [*self.models, *self._begun]

    def begin(self, key: tuple[str, int]) -> bool:
        """Try a number of classes of one structure; False where there is no solution."""
        kernel, k = self.kernels[key[0]], key[1]
        try:
            self._begun[key] = begin(kernel, k, starts=self.starts, rng=self.rng)
        except EstimationError as error:
            self.unavailable[key] = NotAvailable(error.in_one_line)
            return False
        count, people = self._count(key), int(kernel.weight.sum())
        if count >= people:
            del self._begun[key]
            why = f"{count} parameters for {counted(people, 'person', 'people')}"
            self.unavailable[key] = NotAvailable(why)
            return False
        return (self.only_best and k > 1) or self._finish(key)

    def leads(self, key: tuple[str, int], others: Sequence[tuple[str, int]]) -> bool:
        """Whether its BIC is smaller than that of all others."""
        for other in others:
            (low, high), (other_low, other_high) = self._bounds(key), self._bounds(other)
            if low < other_high and other_low < high:
                self._finish(key), self._finish(other)
                (low, high), (other_low, other_high) = self._bounds(key), self._bounds(other)
            if not high < other_low:
                return False
        return True

    def best(self) -> tuple[str, int]:
        """Choose the smallest BIC of all."""
        while True:
            bounds = {key: self._bounds(key) for key in self.known}
            least = min(high for _, high in bounds.values())
            open_ = [key for key, (low, _) in bounds.items() if key in self._begun and low <= least]
            if not open_:
                break
            self._finish(min(open_, key=lambda key: bounds[key]))
        ruled_out = NotAvailable("it was not followed to its end: its BIC would not be the smallest")
        self.unavailable |= dict.fromkeys(self._begun, ruled_out)
        return min(self.models, key=lambda key: self.models[key].criteria()["bic"])

    def _count(self, key: tuple[str, int]) -> int:
        return key[1] - 1 + self.kernels[key[0]].n_parameters(key[1])

    def _bounds(self, key: tuple[str, int]) -> tuple[float, float]:
        """Between what its BIC will be; of one without an end infinite."""
        if key in self.models:
            bic = self.models[key].criteria()["bic"]
            return bic, bic
        if key not in self._begun:
            return np.inf, np.inf
        high = self._count(key) * np.log(self.kernels[key[0]].weight.sum())
        high -= 2.0 * float(self._begun[key].loglik[0])
        return high - 2.0 * RISE * (key[1] - 1) ** 2, high

    def _finish(self, key: tuple[str, int]) -> bool:
        if key not in self._begun:
            return key in self.models
        kernel = self.kernels[key[0]]
        try:
            mixture = by_size(finish(kernel, self._begun.pop(key)))
        except EstimationError as error:
            self.unavailable[key] = NotAvailable(error.in_one_line)
            return False
        posterior = mixture.posterior
        people = posterior[kernel.patterns.pattern] if isinstance(kernel, CategoricalKernel) else posterior
        self.models[key] = ClassModel(key[0], mixture, people)
        return True
