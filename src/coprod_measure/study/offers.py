"""A file of attributes becomes choice tasks: a design, and questions that every platform can ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from coprod_measure.errors import DataError, InstrumentError, Problem
from coprod_measure.output_files import csv_of_frame, write_text
from coprod_measure.structure.methods.conjoint_design import ConjointDesign, conjoint_design
from coprod_measure.structure.offers import BEFORE_LEVEL, BETWEEN_ATTRIBUTES
from coprod_measure.yaml_files import FileModel, YamlFile, parse_yaml, read_yaml


class OffersFile(FileModel):
    """Attributes of offers, and how many tasks are shown."""

    id: str = Field("offers", pattern=r"^[a-z][a-z0-9_-]*$", description="Of the instrument that is written")
    title: str = "Choices among offers"
    theory: str = Field("etgar2007", description="Theory that the construct is of, as in an instrument")
    measures: str = Field("offer_bundle", description="Construct of the theory that the tasks are about")
    question: str = Field("Which of these offers would you take?", description="Asked in every task")
    language: str = Field("en", pattern=r"^[a-z]{2}$")
    attributes: dict[str, tuple[str, ...]] = Field(
        min_length=2, description="Attribute to its levels in words; numbers with one unit count as numbers"
    )
    tasks: int = Field(10, ge=1, le=50)
    alternatives: int = Field(3, ge=2, le=8)
    none: str = Field("", description="Words of the option to take none; left out: one has to be taken")
    prohibited: tuple[dict[str, str], ...] = Field((), description="Combinations that may not be shown")
    priors: dict[str, tuple[float, ...]] = Field(
        {}, description="Expected part-worths of all levels but the first; zero where left out"
    )
    seed: int = Field(1, ge=0)


@dataclass(frozen=True, slots=True)
class WrittenOffers:
    """Files that were written, and what the design is worth."""

    instrument: Path
    design: Path
    made: ConjointDesign


def write_offers(path: str | Path, out: str | Path) -> WrittenOffers:
    """Make a design and write it as a questionnaire.

    Parameters
    ----------
    path : str or pathlib.Path
        A file of the shape :class:`OffersFile`.
    out : str or pathlib.Path
        Folder for ``<id>.yaml``, an instrument of one question a task, to be exported to any platform or
        copied into another instrument, and ``<id>-design.csv``.

    Raises
    ------
    InstrumentError
        If the file is wrong, or no design tells all part-worths apart.
    """
    file = read_yaml(Path(path), error=InstrumentError)
    asked = parse_yaml(file, OffersFile, error=InstrumentError)
    if problems := list(_problems(file, asked)):
        raise InstrumentError.from_problems(problems)
    priors = {
        name: asked.priors.get(name, (0.0,) * (len(levels) - 1)) for name, levels in asked.attributes.items()
    }
    try:
        made = conjoint_design(
            asked.attributes,
            tasks=asked.tasks,
            alternatives=asked.alternatives,
            prohibited=asked.prohibited,
            priors=priors,
            seed=asked.seed,
        )
    except DataError as error:
        found = [
            Problem(f"{file.path.name}, {one.place}", one.cause, one.cure, one.code) for one in error.problems
        ]
        raise InstrumentError.from_problems(found) from error
    folder = Path(out)
    instrument, design = folder / f"{asked.id}.yaml", folder / f"{asked.id}-design.csv"
    write_text(instrument, "\n".join(_instrument(asked, made)) + "\n")
    write_text(design, csv_of_frame(made.tasks, index=False))
    return WrittenOffers(instrument, design, made)


def _problems(file: YamlFile, asked: OffersFile) -> Iterator[Problem]:
    """Find words that would not be read back from the options of a question."""
    for name, levels in asked.attributes.items():
        for text in (name, *levels):
            marks = [mark.strip() for mark in (BETWEEN_ATTRIBUTES, BEFORE_LEVEL) if mark.strip() in text]
            if marks or not text.strip():
                cause = (
                    f"{text!r} holds '{marks[0]}', which sets attributes apart"
                    if marks
                    else "a level is empty"
                )
                yield file.problem(("attributes", name), cause, "Write it otherwise", "reserved-mark")
    if BEFORE_LEVEL in asked.none:
        yield file.problem(("none",), "holds ': ', as offers do", "Write it otherwise", "reserved-mark")
    for name in asked.priors:
        if name not in asked.attributes:
            cause, cure = f"there is no attribute {name!r}", f"Attributes are {', '.join(asked.attributes)}"
            yield file.problem(("priors", name), cause, cure, "unknown-attribute")


def _instrument(asked: OffersFile, made: ConjointDesign) -> Iterator[str]:
    """Write an instrument; every text is quoted, so that nothing in it is taken for YAML."""
    names = [f"{asked.measures}_{task}" for task in range(1, asked.tasks + 1)]
    yield f"# Choice tasks: D error {made.d_error:.3f}, of random tasks {made.random_d_error:.3f}."
    yield "# The options are the offers themselves: leave their words as they are."
    yield f"id: {asked.id}"
    yield f"title: {_quoted(asked.title)}"
    yield 'version: "1.0"'
    yield f"theory: {_quoted(asked.theory)}"
    yield f"languages: [{asked.language}]"
    yield "scales:"
    for name, (_, task) in zip(names, made.tasks.groupby("task", sort=True), strict=True):
        offers = [
            BETWEEN_ATTRIBUTES.join(f"{a}{BEFORE_LEVEL}{row[a]}" for a in asked.attributes)
            for row in task.to_dict("records")
        ]
        options = [*offers, *([asked.none] if asked.none else [])]
        yield f"  {name}_options:"
        yield f"    codes: [{', '.join(str(code) for code in range(1, len(options) + 1))}]"
        yield "    bipolar: false"
        yield "    ordered: false"
        yield "    labels:"
        yield f"      {asked.language}:"
        for option in options:
            yield f"        - {_quoted(option)}"
    yield "questions:"
    for name in names:
        yield f"  - construct: {asked.measures}"
        yield "    kind: single_choice"
        yield f"    scale: {name}_options"
        yield f"    items: {{{name}: {{text: {_quoted(asked.question)}}}}}"
    blocks = (
        f"{{id: offers, title: {{{asked.language}: {_quoted(asked.title)}}}, items: [{', '.join(names)}]}}"
    )
    yield "forms:"
    yield f"  tasks: {{title: {_quoted(asked.title)}, blocks: [{blocks}]}}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
