"""A population as data: paths, loadings and answering habits, all known because they were chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from coprod_measure.instrument.definition import Instrument
from coprod_measure.notebook import Shown
from coprod_measure.theory.definition import Rule


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
    median, ratio : float or None, float
        Of questions for an amount: half answer less, and one standard deviation more multiplies it (they are
        log-normal). Without a median they lie in the middle of their bounds, spread by a sixth of the range.
    """

    mean: float = 4.5
    sd: float = 1.4
    loading: float = 0.75
    weak: float | None = None
    share: float = 0.5
    skew: float = 0.0
    thresholds: tuple[float, ...] = ()
    median: float | None = None
    ratio: float = 2.0


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different for those who gave certain answers, or belong to a latent class.

    Attributes
    ----------
    where : mapping
        Item to the code that they gave, all of them; ``"class"``, ``"wave"``, ``"category"`` or ``"role"`` to
        its number.
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
        Construct to effects on what changes of it, of what had changed of others (and of itself) one wave
        before.
    attrition : float
        Who leaves after each wave, as a share of those who were there.
    attrition_by : mapping
        Construct to its effect on leaving, in a probit of variance one.
    forms : mapping
        Wave to the form that it asks, where that is another.
    moves : tuple of tuple of float
        How likely people of each latent class (row) are to be in each (column) one wave later; all stay where
        it is empty.
    """

    names: tuple[str, ...]
    stable: Mapping[str, float] = field(default_factory=dict)
    lags: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    attrition: float = 0.0
    attrition_by: Mapping[str, float] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    moves: tuple[tuple[float, ...], ...] = ()


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
class Judgement:
    """A verdict that people reach by the rule that they state.

    Attributes
    ----------
    by : str
        Construct whose answers are judged, item by item, or together where points weigh them so.
    stated : str
        Item whose codes state the rules.
    size : float
        Effect of what the rule makes of the answers beyond the construct's score, as a share of the standard
        deviation that the verdict's causes leave.
    """

    by: str
    stated: str
    rules: Mapping[int, Rule]
    size: float


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


@dataclass(frozen=True, slots=True, repr=False)
class Population(Shown):
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
    judgements : mapping
        Construct that is a verdict, to what it is judged by.
    clusters, waves, categories, dyads : Clusters, Waves, Categories, Dyads or None
    offers : mapping
        Construct, whose questions are choices among offers, to what these are worth.
    uncertain : mapping
        Target to causes and the standard deviation of what is known of their coefficients: power draws with
        others each time.
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
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    clusters: Clusters | None = None
    waves: Waves | None = None
    categories: Categories | None = None
    dyads: Dyads | None = None
    offers: Mapping[str, Offers] = field(default_factory=dict)
    uncertain: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    sha256: str = ""

    @property
    def skewed(self) -> dict[str, float]:
        """Constructs whose residuals are skewed."""
        return {name: one.skew for name, one in self.constructs.items() if one.skew}

    @property
    def exogenous(self) -> tuple[str, ...]:
        """Constructs without causes, in the order of the file."""
        return tuple(name for name in self.constructs if not self.causes_of(name))

    @property
    def facts(self) -> tuple[str, ...]:
        """Constructs of societies that nobody is asked about: one score a country, in a column."""
        known = self.instrument.theory.constructs
        return tuple(
            name
            for name in self.constructs
            if name in known and "society" in known[name].unit and name not in self.instrument.constructs
        )

    @property
    def noise(self) -> tuple[str, ...]:
        """Constructs that the form asks about and the population leaves out: answers to them are noise."""
        asked = [self.instrument.items[id_] for id_ in self.instrument.forms[self.form].item_ids]
        stated = {*self.groups, *self.choices, *(item for one in self.differences for item in one.where)}
        stated |= {one.stated for one in self.judgements.values()}
        names = [
            one.construct_id
            for one in asked
            if one.role == "construct" and one.construct_id and one.id not in stated
        ]
        known = {*self.constructs, *self.offers}
        return tuple(name for name in dict.fromkeys(names) if name not in known)

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
