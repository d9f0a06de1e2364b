"""The YAML door of cleaning rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, FiniteFloat, StringConstraints

from coprod_measure.errors import Problem, ResponsesError
from coprod_measure.responses.cleaning_rules import Action, Basis, CleaningRules, Operator, Rule
from coprod_measure.responses.indices import INDICES
from coprod_measure.shipped import shipped_folder
from coprod_measure.yaml_files import FileModel, YamlFile, did_you_mean, in_file_order, open_yaml, what_holds

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]


class RuleEntry(FileModel):
    """One rule."""

    id: Id
    index: str = Field(description="What is computed for each respondent")
    on: tuple[str, ...] = Field((), description="Items, constructs or columns it is computed from")
    op: Operator
    value: FiniteFloat
    basis: Basis = "raw"
    action: Action
    rationale: str = Field(min_length=1, description="Why; stands in the log and in the report")


class CleaningFile(FileModel):
    """Rules by which answers are marked, excluded or set missing."""

    version: str
    dated: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = Field(
        None, description="The day on which the rules were fixed"
    )
    min_flags: int = Field(0, ge=0, description="Exclude from so many families of marks on; 0 for never")
    seed: int = Field(1, ge=0, description="For simulated cut-offs")
    rules: tuple[RuleEntry, ...] = Field(min_length=1)


def default_rules_path() -> Path:
    """Where the shipped default rules lie."""
    return shipped_folder("instruments") / "cleaning" / "default.yaml"


def read_cleaning_rules(path: str | Path) -> CleaningRules:
    """Read cleaning rules.

    Returns in the order of the file.

    Raises
    ------
    ResponsesError
        With every problem of the file, its line, column and cure.
    """
    file = open_yaml(Path(path), error=ResponsesError)
    parsed, problems = what_holds(file, CleaningFile)
    problems = in_file_order([*problems, *_rule_problems(file)])
    if problems or parsed is None:
        raise ResponsesError.from_problems(problems)
    return CleaningRules(
        version=parsed.version,
        dated=parsed.dated or "",
        min_flags=parsed.min_flags,
        seed=parsed.seed,
        rules=tuple(Rule(**entry.model_dump()) for entry in parsed.rules),
        name=file.path.name,
        sha256=file.sha256,
    )


def _rule_problems(file: YamlFile) -> list[Problem]:
    """Check what a shape cannot say; entries are taken as written, so that one wrong key hides nothing."""
    entries = file.data.get("rules")
    rules = enumerate(entries if isinstance(entries, list) else [])
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, rule in rules:
        if not isinstance(rule, dict):
            continue
        found = list(_problems_of(rule))
        if isinstance(id_ := rule.get("id"), str):
            if id_ in seen:
                found.append(("id", f"the id '{id_}' is used twice", "Rename one", "duplicate-id"))
            seen.add(id_)
        problems += [file.problem(("rules", number, key), *said) for key, *said in found]
    return problems


def _problems_of(rule: dict[str, object]) -> Iterator[tuple[str, str, str, str]]:
    index, value = rule.get("index"), rule.get("value")
    if not isinstance(index, str):
        return
    if index not in INDICES:
        yield "index", f"unknown index '{index}'", did_you_mean(index, INDICES), "unknown-index"
    elif (rule.get("action") == "set_missing") != (index == "value"):
        cure = "Use mark or exclude, or the index value with the items in 'on'"
        yield "action", "'set_missing' goes with the index 'value', and only with it", cure, "wrong-action"
    elif INDICES[index].needs_on and not rule.get("on"):
        yield "index", f"the index '{index}' must know what it looks at", "Add 'on: [...]'", "missing-on"
    if rule.get("basis") == "simulated":
        if INDICES.get(index) and INDICES[index].simulate is None:
            yield "basis", f"'{index}' has no simulated cut-off", "Use raw or percentile", "no-simulation"
        if rule.get("op") not in ("<", ">", "<=", ">="):
            yield "op", "a simulated cut-off needs a direction", "Use < or >", "wrong-operator"
        if isinstance(value, int | float) and not 0 < value < 1:
            yield "value", f"{value:g} is no share", "Use for example 0.01", "out-of-bounds"
    if rule.get("basis") == "percentile" and isinstance(value, int | float) and not 0 <= value <= 100:
        yield "value", f"{value:g} is no percentile", "Use 0 to 100", "out-of-bounds"
