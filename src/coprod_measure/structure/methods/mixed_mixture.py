"""Classes of categorical and continuous items together."""

from __future__ import annotations

import numpy as np

from coprod_measure.structure.methods.categorical_mixture import CategoricalKernel
from coprod_measure.structure.methods.gaussian_mixture import GaussianKernel
from coprod_measure.structure.methods.mixture_em import Parameters, in_classes


class MixedKernel:
    """Categorical items and normal variables, independent within a class.

    Parameters
    ----------
    normal : GaussianKernel
        Of the same people, of a diagonal structure.
    """

    def __init__(self, categorical: CategoricalKernel, normal: GaussianKernel) -> None:
        self.categorical, self.normal = categorical, normal
        self.weight = normal.weight
        self.Y = categorical.Y[categorical.patterns.pattern]
        self._statistics = np.hstack([self.Y, normal.statistics])

    def start(self, k: int, starts: int, rng: np.random.Generator) -> Parameters:
        """Draw starting values of both parts."""
        return self.categorical.start(k, starts, rng) | self.normal.start(k, starts, rng)

    def log_density(self, theta: Parameters) -> np.ndarray:
        """Add both parts."""
        answers = np.log(np.maximum(theta["p"], 1e-300))
        both = np.concatenate([answers, self.normal.coefficients(theta)], axis=1)
        return in_classes(both, self._statistics)

    def update(self, resp: np.ndarray) -> Parameters:
        """Count answers, and give means and variances."""
        sums: np.ndarray = np.swapaxes(resp, 1, 2) @ self._statistics
        columns = self.Y.shape[1]
        answers, values = sums[..., :columns], sums[..., columns:]
        return self.categorical.estimates(answers) | self.normal.estimates(values)

    def degenerate(self, theta: Parameters) -> np.ndarray:
        """Whether a variance has all but vanished, or a step beyond leaves no share."""
        return np.asarray(self.normal.degenerate(theta) | self.categorical.degenerate(theta))

    def n_parameters(self, k: int) -> int:
        """Count those of both parts."""
        return self.categorical.n_parameters(k) + self.normal.n_parameters(k)

    def simulate(self, theta: Parameters, classes: np.ndarray, rng: np.random.Generator) -> MixedKernel:
        """Draw people of known classes."""
        normal = self.normal.simulate(theta, classes, rng)
        return MixedKernel(self.categorical.simulate(theta, classes, rng), normal)
