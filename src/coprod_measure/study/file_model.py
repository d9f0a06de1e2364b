"""What a study file may hold: which instrument, which answers, which rules, which models, which seed."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field, create_model

from coprod_measure.estimation.rotation.names import Rotation
from coprod_measure.instrument.definition import as_texts
from coprod_measure.measurement.parts import Extra
from coprod_measure.yaml_files import FileModel

Level = Literal["configural", "metric", "scalar", "strict", "means"]
Format = Literal["html", "pdf", "docx", "tex", "md", "xlsx", "json"]
Length = Literal["paper", "full"]
LENGTHS: tuple[str, ...] = get_args(Length)
FORMATS: tuple[str, ...] = get_args(Format)
"""What a report can be written as; each is a module of that name in :mod:`coprod_measure.report.formats`."""

MissingKind = Literal["not_shown", "unanswered", "not_applicable"]
_BESIDE = 'or, where they stand side by side, their columns: {before: "*_w1", after: "*_w2"}'


class LimitedCode(FileModel):
    """A cell that is no answer to some items."""

    means: MissingKind
    among: tuple[str, ...] = Field(min_length=1, description="Items, scales or constructs")


class ResponsesModel(FileModel):
    """Where the answers are and how to read them."""

    file: str | Annotated[dict[str, str], BeforeValidator(as_texts)] = Field(
        description="The platform's export, as it came; relative to this file. Several exports of the same "
        "people, one a wave, in the order of time: {1: first.csv, 2: second.csv}"
    )
    source: str = Field("auto", description="Platform; auto recognises it and says why")
    columns: dict[str, str | tuple[str, ...]] | None = Field(
        None, description="Item to its heading, or headings of which each person answered one; * is any text"
    )
    keep: tuple[str, ...] = Field((), description="Further columns to carry along; * is any text")
    id_column: str | None = Field(None, description="Column with the respondent's id")
    anonymous_ids: bool = Field(
        False, description="The ids are codes that identify nobody; else hashes stand in their place"
    )
    missing_codes: Annotated[dict[str, MissingKind | LimitedCode], BeforeValidator(as_texts)] | None = Field(
        None, description="Cells that are no answers, and why: not_shown, unanswered or not_applicable"
    )
    large: bool = Field(
        False, description="Lift the limits on the file's cells, and on time and memory to read it"
    )
    encoding: str | None = Field(None, description="Of a text file; found out when left out")
    invited: int | None = Field(None, ge=1, description="How many were asked to take part: the response rate")
    planned: int | None = Field(
        None, ge=1, description="How many respondents are sought: the plan keeps it, the report says who came"
    )
    wave: str | dict[str, str] | None = Field(None, description="Column that tells waves apart; " + _BESIDE)
    category: str | dict[str, str] | None = Field(
        None, description="Column that tells product categories apart; " + _BESIDE
    )
    partner: str | None = Field(None, description="Column that tells partners of one person apart")
    episode: str | None = Field(None, description="Column that tells times of taking part apart")
    country: str | None = Field(None, description="Column with the country")
    context: str | None = Field(
        None, description="Table of facts about countries: a column country, one a construct of societies"
    )
    weight: str | None = Field(None, description="Column with sampling weights")
    cluster: str | None = Field(
        None,
        description="Column with the clusters that people were drawn in; people with several rows are some",
    )

    @property
    def files(self) -> tuple[str, ...]:
        """Every export."""
        return (self.file,) if isinstance(self.file, str) else tuple(self.file.values())


class DesignModel(FileModel):
    """Whose the rows are and how they were drawn: columns of the answers."""

    person: str | None = Field(None, description="Column with the respondent's id")
    wave: str | dict[str, str] | None = Field(None, description="As under responses")
    category: str | dict[str, str] | None = Field(None, description="As under responses")
    partner: str | None = Field(None, description="As under responses")
    episode: str | None = Field(None, description="As under responses")
    country: str | None = Field(None, description="As under responses")
    context: str | None = Field(None, description="As under responses")
    weight: str | None = Field(None, description="As under responses")
    cluster: str | None = Field(None, description="As under responses")

    def said(self) -> dict[str, object]:
        """Give what is named, as options of the answers."""
        found = {"id_column" if k == "person" else k: v for k, v in self.model_dump().items()}
        return {name: value for name, value in found.items() if value is not None}


class MeasurementModel(FileModel):
    """How the items are examined."""

    constructs: tuple[str, ...] | None = Field(
        None, description="Constructs in the measurement model; all reflective ones"
    )
    n_factors: int | None = Field(
        None, ge=1, description="Factors to extract; parallel analysis decides when left out"
    )
    rotation: Rotation = Field("oblimin", description="Rotation of the exploratory factors")
    extraction: Literal["minres", "ml", "principal_axis"] = Field(
        "minres", description="How factors are extracted"
    )
    correlation: Literal["pearson", "polychoric"] = Field(
        "pearson", description="Correlations behind number of factors and exploratory factors"
    )
    parallel_draws: int = Field(
        200, ge=20, le=100_000, description="Random data sets of the parallel analysis"
    )
    estimator: str = Field("MLR", description="Estimator of the confirmatory model")
    missing: Literal["listwise", "fiml"] = Field("fiml", description="How missing answers are treated")
    comparison_data: bool = Field(
        False, description="Ask simulated comparison data for the number of factors too; takes seconds"
    )
    levels: tuple[Level, ...] = Field(
        ("configural", "metric", "scalar", "strict"), min_length=1, description="Of invariance over groups"
    )
    htmt_draws: int = Field(
        500, ge=0, le=1_000_000, description="Bootstrap draws behind the intervals of HTMT"
    )
    permutations: int = Field(200, ge=20, le=100_000, description="Shuffled groups of the extra permutation")
    criteria: dict[str, str] = Field(
        {}, description="Composite to the item that asks for the whole of it, to weigh its parts by"
    )
    collapse_empty_categories: bool = Field(
        False, description="Ordered answers: join a category that a group never used with its neighbour"
    )
    extras: tuple[Extra, ...] = Field((), description="Further parts; each takes its time")
    wave: str = Field("", description="Which wave is examined, where people have several rows; the first")
    category: str = Field("", description="Which category is examined; the most frequent")


class StructureModel(FileModel):
    """Which hypotheses are tested and how."""

    hypotheses: tuple[str, ...] = Field(description="Ids in the theory file, in the order of the report")
    estimator: str | None = Field(None, description="Estimator of the structural models; as in measurement")
    missing: Literal["listwise", "fiml"] | None = Field(
        None, description="Missing answers; as in measurement"
    )
    method: Literal["auto", "sem", "sam", "pls"] = Field(
        "auto",
        description="Models in one step, or structural after measurement; auto: sam beyond 30 constructs. "
        "pls: paths by consistent partial least squares; other kinds of test keep their models",
    )
    intervals: Literal["monte_carlo", "bootstrap"] = Field(
        "monte_carlo",
        description="Of paths and indirect effects: drawn from the estimates and their errors, or models "
        "fitted again to respondents drawn with replacement, which takes minutes",
    )
    draws: int = Field(5000, ge=500, le=1_000_000, description="Draws for the intervals of effects")
    level: float = Field(0.05, gt=0, lt=0.5, description="Significance level of the verdicts")
    adjust: Literal["holm", "benjamini_hochberg", "none"] = Field(
        "holm", description="How p values are adjusted for the number of hypotheses"
    )
    families: dict[str, tuple[str, ...]] = Field(
        {},
        description="Names to hypotheses adjusted together, {chain: [H1a, H1b]}; all together when left out",
    )
    smallest_effect: float | None = Field(
        None, gt=0, description="Standardised effects below it are negligible, and tested for being so"
    )

    controls: tuple[str, ...] | dict[str, tuple[str, ...]] = Field(
        (),
        description="Items and kept columns held constant in every structural equation; by outcome: "
        "{eva_satisfaction: [age], all: [gender]}. Names become 0/1 columns, amounts stay as they are",
    )

    @property
    def kinds(self) -> dict[str, dict[str, Any]]:
        """Kind of test to its options, where the file names any (:func:`with_kinds`)."""
        named = [name for name in type(self).model_fields if name not in StructureModel.model_fields]
        return {name: getattr(self, name).model_dump() for name in named}


class BesideModel(FileModel):
    """A second language beside the fielded one."""

    language: str = Field(description="One of the questionnaire's")
    fills: dict[str, str] = Field({}, description="Placeholder to its text in this language")


class ReportModel(FileModel):
    """What is written at the end."""

    also_called: ClassVar = {
        "word": "docx",
        "doc": "docx",
        "excel": "xlsx",
        "latex": "tex",
        "markdown": "md",
        "htm": "html",
    }
    formats: tuple[Format, ...] = Field(("html",), min_length=1, description=", ".join(FORMATS))
    length: Length = Field("full", description="paper: about eight pages, what a journal prints")
    language: str | None = Field(
        None, description="Language the questionnaire was fielded in; wordings follow"
    )
    fills: dict[str, str] = Field(
        {}, description="Placeholder of the wordings to what respondents read: {category: furniture}"
    )
    beside: BesideModel | None = Field(
        None, description="A column of the measurement table with the wordings in a second language"
    )


class StudyModel(FileModel):
    """The shape of a study file."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="Short name, used for the output files")
    title: str
    instrument: str = Field(description="A shipped instrument or a file beside this one")
    form: str | Annotated[dict[str, str], BeforeValidator(as_texts)] | None = Field(
        None, description="Which form of the instrument was fielded; or which in each wave"
    )
    responses: ResponsesModel
    design: DesignModel = DesignModel()
    cleaning: str | None = Field(None, description="Cleaning rules; the shipped default when left out")
    compare_exclusions: bool = Field(
        False, description="Show the key numbers also with nobody excluded; takes about as long again"
    )
    measurement: MeasurementModel = MeasurementModel()
    structure: StructureModel | None = Field(None, description="Leave out when nothing structural is tested")
    groups: tuple[str, ...] = Field((), description="Items or kept columns whose groups are compared")
    reference: dict[str, str | int] = Field(
        {},
        description="Column under groups to the group that the others are compared with; else the "
        "largest of those that are answers",
    )
    seed: int = Field(ge=0, lt=2**63, description="Makes every random step repeatable")
    out: str = Field("out", description="Folder for records and reports, relative to this file")
    report: ReportModel = ReportModel()

    @property
    def one_form(self) -> str | None:
        """The form of every wave."""
        return self.form if isinstance(self.form, str) else None


@lru_cache(maxsize=1)
def with_kinds() -> type[StudyModel]:
    """Give a study file the options of every kind of test: a new kind needs no line here."""
    # Most files name none, and are read without the libraries that the kinds need.
    from coprod_measure.structure.kinds import KINDS

    own: dict[str, Any] = {
        name: (kind.options, Field(kind.options(), description=f"Options of the kind {name}"))
        for name, kind in KINDS.items()
        if kind.options.model_fields
    }
    structure = create_model("StructureModel", __base__=StructureModel, **own)
    structure.__doc__ = StructureModel.__doc__
    field: Any = (structure | None, StudyModel.model_fields["structure"])
    return create_model("StudyModel", __base__=StudyModel, __doc__=StudyModel.__doc__, structure=field)
