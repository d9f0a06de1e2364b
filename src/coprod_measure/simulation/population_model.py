"""The shape of a population file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from coprod_measure.instrument.definition import as_texts
from coprod_measure.theory.definition import Rule
from coprod_measure.yaml_files import FileModel

NO_ITEMS = ("class", "wave", "category", "role")
"""What ``where`` of a difference may name beside items, by its number."""

Names = Annotated[tuple[str, ...], BeforeValidator(as_texts)]


class ConstructModel(FileModel):
    """How a construct is distributed and shows in its items."""

    mean: float = Field(4.5, description="Of its items, in the units of their scale")
    sd: float = Field(1.4, gt=0, description="Of its items, before rounding to the answer codes")
    loading: float = Field(0.75, gt=0, le=1, description="Standardised, of every item")
    weak: float | None = Field(None, gt=0, lt=1, description="Loading of the last item, where one is weak")
    share: float = Field(0.5, gt=0, lt=1, description="Yes/no items: who says yes at the construct's mean")
    skew: float = Field(0.0, gt=-3, lt=3, description="Skewness of what its causes leave (gamma)")
    thresholds: tuple[float, ...] = Field(
        (), description="Normal positions where answers change, one fewer than codes; instead of mean and sd"
    )
    median: float | None = Field(None, gt=0, description="Of amounts that are asked: half answer less")
    ratio: float = Field(2.0, gt=1, description="Of amounts: what one standard deviation more multiplies by")


class HabitsModel(FileModel):
    """How people answer when they do not answer perfectly."""

    careless_straight: float = Field(0.0, ge=0, lt=1, description="Respondents who answer all alike")
    careless_random: float = Field(0.0, ge=0, lt=1, description="Respondents who answer at random")
    careless_late: float = Field(0.0, ge=0, lt=1, description="Who answer at random from some question on")
    careless_seesaw: float = Field(0.0, ge=0, lt=1, description="Who choose both ends in turn")
    missing: float = Field(0.0, ge=0, lt=1, description="Answers left out")
    missing_by: dict[str, float] = Field(
        {}, description="Always answered items, and how far they make a blank likelier (probit): MAR"
    )
    duplicates: float = Field(0.0, ge=0, lt=1, description="Respondents who answer twice")
    no_consent: float = Field(0.0, ge=0, lt=1, description="Respondents who do not consent")
    unfinished: float = Field(0.0, ge=0, lt=1, description="Respondents who stop early")
    method_variance: float = Field(
        0.0, ge=0, lt=1, description="Of every item, from a factor that all items share"
    )


class CorrelationModel(FileModel):
    """A correlation within a set of constructs, or of what their causes leave of them."""

    among: tuple[str, ...] = Field(min_length=2)
    value: float = Field(gt=-1, lt=1)


class DifferenceModel(FileModel):
    """What is different for some: a group, an arm of an experiment, a latent class."""

    where: dict[str, int] = Field(
        min_length=1, description="Item to code, all of them; class, wave, category or role to its number"
    )
    means: dict[str, float] = Field({}, description="Construct to what is added, in standard deviations")
    paths: dict[str, dict[str, float]] = Field({}, description="Target to causes, and what is added")
    loadings: dict[str, float] = Field({}, description="Item to what is added to its loading")
    intercepts: dict[str, float] = Field({}, description="Item to what is added, in standard deviations")


class ClustersModel(FileModel):
    """People who share something: of a country, of a sampling point."""

    column: str = Field("country", description="Column of the answers with the number of the cluster")
    number: int = Field(gt=1)
    icc: dict[str, Annotated[float, Field(ge=0, lt=1)]] = Field(
        {}, description="Construct to the share of its variance that clusters share"
    )


class WavesModel(FileModel):
    """The same people asked again."""

    names: Names = Field(min_length=2, description="In order; in the column wave")
    stable: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        {}, description="Construct to the share of its variance that does not change"
    )
    lags: dict[str, dict[str, float]] = Field(
        {}, description="Construct to effects on its change, of changes one wave before"
    )
    attrition: float = Field(0.0, ge=0, lt=1, description="Who leaves after each wave")
    attrition_by: dict[str, float] = Field({}, description="Construct to its effect on leaving (probit)")
    forms: Annotated[dict[str, str], BeforeValidator(as_texts)] = Field(
        {}, description="Wave to the form that it asks"
    )
    moves: tuple[tuple[Annotated[float, Field(ge=0, le=1)], ...], ...] = Field(
        (), description="A row a latent class: shares of it that are in each class one wave later"
    )


class CategoriesModel(FileModel):
    """The same people asked about several product categories."""

    names: Names = Field(min_length=2, description="For the column category; numbered from 1")
    each: int = Field(0, ge=0, description="How many a person answers about, at random; 0: all")
    person: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        {}, description="Construct to the share of its variance that all rows of a person have in common"
    )
    shared: dict[str, Annotated[float, Field(ge=0, lt=1)]] = Field(
        {}, description="Construct to the share that all rows about a category have in common"
    )


class DyadsModel(FileModel):
    """People who come in twos."""

    roles: tuple[str, str] = Field(description="For the column role, beside dyad; numbered 1 and 2")
    shared: dict[str, Annotated[float, Field(ge=0, lt=1)]] = Field(
        {}, description="Construct to the correlation of partners"
    )
    partner: dict[str, dict[str, float]] = Field(
        {}, description="Target to effects of the partner's score of other constructs, on top of its variance"
    )


class OffersModel(FileModel):
    """What offers are worth in choice tasks."""

    worth: dict[str, dict[str, float]] = Field(
        min_length=1, description="Attribute to levels, and what each adds to the utility of an offer"
    )
    spread: float = Field(0.0, ge=0, description="Standard deviation of each part-worth over people")
    none: float = Field(0.0, description="Utility of taking none")


class JudgementModel(FileModel):
    """A verdict that people reach by the rule that they state."""

    by: str = Field(
        description="Construct whose answers are judged one by one, or together as points weigh them"
    )
    stated: str = Field(description="Item whose codes state the rules")
    rules: dict[int, Rule] = Field(min_length=1, description="Code to the rule that it states")
    size: float = Field(
        gt=0, lt=1, description="Effect of what the rule adds to the construct's score, of what causes leave"
    )


class PopulationModel(FileModel):
    """The shape of a population file."""

    id: str
    title: str
    instrument: str = Field(description="A shipped instrument or a file beside this one")
    form: str
    n: int = Field(1200, gt=0, description="Respondents, unless a command says otherwise")
    seed: int = Field(ge=0)
    constructs: dict[str, ConstructModel] = Field(min_length=1)
    paths: dict[str, dict[str, float]] = Field(
        {}, description="Outcome to its causes and their standardised coefficients"
    )
    interactions: dict[str, dict[str, float]] = Field(
        {}, description="Outcome to products of standardised causes: {a x b: 0.1}; a x a is a square"
    )
    ceilings: dict[str, dict[str, float]] = Field(
        {}, description="Outcome to necessary conditions: how many standard deviations it rises above them"
    )
    correlation: float = Field(0.25, gt=-1, lt=1, description="Of constructs without causes, unless stated")
    correlations: tuple[CorrelationModel, ...] = ()
    decision: str | None = Field(None, description="Yes/no item on which other questions hang")
    groups: dict[str, dict[int, float]] = Field({}, description="Item to the shares of its codes")
    sampled: dict[str, dict[int, float]] = Field(
        {}, description="Item under groups to the shares in the sample; a column weight undoes it"
    )
    classes: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (), description="Shares of latent classes, numbered from 1"
    )
    differences: tuple[DifferenceModel, ...] = ()
    judgements: dict[str, JudgementModel] = Field({}, description="Verdict to what it is judged by")
    choices: dict[str, dict[int, dict[str, float]]] = Field(
        {}, description="Item to codes and effects of constructs on choosing them; constant is the intercept"
    )
    clusters: ClustersModel | None = None
    waves: WavesModel | None = None
    categories: CategoriesModel | None = None
    dyads: DyadsModel | None = None
    offers: dict[str, OffersModel] = Field(
        {}, description="Construct, whose questions are choices among offers, to what these are worth"
    )
    uncertain: dict[str, dict[str, Annotated[float, Field(ge=0)]]] = Field(
        {}, description="Outcome to causes under paths, and the standard deviation of what is known of each"
    )
    habits: HabitsModel = HabitsModel()


def causes_in(pair: str) -> tuple[str, str]:
    """Take ``"a x b"`` apart; the second is empty where there are not two."""
    first, _, second = (part.strip() for part in pair.partition(" x "))
    return first, "" if " x " in second else second
