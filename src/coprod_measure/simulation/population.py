"""A population as data: paths, loadings and answering habits, all known because they were chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter

import numpy as np

from coprod_measure.errors import SimulationError
from coprod_measure.instrument.definition import Instrument


@dataclass(frozen=True, slots=True)
class ConstructPopulation:
    """How one construct is distributed and shows in its items.

    Attributes
    ----------
    mean, sd : float
        Of the items, on the units of their scale, before rounding to the answer codes.
    loading : float
        Standardised loading of every item; ``weak`` is the loading of the last item where one is weak.
    share : float
        For yes/no items: proportion of yes at the mean of the construct.
    skew : float
        Skewness of the construct, or of what its causes leave of it (that of a gamma distribution).
    thresholds : tuple of float
        Where answers change, on the items' standard normal positions, instead of ``mean`` and ``sd``.
    """

    mean: float = 4.5
    sd: float = 1.4
    loading: float = 0.75
    weak: float | None = None
    share: float = 0.5
    skew: float = 0.0
    thresholds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different for those who gave certain answers, or belong to a latent class.

    Attributes
    ----------
    where : mapping
        Item to the code that they gave, all of them; ``"class"`` to the number of a class.
    means : mapping
        Construct to what is added to its score, in its standard deviations.
    paths : mapping
        Target to causes and what is added to their coefficients.
    loadings, intercepts : mapping
        Item to what is added to its loading, and to its position in its standard deviations.
    """

    where: Mapping[str, int]
    means: Mapping[str, float] = field(default_factory=dict)
    paths: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    loadings: Mapping[str, float] = field(default_factory=dict)
    intercepts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clusters:
    """People who share something: those of a country, of a panel's sampling point.

    Attributes
    ----------
    column : str
        Of the answers, with the number of the cluster.
    number : int
        Clusters, of equal size as far as possible.
    icc : mapping
        Construct to the share of its variance, or of what its causes leave of it, that clusters share.
    """

    column: str
    number: int
    icc: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waves:
    """The same people asked again.

    Attributes
    ----------
    names : tuple of str
        In order, for the column ``wave``.
    stable : mapping
        Construct to the share of its variance, or of what its causes leave, that does not change.
    lags : mapping
        Construct without causes in the same wave to effects on what changes of it, of what had changed of
        others (and of itself) one wave before.
    attrition : float
        Who leaves after each wave, as a share of those who were there.
    attrition_by : mapping
        Construct to its effect on leaving, in a probit of variance one.
    forms : mapping
        Wave to the form that it asks, where that is another.
    """

    names: tuple[str, ...]
    stable: Mapping[str, float] = field(default_factory=dict)
    lags: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    attrition: float = 0.0
    attrition_by: Mapping[str, float] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Categories:
    """The same people asked about several product categories, a row each.

    Attributes
    ----------
    names : tuple of str
        For the column ``category``, beside ``person``; differences name one by its number, from 1.
    each : int
        How many of them a person answers about, drawn at random; 0 for all.
    person : mapping
        Construct to the share of its variance, or of what its causes leave, that is the same in all rows of a
        person.
    shared : mapping
        Construct to the share that all rows about a category have in common.
    """

    names: tuple[str, ...]
    each: int = 0
    person: Mapping[str, float] = field(default_factory=dict)
    shared: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dyads:
    """People who come in twos, one in each role.

    Attributes
    ----------
    roles : tuple of str
        For the column ``role``, beside ``dyad``; differences name one by its number, 1 or 2.
    shared : mapping
        Construct to the correlation of the partners' scores, or of what their causes leave.
    partner : mapping
        Target to effects of the partner's score of other constructs; they come on top of its variance.
    """

    roles: tuple[str, str]
    shared: Mapping[str, float] = field(default_factory=dict)
    partner: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offers:
    """What offers are worth in choice tasks (multinomial logit).

    Attributes
    ----------
    worth : mapping
        Attribute to levels and what each adds to the utility of an offer; 0 where it is not named.
    spread : float
        Standard deviation of every named part-worth over people.
    none : float
        Utility of taking none of the offers.
    """

    worth: Mapping[str, Mapping[str, float]]
    spread: float = 0.0
    none: float = 0.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Shares of the residual variances, one entry a construct, and the correlations within each part."""

    correlations: np.ndarray
    cluster: np.ndarray
    stable: np.ndarray
    changing: np.ndarray


@dataclass(frozen=True, slots=True)
class Habits:
    """How people answer when they do not answer perfectly; proportions of respondents or cells.

    ``careless_straight`` answer all alike, ``careless_random`` at random, ``careless_late`` at random from
    some question on, ``careless_seesaw`` with both ends in turn. ``missing_by`` names items that are always
    answered, and how far answers to them make a blank more likely (missing at random, a probit).
    """

    careless_straight: float = 0.0
    careless_random: float = 0.0
    missing: float = 0.0
    duplicates: float = 0.0
    no_consent: float = 0.0
    unfinished: float = 0.0
    method_variance: float = 0.0
    careless_late: float = 0.0
    careless_seesaw: float = 0.0
    missing_by: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Population:
    """A structural model in standardised units with its measurement and its answering habits.

    Attributes
    ----------
    correlation : float
        Between exogenous constructs, unless ``correlations`` says otherwise for a pair.
    correlations : mapping
        Pair to correlation; of the residuals, when both are endogenous.
    paths : mapping
        Endogenous construct to its causes and their standardised coefficients.
    interactions : mapping
        Target to pairs of causes and the standardised coefficient of their product; a cause with itself is a
        square. Products are of standardised scores, less their mean.
    ceilings : mapping
        Target to its necessary conditions: it is never more than so many standard deviations above them.
    decision : str or None
        Yes/no item that gates all items whose ``show_if`` depends on it.
    groups : mapping
        Item to the probability of each of its codes; of no construct of the model.
    differences : tuple of Difference
        Between groups, arms of an experiment, latent classes.
    classes : tuple of float
        Shares of latent classes, numbered from 1.
    choices : mapping
        Item to its codes and the effects of constructs on choosing each (multinomial logit); a code that is
        not named has none.
    sampled : mapping
        Item under ``groups`` to the shares of its codes in the sample; a column ``weight`` undoes it.
    clusters, waves, categories, dyads : Clusters, Waves, Categories, Dyads or None
    offers : mapping
        Construct, whose questions are choices among offers, to what these are worth.
    sha256 : str
        Hash of the file that states it.
    """

    id: str
    title: str
    instrument: Instrument
    form: str
    n: int
    seed: int
    constructs: Mapping[str, ConstructPopulation]
    paths: Mapping[str, Mapping[str, float]]
    correlation: float = 0.25
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    interactions: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)
    ceilings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    decision: str | None = None
    groups: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    habits: Habits = field(default_factory=Habits)
    differences: tuple[Difference, ...] = ()
    classes: tuple[float, ...] = ()
    choices: Mapping[str, Mapping[int, Mapping[str, float]]] = field(default_factory=dict)
    sampled: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    clusters: Clusters | None = None
    waves: Waves | None = None
    categories: Categories | None = None
    dyads: Dyads | None = None
    offers: Mapping[str, Offers] = field(default_factory=dict)
    sha256: str = ""

    @property
    def skewed(self) -> dict[str, float]:
        """Constructs whose residuals are skewed."""
        return {name: one.skew for name, one in self.constructs.items() if one.skew}

    @property
    def exogenous(self) -> tuple[str, ...]:
        """Constructs without causes, in the order of the file."""
        return tuple(name for name in self.constructs if not self.causes_of(name))

    def causes_of(self, name: str) -> tuple[str, ...]:
        """Name the constructs in the equation of another, each once."""
        products = [cause for pair in self.interactions.get(name, {}) for cause in pair]
        other = [cause for one in self.differences for cause in one.paths.get(name, {})]
        other += self.dyads.partner.get(name, {}) if self.dyads else ()
        named = (*self.paths.get(name, {}), *products, *self.ceilings.get(name, {}), *other)
        return tuple(dict.fromkeys(named))

    @property
    def order(self) -> tuple[str, ...]:
        """All constructs, causes before effects."""
        return tuple(
            TopologicalSorter({name: self.causes_of(name) for name in self.constructs}).static_order()
        )


def latent_covariance(population: Population) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Build the population matrices of the constructs, in ``population.order``.

    Returns
    -------
    beta : ndarray, shape (k, k)
        Standardised paths, ``beta[effect, cause]``.
    psi : ndarray, shape (k, k)
        Covariances of exogenous constructs and residual variances that make every variance one.
    phi : ndarray, shape (k, k)
        Model-implied correlations, ``(I - B)^-1 Psi (I - B)^-T``.

    Raises
    ------
    SimulationError
        If the causes of a construct explain more than all of its variance, or correlations contradict each
        other.

    Notes
    -----
    Products of normal scores are uncorrelated with the scores, and covary among themselves by Isserlis'
    theorem: ``cov(ab, cd) = r_ac r_bd + r_ad r_bc``. Below a construct with products scores are no longer
    normal, and products of those have this variance only nearly. Ceilings are not in these matrices.
    """
    return _matrices(population, 1.0)[:3]


