"""Which part each variable of a model plays: latent, observed, exogenous, endogenous."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coprod_measure.estimation.specification.composites import Composite, composites_of
from coprod_measure.estimation.specification.exploratory import EfaBlock, efa_blocks
from coprod_measure.estimation.specification.random_slopes import SlopePath, slope_paths
from coprod_measure.estimation.specification.syntax import Formula


@dataclass(frozen=True, slots=True)
class Variables:
    """Names by part, each in the order of first appearance as lavaan lists them.

    Attributes
    ----------
    latent : tuple of str
        Left of ``=~`` or ``<~``.
    formative : tuple of str
        Left of ``<~``.
    observed : tuple of str
        Indicators, then outcomes, then covariates, then the rest.
    exogenous : tuple of str
        Observed, only ever on the right of ``~`` and without a variance, covariance or mean of their own.
    latent_exogenous : tuple of str
        Latent, neither indicator nor outcome.
    final : tuple of str
        Latent then observed outcomes that predict nothing and indicate nothing.
    ordered : tuple of str
        Observed variables with thresholds.
    dependent : frozenset of str
        Variables with an equation: indicators and outcomes.
    blocks : tuple of EfaBlock
        Exploratory blocks.
    composites : tuple of Composite
        As lavaan 0.7 has them; their names are not in ``formative``.
    slopes : tuple of SlopePath
        Paths whose slope differs between clusters; at level 2 these slopes are the last of ``observed``.
    """

    latent: tuple[str, ...]
    formative: tuple[str, ...]
    observed: tuple[str, ...]
    exogenous: tuple[str, ...]
    latent_exogenous: tuple[str, ...]
    final: tuple[str, ...]
    ordered: tuple[str, ...] = ()

    dependent: frozenset[str] = frozenset()
    blocks: tuple[EfaBlock, ...] = ()
    composites: tuple[Composite, ...] = ()
    slopes: tuple[SlopePath, ...] = ()

    @property
    def measured(self) -> tuple[str, ...]:
        """Observed variables that the data have: all but slopes."""
        names = {path.name for path in self.slopes}
        return tuple(name for name in self.observed if name not in names)

    @property
    def endogenous(self) -> tuple[str, ...]:
        """Observed variables that are not exogenous."""
        outside = set(self.exogenous)
        return tuple(name for name in self.observed if name not in outside)


def _unique(names: Iterable[str], without: Iterable[str] = ()) -> tuple[str, ...]:
    excluded = set(without)
    return tuple(name for name in dict.fromkeys(names) if name not in excluded)


def classify(formulas: tuple[Formula, ...], ordered: tuple[str, ...] = ()) -> Variables:
    """Read from the formulas which part each variable plays.

    Parameters
    ----------
    formulas : tuple of Formula
        The user's formulas.
    ordered : tuple of str
        Ordered variables named outside the model text.
    """
    latent = _unique(f.lhs for f in formulas if f.op in ("=~", "<~"))
    indicators = _unique(f.rhs for f in formulas if f.op == "=~" or f.composite)
    outcomes = _unique(f.lhs for f in formulas if f.op == "~")
    predictors = _unique(f.rhs for f in formulas if f.op in ("~", "<~") and not f.composite)
    seen_indicators = _unique(indicators, latent)
    seen_outcomes = _unique(outcomes, (*latent, *seen_indicators))
    covariates = _unique(predictors, (*latent, *seen_indicators, *seen_outcomes))
    covaried = [name for f in formulas if f.op == "~~" for name in (f.lhs, f.rhs)]
    with_level = [f.lhs for f in formulas if f.op in ("~1", "|")]
    left_over = _unique(
        [f.lhs for f in formulas if f.op == "~~"] + [f.rhs for f in formulas if f.op == "~~"] + with_level,
        latent,
    )
    slopes = {f.rv: None for f in formulas if f.rv}
    found = _unique((*seen_indicators, *seen_outcomes, *covariates, *left_over))
    observed = (*_unique(found, slopes), *(name for name in slopes if name in found))
    mentioned = set(covaried) | {f.lhs for f in formulas if f.op == "~1"}
    not_final = {*indicators, *predictors, *slopes}
    thresholds = {f.lhs for f in formulas if f.op == "|"} | set(ordered)
    final_latent = tuple(name for name in latent if name in outcomes and name not in not_final)
    final_observed = tuple(
        name for name in observed if name in outcomes and name not in not_final and name not in latent
    )
    return Variables(
        latent=latent,
        formative=_unique(f.lhs for f in formulas if f.op == "<~" and not f.composite),
        observed=observed,
        exogenous=tuple(name for name in covariates if name not in mentioned),
        latent_exogenous=_unique(latent, (*indicators, *outcomes)),
        final=(*final_latent, *final_observed),
        ordered=tuple(name for name in observed if name in thresholds and name not in covariates),
        dependent=frozenset((*indicators, *outcomes)),
        blocks=efa_blocks(formulas),
        composites=composites_of(formulas),
        slopes=slope_paths(formulas),
    )
