"""A study file: which instrument, which answers, which rules, which models, which seed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, create_model

from coprod_measure.errors import ModelError, Problem, StudyError
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.instrument.definition import Instrument, as_texts
from coprod_measure.instrument.read import read_instrument
from coprod_measure.measurement.factors.rotation_names import Rotation
from coprod_measure.measurement.parts import Extra
from coprod_measure.provenance import is_file
from coprod_measure.study.control_checks import Asked, control_problems
from coprod_measure.yaml_files import FileModel, YamlFile, did_you_mean, parse_yaml, read_yaml

Level = Literal["configural", "metric", "scalar", "strict", "means"]
Format = Literal["html", "md", "tex", "docx", "xlsx", "json"]
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
    wave: str | dict[str, str] | None = Field(None, description="Column that tells waves apart; " + _BESIDE)
    category: str | dict[str, str] | None = Field(
        None, description="Column that tells product categories apart; " + _BESIDE
    )
    partner: str | None = Field(None, description="Column that tells partners of one person apart")
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
    draws: int = Field(
        5000, ge=500, le=1_000_000, description="Monte Carlo draws for the intervals of effects"
    )
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


class ReportModel(FileModel):
    """What is written at the end."""

    formats: tuple[Format, ...] = Field(("html",), min_length=1, description=", ".join(FORMATS))
    length: Length = Field("full", description="paper: about eight pages, what a journal prints")
    language: str | None = Field(
        None, description="Language the questionnaire was fielded in; wordings follow"
    )
    fills: dict[str, str] = Field(
        {}, description="Placeholder of the wordings to what respondents read: {category: furniture}"
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


@dataclass(frozen=True, slots=True)
class Study:
    """A study as it was read.

    Attributes
    ----------
    path : str
        The study file. Every other file is named relative to its folder.
    options : mapping
        Everything the file says, defaults filled in, for the report's last section.
    outside : bool
        Whether the user, and not only the file, wants outputs outside the study's folder.
    """

    id: str
    title: str
    path: str
    instrument: Instrument
    form: str | None
    responses: ResponsesModel
    cleaning: str | None
    measurement: MeasurementModel
    structure: StructureModel | None
    groups: tuple[str, ...]
    seed: int
    out: str
    formats: tuple[str, ...]
    options: Mapping[str, object]
    sha256: str
    compare_exclusions: bool = False
    reference: Mapping[str, str | int] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    outside: bool = False
    report: ReportModel = field(default_factory=ReportModel)

    @property
    def folder(self) -> Path:
        """The folder of the study file."""
        return Path(self.path).parent

    @property
    def out_folder(self) -> Path:
        """The folder that records and reports go to."""
        return self.folder / self.out


def read_study(path: str | Path, *, answers_needed: bool = True) -> Study:
    """Read a study file and the instrument it names.

    Parameters
    ----------
    answers_needed : bool
        False: the file of answers may be gone, as saved records stand without it.

    Raises
    ------
    StudyError
        With every problem of the file.
    """
    file, model, instrument = parts_of_study(path)
    problems = check_study(file, model, instrument)
    if not answers_needed:
        absent = file.problem(("responses", "file"), "", "", "no-file").place
        problems = [one for one in problems if (one.code, one.place) != ("no-file", absent)]
    if problems:
        raise StudyError.from_problems(problems)
    return study_of_parts(file, model, instrument)


def parts_of_study(path: str | Path) -> tuple[YamlFile, StudyModel, Instrument]:
    """Read a study file and the instrument it names, each sound by itself.

    Raises
    ------
    StudyError, InstrumentError, TheoryError
        With every problem of one of the files.
    """
    file = read_yaml(Path(path), error=StudyError)
    plain = set(file.names("structure")) <= set(StructureModel.model_fields)
    model = parse_yaml(file, StudyModel if plain else with_kinds(), error=StudyError)
    beside = file.path.parent / model.instrument
    return file, model, read_instrument(beside if is_file(beside) else model.instrument)


def study_of_parts(file: YamlFile, model: StudyModel, instrument: Instrument) -> Study:
    """Put together what :func:`parts_of_study` read and :func:`check_study` found sound."""
    own = {
        "path": str(file.path),
        "instrument": instrument,
        "formats": model.report.formats,
        "report": model.report,
        "options": model.model_dump(),
        "sha256": file.sha256,
        "responses": model.responses.model_copy(update=model.design.said()),
        "form": model.one_form,
        "forms": model.form if isinstance(model.form, dict) else {},
    }
    given: dict[str, Any] = {name: value for name, value in model if name not in {"report", "design"}}
    return Study(**(given | own))


def check_study(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    """Find names that lead nowhere and files that are not there."""
    problems = [*_estimator_problems(file, model), *_design_problems(file, model)]
    problems += [*_structure_problems(file, model, instrument), *_report_problems(file, model, instrument)]
    problems += _form_problems(file, model, instrument)
    known: list[tuple[tuple[str, ...], Iterable[str], Collection[str], str]] = [
        (
            ("measurement", "constructs"),
            model.measurement.constructs or (),
            instrument.constructs,
            "construct",
        ),
        (("groups",), model.groups, _groupable(model, instrument), "item or kept column"),
    ]
    if model.structure:
        hypotheses = instrument.theory.hypotheses
        known.append((("structure", "hypotheses"), model.structure.hypotheses, hypotheses, "hypothesis"))
    for loc, names, among, kind in known:
        for i, name in enumerate(names):
            if name not in among:
                cure = did_you_mean(name, among)
                code = f"unknown-{kind.split()[0]}"
                problems.append(file.problem((*loc, i), f"there is no {kind} {name!r} to use", cure, code))
    problems += _reference_problems(file, model, instrument)
    composites = (*instrument.constructs, *instrument.theory.higher_order)
    for composite, item in model.measurement.criteria.items():
        for name, among, kind in (
            (composite, composites, "construct"),
            (item, tuple(instrument.items), "item"),
        ):
            if name not in among:
                where = ("measurement", "criteria", composite)
                cure = did_you_mean(name, among)
                problems.append(
                    file.problem(where, f"there is no {kind} {name!r} to use", cure, f"unknown-{kind}")
                )
    return [*problems, *_absent_files(file, model)]


def _absent_files(file: YamlFile, model: StudyModel) -> list[Problem]:
    """Find files that are named and not there."""
    exports = model.responses.file
    named: dict[tuple[str, ...], str | None] = (
        {("responses", "file"): exports}
        if isinstance(exports, str)
        else {("responses", "file", wave): name for wave, name in exports.items()}
    )
    named |= {
        ("responses", "context"): model.responses.context,
        ("design", "context"): model.design.context,
        ("cleaning",): model.cleaning,
    }
    cure = "Check the name; it is relative to the folder of this file"
    return [
        file.problem(loc, f"there is no file {name!r}", cure, "no-file")
        for loc, name in named.items()
        if name is not None and not is_file(file.path.parent / name)
    ]


def _reference_problems(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    """Find reference groups of columns that are not compared, or that no answer to an item names."""
    problems = []
    for name, group in model.reference.items():
        scale = instrument.scale_of(name) if name in instrument.items else None
        known = (*scale.labels.get(instrument.languages[0], ()), *map(str, scale.codes)) if scale else ()
        if name not in model.groups:
            words, cure = f"no groups of {name!r} are compared", "Name the column under groups as well"
        elif known and str(group) not in known:
            words, cure = f"{name} has no answer {str(group)!r}", did_you_mean(str(group), known)
        else:
            continue
        problems.append(file.problem(("reference", name), words, cure, "unknown-reference"))
    return problems


def _report_problems(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    """Find a language that the questionnaire does not have, and fills that no wording has a place for."""
    problems = []
    language = model.report.language
    if language is not None and language not in instrument.languages:
        cause = f"instrument {instrument.id!r} has no language {language!r}"
        cure = did_you_mean(language, instrument.languages)
        problems.append(file.problem(("report", "language"), cause, cure, "unknown-language"))
    for name in model.report.fills:
        if name not in instrument.placeholders:
            cause, cure = f"no wording has a place {name!r}", did_you_mean(name, instrument.placeholders)
            problems.append(file.problem(("report", "fills", name), cause, cure, "unknown-placeholder"))
    return problems


def _structure_problems(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    if model.structure is None:
        return []
    asked = model.structure.controls, model.structure.hypotheses, model.responses.keep, model.one_form
    controls = control_problems(file, Asked(*asked), instrument)
    return [*_family_problems(file, model.structure), *controls]


def _form_problems(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    """Find forms that do not exist, and waves that have none or no export."""
    if model.form is None:
        return []
    named = (
        {("form",): model.form}
        if isinstance(model.form, str)
        else {("form", k): v for k, v in model.form.items()}
    )
    problems = [
        file.problem(
            loc,
            f"instrument {instrument.id!r} has no form {name!r}",
            did_you_mean(name, instrument.forms),
            "unknown-form",
        )
        for loc, name in named.items()
        if name not in instrument.forms
    ]
    exports = model.responses.file
    if isinstance(model.form, dict) and (isinstance(exports, str) or set(exports) != set(model.form)):
        waves = "one export" if isinstance(exports, str) else f"exports of {', '.join(exports)}"
        cause = f"forms are named for waves {', '.join(model.form)}, and responses has {waves}"
        cure = "Name an export and a form for the same waves, or one form for all"
        problems.append(file.problem(("form",), cause, cure, "forms-and-waves"))
    return problems


def _groupable(model: StudyModel, instrument: Instrument) -> tuple[str, ...]:
    """Items, kept columns, and groups whose name a pattern of kept columns fits."""
    # A file that compares no groups is read without what reads answers.
    from coprod_measure.responses.told_columns import fits

    keep = model.responses.keep
    return (
        *instrument.items,
        *keep,
        *(name for name in model.groups if any(fits(one, name) for one in keep)),
    )


def _family_problems(file: YamlFile, asked: StructureModel) -> list[Problem]:
    """Find members of families that are not tested, or whose p value would be adjusted twice."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for name, ids in asked.families.items():
        for place, id_ in enumerate(ids):
            where = ("structure", "families", name, place)
            if id_ not in asked.hypotheses:
                cure = did_you_mean(id_, asked.hypotheses)
                problems.append(
                    file.problem(where, f"{id_!r} is not under 'hypotheses'", cure, "unknown-hypothesis")
                )
            elif id_ in seen:
                problems.append(
                    file.problem(
                        where, f"{id_} is in two families", "Leave it in one of them", "in-two-families"
                    )
                )
            seen.add(id_)
    return problems


