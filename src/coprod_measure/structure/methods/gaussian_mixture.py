"""Classes with their own means: the kernel of latent profile analysis, in the structures of mclust."""

from __future__ import annotations

from typing import Literal

import numpy as np

from coprod_measure.structure.methods.mixture_em import Parameters, in_classes

Structure = Literal["EII", "VII", "EEI", "VVI", "EEE", "VVV"]
# Smallest spread of a class, as a share of everybody's variance (eigenvalue for full matrices).
FLOOR = 1e-3


class GaussianKernel:
    """Normal variables with a mean in every class.

    Parameters
    ----------
    x : ndarray, shape (n, p)
        NaN where missing (diagonal structures only).
    structure : str
        Volume, shape and orientation as in mclust (Fraley and Raftery 2002): ``EII`` one variance for all,
        ``VII`` one a class, ``EEI`` one a variable, ``VVI`` one a variable and class, ``EEE`` one full
        matrix, ``VVV`` one a class.
    """

    def __init__(self, x: np.ndarray, structure: Structure) -> None:
        self.structure = structure
        self.weight = np.ones(len(x))
        self.known = (~np.isnan(x)).astype(float)
        self.x = np.nan_to_num(x)
        self.center = self.x.sum(axis=0) / self.known.sum(axis=0)
        self.overall = (((self.x - self.center) ** 2) * self.known).sum(axis=0) / self.known.sum(axis=0)
        self.statistics = np.hstack([self.x * self.x * self.known, self.x * self.known, self.known])

    @property
    def full(self) -> bool:
        """Whether variables correlate within classes."""
        return self.structure in ("EEE", "VVV")

    def start(self, k: int, starts: int, rng: np.random.Generator) -> Parameters:
        """Put means near people: ``mean`` (starts, p, k), ``var`` (starts, p, k) or (starts, p, p, k)."""
        filled = np.where(self.known > 0, self.x, self.center)
        index = np.stack([rng.permutation(len(self.x))[:k] for _ in range(starts)])
        # Each start first gathers people around its centres, so that it does not begin with empty classes.
        filled = (filled - self.center) / np.sqrt(self.overall)
        centres = filled[index]
        distance = (centres**2).sum(axis=2)[..., None] - 2.0 * centres @ filled.T
        resp = np.eye(k)[distance.argmin(axis=1)] * 0.9 + 0.1 / k
        if k == 1:
            resp = np.ones((starts, len(self.x), 1))
        found = self.update(resp)
        if not self.full:
            found["var"] = np.maximum(found["var"], 0.05 * self.overall[None, :, None])
        else:
            found["var"] = found["var"] + 0.05 * np.diag(self.overall)[None, :, :, None]
        return found

    def log_density(self, theta: Parameters) -> np.ndarray:
        """Give the normal log density of what is known of a person."""
        mean, var = theta["mean"], theta["var"]
        if self.full:
            return self._log_density_full(mean, var)
        return in_classes(self.coefficients(theta), self.statistics)

    def coefficients(self, theta: Parameters) -> np.ndarray:
        """Give what a diagonal log density multiplies ``statistics`` by; shape (starts, 3 p, k)."""
        mean, var = theta["mean"], theta["var"]
        precise = 1.0 / var
        pull = mean * precise
        return np.concatenate([-0.5 * precise, pull, -0.5 * (mean * pull + np.log(2 * np.pi * var))], axis=1)

    def _log_density_full(self, mean: np.ndarray, var: np.ndarray) -> np.ndarray:
        starts, p, k = mean.shape
        out = np.empty((starts, len(self.x), k))
        for s in range(starts):
            for c in range(k):
                L = np.linalg.cholesky(var[s, :, :, c])
                z = np.linalg.solve(L, (self.x - mean[s, :, c]).T)
                log_det = 2 * np.log(np.diagonal(L)).sum()
                out[s, :, c] = -0.5 * ((z * z).sum(axis=0) + log_det + p * np.log(2 * np.pi))
        return out

    def update(self, resp: np.ndarray) -> Parameters:
        """Give means and the variances of the structure."""
        if not self.full:
            return self.estimates(np.swapaxes(resp, 1, 2) @ self.statistics)
        n = resp.sum(axis=1)[:, None, None, :]
        mean = np.swapaxes(np.swapaxes(resp, 1, 2) @ self.x, 1, 2) / np.maximum(n[:, 0], 1e-12)
        second = np.einsum("ni,nj,snk->sijk", self.x, self.x, resp, optimize=True)
        scatter = second - n * np.einsum("sik,sjk->sijk", mean, mean)
        if self.structure == "VVV":
            return {"mean": mean, "var": scatter / np.maximum(n, 1e-12)}
        pooled = scatter.sum(axis=3, keepdims=True) / n.sum(axis=3, keepdims=True)
        return {"mean": mean, "var": np.repeat(pooled, resp.shape[2], axis=3)}

    def estimates(self, sums: np.ndarray) -> Parameters:
        """Give means and diagonal variances from sums of ``statistics`` by class, (starts, k, 3 p)."""
        second, first, seen = np.split(np.swapaxes(sums, 1, 2), 3, axis=1)
        seen = np.maximum(seen, 1e-12)
        mean = first / seen
        squares = np.maximum(second - mean * first, 0.0)
        over: tuple[int, ...] = {"EII": (1, 2), "VII": (1,), "EEI": (2,), "VVI": ()}[self.structure]
        if not over:
            return {"mean": mean, "var": squares / seen}
        var = squares.sum(axis=over, keepdims=True) / seen.sum(axis=over, keepdims=True)
        return {"mean": mean, "var": np.broadcast_to(var, mean.shape).copy()}

    def degenerate(self, theta: Parameters) -> np.ndarray:
        """Whether a variance has all but vanished."""
        var = theta["var"]
        if self.full:
            scale = 1 / np.sqrt(self.overall)
            scaled = np.moveaxis(var, 3, 1) * np.outer(scale, scale)
            return np.asarray(np.linalg.eigvalsh(scaled)[..., 0].min(axis=1) < FLOOR)
        return np.asarray((var / self.overall[None, :, None]).min(axis=(1, 2)) < FLOOR)

    def n_parameters(self, k: int) -> int:
        """Count means and variances."""
        p = self.x.shape[1]
        spread = {
            "EII": 1,
            "VII": k,
            "EEI": p,
            "VVI": k * p,
            "EEE": p * (p + 1) // 2,
            "VVV": k * p * (p + 1) // 2,
        }
        return int(k * p + spread[self.structure])

    def simulate(self, theta: Parameters, classes: np.ndarray, rng: np.random.Generator) -> GaussianKernel:
        """Draw people of known classes, without missing values."""
        z = rng.standard_normal((len(classes), self.x.shape[1]))
        if self.full:
            roots = np.stack(
                [np.linalg.cholesky(theta["var"][:, :, c]) for c in range(theta["mean"].shape[1])]
            )
            noise = np.einsum("nij,nj->ni", roots[classes], z)
        else:
            noise = z * np.sqrt(theta["var"][:, classes]).T
        return GaussianKernel(theta["mean"][:, classes].T + noise, self.structure)
