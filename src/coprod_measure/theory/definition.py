"""The records of a theory: what its file may hold, and what the other rooms see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from coprod_measure.notebook import Shown
from coprod_measure.yaml_files import ENTRY, KEYED, FileModel, Key, Text

if TYPE_CHECKING:
    import pandas as pd

Id = Annotated[str, Field(pattern=r"^[a-z][A-Za-z0-9_]*$", max_length=64)]
HypothesisId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]*$", max_length=32)]
Measurement = Literal["reflective", "composite", "observed", "computed", "not_scaled"]
Unit = Literal["respondent", "category", "partner", "episode", "society", "firm"]
Level = Literal[
    "direct",
    "mediated",
    "moderated",
    "group_difference",
    "relative_importance",
    "stage_transition",
    "discrepancy",
    "measurement",
    "necessity",
    "choice",
    "over_time",
    "segmentation",
    "incremental",
    "nomological",
]
TestedBy = Literal[
    "logit",  # of yes and no, though the claim is one of paths
    "selection",  # once more with a model of who saw the question
    "likelihood_ratio",  # of the model with and without the paths
    "opposite_slopes",  # two slopes are equal with opposite signs
    "first_rank",  # the first source is the most important one
    "method_factor",  # once more beside a factor that markers measure
    "dominance",  # which of the causes weighs most
    "above_others",  # paths to parts of a structure exceed those to its other parts
    "equal_slopes",  # of each cause over all outcomes
    "mixture_regression",  # classes of people who judge otherwise by what a verdict is judged by
    "judgement_rules",  # whose stated rule predicts their verdict better than the other rule
    "latent_classes",  # of yes and no: who takes part in the first only
    "tetrachoric",  # paths between what lies behind yes and no
]
Rule = Literal["additive", "conjunctive", "disjunctive", "lexical"]
DESIGN_COLUMNS = ("category", "partner", "country")
"""What a design sorts people by, whether or not a theory names a construct for it."""
Sign = Literal["positive", "negative", "unsigned"]
Step = Literal["first", "second"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; the order of the file is the order in time."""

    __pydantic_config__: ClassVar = ENTRY

    id: Key
    name: Text
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Computation:
    """How a construct without items of its own is computed from others."""

    __pydantic_config__: ClassVar = ENTRY

    how: Annotated[
        Literal["same", "mean", "sum", "count", "formula"],
        Field(
            description="same: another name of it; mean: of all its items; sum: of the means of its parts; "
            "count: of the parts with an answer above zero; formula: as 'formula' says, of their means"
        ),
    ]
    of: Annotated[tuple[str, ...], Field(min_length=1, description="Constructs or higher-order structures")]
    weights: Annotated[
        str | None, Field(description="For sum: construct with one item a part, in their order")
    ] = None
    formula: Annotated[
        str | None,
        Field(description="For formula: arithmetic over what 'of' names, such as price - hours * worth"),
    ] = None