def _design_problems(file: YamlFile, model: StudyModel) -> list[Problem]:
    """Find what is said twice, under responses and under design, and not alike."""
    problems = []
    for name, value in model.design.said().items():
        own = "person" if name == "id_column" else name
        if getattr(model.responses, name) not in (None, value):
            cause, cure = f"responses says another {name}", "Say it once, under design"
            problems.append(file.problem(("design", own), cause, cure, "said-twice"))
    return problems


def _estimator_problems(file: YamlFile, model: StudyModel) -> list[Problem]:
    """Find estimators that do not exist, or cannot treat missing answers as asked."""
    measured, tested = model.measurement, model.structure
    asked = {"measurement": (measured.estimator, measured.missing)}
    if tested and (tested.estimator or tested.missing):
        asked["structure"] = (tested.estimator or measured.estimator, tested.missing or measured.missing)
    problems = []
    for part, (estimator, missing) in asked.items():
        own = "estimator" in file.names(part)
        try:
            fit_options({"estimator": estimator, "missing": missing})
        except ModelError as error:
            for one in error.problems:
                if one.code == "unsupported-combination":
                    where, cure = (
                        "estimator" if own else "missing",
                        "Write 'estimator: MLR', or 'missing: listwise'",
                    )
                    problems.append(file.problem((part, where), one.cause, cure, one.code))
                elif own:
                    cause = f"'estimator' cannot be '{estimator}'"
                    problems.append(file.problem((part, "estimator"), cause, one.cure, "unknown-value"))
    return problems