def explained_at_most(population: Population, share: float) -> Population:
    """Shrink the effects on each outcome together, until its equation explains no more than a share of it."""
    *_, factors = _matrices(population, share)
    factor = dict(zip(population.order, factors, strict=True))
    return replace(
        population,
        paths={y: {x: float(factor[y] * b) for x, b in own.items()} for y, own in population.paths.items()},
        interactions={
            y: {pair: float(factor[y] * b) for pair, b in own.items()}
            for y, own in population.interactions.items()
        },
    )


def _matrices(population: Population, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Beta, Psi and Phi in the order of causes, and the factor of each equation that explains a share."""
    order = population.order
    k = len(order)
    residual = _residual_correlations(population)
    beta, phi, total = np.zeros((k, k)), np.eye(k), np.eye(k)
    spread, factors = np.ones(k), np.ones(k)
    for i, name in enumerate(order):
        for cause, value in population.paths.get(name, {}).items():
            beta[i, order.index(cause)] = value
        products = _variance_of_products(population, name, phi)
        explained = float(beta[i, :i] @ phi[:i, :i] @ beta[i, :i] + products)
        if share < 1.0 and explained > share:
            factors[i] = np.sqrt(share / explained)
            beta[i] *= factors[i]
            explained = share
        # Covariances of a residual of variance one with what came before: zero, unless residuals correlate.
        before = total[:i, :i] @ (spread[:i] * residual[i, :i])
        half = beta[i, :i] @ before
        if explained >= 1.0 + half**2 or (rest := np.sqrt(1.0 - explained + half**2) - half) <= 0.0:
            raise SimulationError(
                f"the causes of {name!r} explain {explained:.0%} of its variance",
                place=population.id,
                cure=f"Lower the paths to {name!r} so that less than 100% is explained",
                code="population-overexplained",
            )
        spread[i] = rest
        total[i, :i] = beta[i, :i] @ total[:i, :i]
        phi[i, :i] = phi[:i, i] = beta[i, :i] @ phi[:i, :i] + rest * before
    _check_correlations(population, residual)
    return beta, residual * np.outer(spread, spread), phi, factors


def parts_of(population: Population) -> Parts:
    """Split the residual variances into what clusters share, what is stable in a person, and what changes.

    Raises
    ------
    SimulationError
        If the parts of a construct are more than the whole.
    """
    order, exogenous = population.order, set(population.exogenous)
    outside = np.array([name in exogenous for name in order])
    found = np.where(np.outer(outside, outside), population.correlation, 0.0)
    place = {name: k for k, name in enumerate(order)}
    for (a, b), value in population.correlations.items():
        found[place[a], place[b]] = found[place[b], place[a]] = value
    np.fill_diagonal(found, 1.0)
    icc = population.clusters.icc if population.clusters else {}
    icc = population.dyads.shared if population.dyads else icc
    stable = population.waves.stable if population.waves else {}
    if population.categories:
        icc, stable = population.categories.shared, population.categories.person
    cluster, person = (np.array([own.get(name, 0.0) for name in order]) for own in (icc, stable))
    if (over := cluster + person > 1.0).any():
        raise SimulationError(
            f"what clusters share of {order[int(np.argmax(over))]!r} and what is stable are more than all",
            place=population.id,
            cure="Lower one of the two",
            code="population-overexplained",
        )
    return Parts(found, cluster, person, 1.0 - cluster - person)


def _residual_correlations(population: Population) -> np.ndarray:
    """Correlations of exogenous constructs, and of what the causes of others leave.

    What is stated holds among stable and among changing parts; what clusters share is independent.
    """
    parts = parts_of(population)
    shared = np.sqrt(np.outer(parts.stable, parts.stable)) + np.sqrt(np.outer(parts.changing, parts.changing))
    found: np.ndarray = parts.correlations * shared
    np.fill_diagonal(found, 1.0)
    return found


def _check_correlations(population: Population, residual: np.ndarray) -> None:
    values, vectors = np.linalg.eigh(residual)
    if values[0] <= 0:
        worst = np.argsort(-np.abs(vectors[:, 0]))[:3]
        raise SimulationError(
            f"the correlations of {', '.join(population.order[k] for k in worst)} contradict each other",
            place=population.id,
            cure="Bring the correlations among them nearer to those with the others",
            code="population-contradictory",
        )


def _variance_of_products(population: Population, name: str, phi: np.ndarray) -> float:
    """Variance that the product terms of an equation explain."""
    if name not in population.interactions:
        return 0.0
    order = population.order
    terms = [
        (order.index(a), order.index(b), value)
        for (a, b), value in population.interactions.get(name, {}).items()
    ]
    return float(
        sum(
            one * other * (phi[a, c] * phi[b, d] + phi[a, d] * phi[b, c])
            for a, b, one in terms
            for c, d, other in terms
        )
    )
