"""The second step of a fit: where the moments of the latent variables come from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.errors import EstimationError, ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.specification.parameter_table import ParameterTable
from coprod_measure.estimation.two_step.estimate import TwoStep, two_steps
from coprod_measure.estimation.two_step.factor_moments import FactorData, factor_data, factor_moments
from coprod_measure.estimation.two_step.mapping import LatentMoments, Measurement
from coprod_measure.estimation.two_step.parts import Parts
from coprod_measure.estimation.two_step.products import ProductMoments, extended
from coprod_measure.fitting.data import Dataset
from coprod_measure.fitting.options import FitOptions
from coprod_measure.fitting.sample import sample_moments
from coprod_measure.fitting.two_step.options import SamOptions
from coprod_measure.fitting.two_step.product_order import product_order

# Items up to which their saturated moments are estimated from incomplete answers.
MOST_SATURATED = 100


@dataclass(frozen=True, slots=True)
class Estimated:
    """Both steps, with what the errors need of them.

    Attributes
    ----------
    products : tuple of ProductMoments
        One a group; empty without products.
    factors : tuple of FactorData
        One a group; empty where the moments of the items were used.
    """

    two: TwoStep
    products: tuple[ProductMoments, ...] = ()
    factors: tuple[FactorData, ...] = ()


@dataclass(frozen=True, slots=True)
class SecondSteps:
    """The second step for given data and measurement."""

    data: Dataset
    options: FitOptions
    sam: SamOptions
    blocks: tuple[Solution, ...]

    @property
    def of_factors(self) -> bool:
        """Whether the factors' own moments are estimated."""
        if self.options.missing != "fiml":
            return False
        if self.sam.moments is not None:
            return self.sam.moments == "factors"
        seen = [(~np.isnan(group.answers)).astype(np.float64) for group in self.data.groups]
        return len(self.data.names) > MOST_SATURATED or any((own.T @ own == 0.0).any() for own in seen)

    def fit(self, parts: Parts, table: ParameterTable) -> Estimated:
        """Find the latent moments and fit the structure to them."""
        if self.of_factors:
            return self._from_factors(parts)
        kept: list[ProductMoments] = []
        sample = sample_moments(self.data, self.options, table)
        if not parts.products:
            return Estimated(two_steps(parts, sample, self.blocks, self.sam.mapping))
        pairs, order = product_order(parts)

        def extend(measurement: tuple[Measurement, ...], latent: tuple[LatentMoments, ...]) -> SampleMoments:
            return extended(pairs, order, sample, measurement, latent, self.sam.mapping, kept)

        two = two_steps(parts, sample, self.blocks, self.sam.mapping, extend=extend)
        return Estimated(two, tuple(kept))

    def _from_factors(self, parts: Parts) -> Estimated:
        _refuse(parts, self.options, self.sam)
        kept: list[FactorData] = []

        def moments(measurement: tuple[Measurement, ...]) -> tuple[LatentMoments, ...]:
            kept.extend(
                factor_data(part, group.answers, group.weights)
                for part, group in zip(measurement, self.data.groups, strict=True)
            )
            names = [name for name in parts.targets if name not in parts.products]
            found = (factor_moments(own) for own in kept)
            return tuple(_scaled(one, parts, names, g) for g, one in enumerate(found, start=1))

        rough = SampleMoments(tuple(_rough(group.answers) for group in self.data.groups))
        two = two_steps(parts, rough, self.blocks, "ML", moments=moments)
        groups = tuple(
            GroupMoments(
                _items(part, one),
                part.nu + part.lam @ (one.mean * one.scale),
                own.n,
                group.answers,
                weights=group.weights,
                clusters=group.clusters,
            )
            for part, one, own, group in zip(
                two.measurement, two.latent, rough.groups, self.data.groups, strict=True
            )
        )
        return Estimated(replace(two, sample=SampleMoments(groups)), (), tuple(kept))


def _items(part: Measurement, one: LatentMoments) -> Floats:
    """Covariance of the items that the factors' moments and the measurement imply."""
    cov = one.cov * np.outer(one.scale, one.scale)
    implied: Floats = part.lam @ cov @ part.lam.T + part.theta
    return implied


def _scaled(one: LatentMoments, parts: Parts, names: list[str], group: int) -> LatentMoments:
    unit = np.array([(name, group) in parts.unit for name in names])
    scale = np.where(unit, np.sqrt(np.diagonal(one.cov)), 1.0)
    both = np.outer(scale, scale)
    return replace(
        one,
        cov=one.cov / both,
        mean=one.mean / scale,
        mapping=one.mapping / scale[:, None],
        observed=one.observed / both,
        error=one.error / both,
        scale=scale,
    )


def _rough(answers: Floats) -> GroupMoments:
    """Means and covariances of whoever answered; only those of complete covariates are used."""
    seen = ~np.isnan(answers)
    mean = np.nanmean(answers, axis=0)
    away = np.where(seen, answers - mean, 0.0)
    together = np.maximum(seen.T.astype(np.float64) @ seen, 1.0)
    return GroupMoments(away.T @ away / together, mean, float(len(answers)), answers)


def _refuse(parts: Parts, options: FitOptions, sam: SamOptions) -> None:
    if parts.products:
        raise ModelError(
            "products of latent variables need the moments of the items",
            place="option moments",
            cure='Use moments="items"',
            code="products-of-factors",
        )
    if sam.standard_errors == "local":
        raise EstimationError(
            "local errors need the moments of the items",
            place="option se",
            cure='Use se="twostep_robust", or moments="items" with fewer items',
            code="errors-of-factors",
        )