@dataclass(frozen=True, slots=True)
class Construct:
    """One property that the theory names; composite and observed ones get no AVE, reliability, HTMT."""

    __pydantic_config__: ClassVar = ENTRY
    elsewhere: ClassVar = {
        "reverse": "It belongs to the item: write 'reverse: true' below the item's id in the questionnaire"
    }
    also_called: ClassVar = {"formative": "composite"}

    id: Key
    name: Text
    definition: Annotated[
        Text, Field(description="What it is, in words of this file, not copied from a publication")
    ]
    stage: Annotated[str, Field(description="Id of a stage; leave out for factors of the design")] = ""
    domain: Annotated[str, Field(description="Branch inside the stage, levels separated by /")] = ""
    measurement: Measurement = "reflective"
    unit: Annotated[tuple[Unit, ...], Field(min_length=1, description="Whose property it is")] = (
        "respondent",
    )
    direction: Annotated[
        str, Field(description="Expected sign on the focal outcome, or on the target named here")
    ] = ""
    sources: Annotated[tuple[Text, ...], Field(description="Works cited for it")] = ()
    place: Annotated[str, Field(description="Where the theory's own text names it")] = ""
    suggested_items: str = ""
    parent: Annotated[str | None, Field(description="Higher-order structure it is a facet of")] = None
    merge_with: Annotated[str | None, Field(description="Construct to merge with when both look alike")] = (
        None
    )
    merge_above: Annotated[
        float | None, Field(gt=0, le=1, description="HTMT above which they are merged")
    ] = None
    computed: Annotated[
        Computation | None, Field(description="Rule of a construct whose measurement is computed")
    ] = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class HigherOrder:
    """A structure above the first-order constructs."""

    __pydantic_config__: ClassVar = ENTRY

    id: Key
    name: Text
    kind: Annotated[
        Literal["reflective", "composite"],
        Field(description="reflective: facets share one cause; composite: they make it up"),
    ]
    facets: Annotated[tuple[str, ...], Field(min_length=1, description="Ids; -id counts reversed")]
    rival: Annotated[
        Literal["reflective", "composite"] | None, Field(description="The other kind, to compare both")
    ] = None
    stage: str = ""
    definition: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A claim that data can contradict."""

    __pydantic_config__: ClassVar = ENTRY
    elsewhere: ClassVar = {
        word: f"Write '{key}: ...'"
        for key, words in {
            "via": ("mediator", "mediators", "mediated_by", "through"),
            "sources": ("from", "iv", "predictor", "predictors", "causes", "independent", "antecedents"),
            "targets": ("to", "dv", "outcome", "outcomes", "effects", "dependent", "consequences"),
            "moderators": ("moderated_by", "interaction"),
            "sign": ("direction", "expected"),
            "level": ("kind", "type"),
            "statement": ("text", "hypothesis", "claim"),
            "across": ("over", "groups", "by_group"),
            "within": ("among", "only", "subset", "filter"),
        }.items()
        for word in words
    }
    also_called: ClassVar = {
        "+": "positive",
        "-": "negative",
        "none": "unsigned",
        "any": "unsigned",
        "both": "unsigned",
        "mediation": "mediated",
        "moderation": "moderated",
    }

    id: Key
    statement: Text
    level: Annotated[Level, Field(description="Kind of claim; decides which test fits")]
    sources: Annotated[tuple[str, ...], Field(description="Constructs or higher-order structures")] = ()
    targets: tuple[str, ...] = ()
    sign: Annotated[Sign, Field(description="Of the effect; with via, of the indirect one")] = "unsigned"
    via: Annotated[tuple[str, ...], Field(description="Mediators in order; alternatives separated by |")] = ()
    moderators: Annotated[
        tuple[str, ...], Field(description="Their product with the sources carries the claim")
    ] = ()
    bends: Annotated[
        Step | None,
        Field(
            description="Level mediated with moderators: the step that they bend, first (source to mediator) "
            "or second (mediator to target); left out, the one that another claim says they moderate, "
            "else the first"
        ),
    ] = None
    versus: Annotated[
        tuple[str, ...],
        Field(description="What the sources are set against; level incremental: what is in first"),
    ] = ()
    checked_by: Annotated[
        tuple[str, ...],
        Field(description="Level discrepancy: constructs that ask for the gap directly, told beside"),
    ] = ()
    judged_by: Annotated[
        tuple[str, ...],
        Field(description="What the targets are judged by: constructs, or one with several items"),
    ] = ()
    rules: Annotated[
        Mapping[str, Rule],
        Field(description="Words in the options of the first source to the rule that they state"),
    ] = field(default_factory=dict)
    balance: Annotated[
        str | None,
        Field(
            description="Level choice, or tested_by logit: construct that sets the sources off against each "
            "other in one amount, such as money; where it was asked the verdict is about it"
        ),
    ] = None
    source_signs: Annotated[Mapping[str, Sign], Field(description="Sources whose sign differs")] = field(
        default_factory=dict
    )
    blocks: Annotated[
        Mapping[str, tuple[str, ...]],
        Field(
            description="Level relative_importance: name of a block to the sources that are ranked in "
            "it, after the blocks among each other; a source in no block stands alone"
        ),
    ] = field(default_factory=dict)
    no_difference: Annotated[
        bool, Field(description="With groups: the claim is that there is no difference between them")
    ] = False
    contrast: Annotated[
        Mapping[str, float],
        Field(
            description="Words in the names of groups (categories, partners, countries, options of a "
            "question) to weights; those above zero expected higher, or with stronger paths where they are "
            "groups of across"
        ),
    ] = field(default_factory=dict)
    across: Annotated[
        tuple[str, ...],
        Field(
            description="Constructs that sort people, by a column of the design, arms or a question with "
            "options, or category, partner, country: its paths are compared over these groups, beside the "
            "verdict; an amount sorts them into thirds"
        ),
    ] = ()
    within: Annotated[
        Mapping[str, tuple[str, ...]],
        Field(
            description="Construct that sorts people (or category, partner, country) to words in the names "
            "of its groups: the claim is about those alone, and so is its verdict where they can be told"
        ),
    ] = field(default_factory=dict)
    test: Annotated[str, Field(description="The test in words")] = ""
    tested_by: Annotated[
        tuple[TestedBy, ...], Field(description="What its test needs beyond what its kind of claim gets")
    ] = ()
    units: Annotated[
        tuple[int, ...],
        Field(description="Level measurement: numbers of units compared, largest first"),
    ] = ()
    needs_unit: tuple[Unit, ...] = ("respondent",)
    needs_waves: Annotated[int, Field(ge=1, le=50)] = 1
    rests_on: Annotated[str, Field(description="Place in the theory's text")] = ""
    note: str = ""

    @property
    def steps(self) -> tuple[tuple[str, ...], ...]:
        """Ids of each step of ``via``, alternatives side by side."""
        return tuple(tuple(id_.strip() for id_ in step.split("|")) for step in self.via)

    @property
    def ranks_causes(self) -> bool:
        """Whether its test asks which of its sources weighs most."""
        return self.level == "relative_importance" or "dominance" in self.tested_by

    @property
    def claims_a_first(self) -> bool:
        """Whether its first source is claimed to be the most important one."""
        return (
            self.level == "relative_importance" and self.sign != "unsigned" and "first_rank" in self.tested_by
        )

    @property
    def rises(self) -> tuple[str, ...]:
        """What it says rises from wave to wave: outcomes without causes, or the stages of a chain.

        More people move forward than back only where the shares of the stages change.
        """
        if self.needs_waves > 1 and self.level == "stage_transition" and len(self.sources) > 1:
            return (*self.sources, *self.targets[-1:]) if self.sources[1:] == self.targets[:-1] else ()
        return self.targets if self.level == "over_time" and not self.sources else ()

    @property
    def mediators(self) -> tuple[str, ...]:
        """Ids of all steps."""
        return tuple(id_ for step in self.steps for id_ in step)


@dataclass(frozen=True, slots=True)
class Reading:
    """A place where the theory's text is ambiguous, and the reading taken."""

    __pydantic_config__: ClassVar = ENTRY

    id: Id
    ambiguity: Text
    reading: Text
    reason: Text
    place: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Theory(Shown):
    """A whole theory; mappings keep the order of the file."""

    id: str
    title: str
    version: str
    source: str
    stages: Mapping[str, Stage]
    constructs: Mapping[str, Construct]
    higher_order: Mapping[str, HigherOrder]
    hypotheses: Mapping[str, Hypothesis]
    readings: tuple[Reading, ...] = ()
    sha256: str = ""

    def table(self) -> pd.DataFrame:
        """One row a hypothesis: ``id statement level sign``."""
        import pandas as pd

        rows = [(one.id, one.statement, one.level, one.sign) for one in self.hypotheses.values()]
        return pd.DataFrame(rows, columns=["id", "statement", "level", "sign"])

    def stage_of(self, id_: str) -> str:
        """Id of the stage of a construct or a higher-order structure; empty outside the stages."""
        return self.constructs[id_].stage if id_ in self.constructs else self.higher_order[id_].stage

    def first_order(self, id_: str) -> tuple[str, ...]:
        """Ids of the first-order constructs below ``id_`` (itself, if it is one).

        What is another name of other constructs stands for those.
        """
        rule = self.constructs[id_].computed if id_ in self.constructs else None
        if id_ not in self.higher_order and (rule is None or rule.how != "same"):
            return (id_,)
        found: list[str] = []
        for facet in rule.of if rule else self.higher_order[id_].facets:
            found.extend(self.first_order(facet.removeprefix("-")))
        return tuple(dict.fromkeys(found))

    def bent_step(self, hypothesis: Hypothesis) -> Step:
        """Say which step of an indirect effect its moderators bend.

        Where the claim itself leaves it open, it is the step that another claim says they moderate.
        """
        if hypothesis.bends is not None:
            return hypothesis.bends

        by = set(hypothesis.moderators)

        def moderated(causes: Iterable[str], effects: Iterable[str]) -> bool:
            return any(
                by & set(one.moderators)
                and set(causes) & set(one.sources)
                and set(effects) & set(one.targets)
                for one in self.hypotheses.values()
                if one.level == "moderated"
            )

        steps = (hypothesis.sources, hypothesis.mediators, hypothesis.targets)
        second = moderated(*steps[1:]) and not moderated(*steps[:2])
        return "second" if second else "first"


class TheoryFile(FileModel):
    """A theory: stages, constructs, structures above them, hypotheses."""

    id: Id
    title: Text
    version: Text
    source: str = Field("", description="The publication that states the theory")
    stages: Annotated[dict[Id, Stage], KEYED] = Field(default_factory=dict)
    constructs: Annotated[dict[Id, Construct], KEYED] = Field(min_length=1)
    higher_order: Annotated[dict[Id, HigherOrder], KEYED] = Field(default_factory=dict)
    hypotheses: Annotated[dict[HypothesisId, Hypothesis], KEYED] = Field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
