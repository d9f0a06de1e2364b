"""``coprod check``: every problem of theory, instrument, cleaning and study files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coprod_measure.cli.printing import print_json, say
from coprod_measure.cli.table_files import keep_rows

if TYPE_CHECKING:
    from coprod_measure.drafting.differences import Difference
    from coprod_measure.yaml_files import Finding


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of YAML file: the keys that only it has, and where its checker lives.

    The checker takes a path and returns a list of findings, or raises the problems of the file as its reader
    does. It is imported when a file of its kind comes.
    """

    keys: frozenset[str]
    checker: str

    def load(self) -> Callable[[Path], object]:
        """Import the checker."""
        module, _, name = self.checker.partition(":")
        checker: Callable[[Path], object] = getattr(import_module(module), name)
        return checker


_SEVERITIES = ("error", "warning", "note")
KINDS: dict[str, FileKind] = {
    "theory": FileKind(
        frozenset({"stages", "constructs", "higher_order", "hypotheses", "readings"}),
        "coprod_measure.theory.checks:check_theory",
    ),
    "instrument": FileKind(
        frozenset({"theory", "languages", "placeholders", "scales", "questions", "forms"}),
        "coprod_measure.instrument.checks:check_instrument",
    ),
    "cleaning rules": FileKind(
        frozenset({"dated", "min_flags", "rules"}),
        "coprod_measure.responses.rules_file:read_cleaning_rules",
    ),
    "population": FileKind(
        frozenset({"form", "constructs", "paths", "correlations", "interactions", "habits"}),
        "coprod_measure.simulation.population_file:read_population",
    ),
    "effects": FileKind(
        frozenset({"effect", "effects", "answers", "correlations", "explained"}),
        "coprod_measure.simulation.effects_file:read_effects",
    ),
    "study": FileKind(
        frozenset({"instrument", "responses", "cleaning", "measurement", "structure", "report", "seed"}),
        "coprod_measure.study.checks:check_study_file",
    ),
}


def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Theory, instrument, cleaning rules, population, study (YAML), or the name of a shipped one."
        ),
    ],
    questionnaire: Annotated[
        Path | None,
        typer.Option(help="What was fielded, a platform's file: say where the instrument or study differs."),
    ] = None,
    hypotheses: Annotated[
        bool,
        typer.Option(
            "--hypotheses",
            help="Say of each hypothesis by which test it is judged, what it needs and what is asked.",
        ),
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Print every problem of the files with line, column and cure; exit 1 if any is an error."""
    if hypotheses and json_output:
        raise typer.BadParameter("--hypotheses is for reading; leave it or --json out")
    paths = [path for name in files for path in files_named(name)]
    found = [(path, kind, findings) for path in paths for kind, findings in [check_file(path)]]
    if questionnaire is not None:
        found.append((questionnaire, "questionnaire", _compare(found, questionnaire)))
    told = [_as_dict(path, kind, findings) for path, kind, findings in found]
    keep_rows(
        [{"file": one["file"], "kind": one["kind"]} | each for one in told for each in one["findings"]],
        "findings",
    )
    if json_output:
        print_json(told)
    else:
        for path, kind, findings in found:
            # What forbids to use the file comes first: nobody should have to look for it among notes.
            for finding in sorted(findings, key=lambda one: _SEVERITIES.index(one.severity)):
                say(str(finding))
            if hypotheses and kind in {"study", "instrument"}:
                _say_needs(path, kind)
            say(f"{path} ({kind}): {_count(findings)}")
    if any(finding.severity == "error" for _, _, findings in found for finding in findings):
        raise typer.Exit(1)


def _say_needs(path: Path, kind: str) -> None:
    """Print what each hypothesis needs: of a study those that it names, of an instrument all."""
    from coprod_measure.instrument.read import read_instrument
    from coprod_measure.study.checks import answers_of_nobody, nobody_of
    from coprod_measure.study.definition import parts_of_study, study_of_parts
    from coprod_measure.study.needs import needs_of

    if kind == "instrument":
        needs = needs_of(answers_of_nobody(read_instrument(path), None))
    else:
        study = study_of_parts(*parts_of_study(path))  # also while there are no answers yet
        needs = needs_of(nobody_of(study), study.structure.hypotheses if study.structure else None)
    for one in needs:
        say(str(one))


def _compare(found: list[tuple[Path, str, list[Finding]]], questionnaire: Path) -> list[Finding]:
    """Warnings about every difference between the first instrument or study and what was fielded."""
    from coprod_measure.drafting.differences import differences
    from coprod_measure.drafting.draft import draft_instrument
    from coprod_measure.errors import Problem
    from coprod_measure.instrument.read import read_instrument
    from coprod_measure.study.definition import read_study
    from coprod_measure.yaml_files import Finding

    path, kind = next(((one, kind) for one, kind, _ in found if kind in {"study", "instrument"}), (None, ""))
    if path is None:
        raise typer.BadParameter("name an instrument or a study to compare it with")
    study = read_study(path) if kind == "study" else None
    instrument = study.instrument if study else read_instrument(path)
    draft = draft_instrument(questionnaire)
    form = study.form if study else None
    return [
        Finding("warning", Problem(f"{questionnaire.name}, {one.item}", _in_words(one), "", "differs"))
        for one in differences(instrument, draft.instrument, draft.names, form)
    ]


def _in_words(one: Difference) -> str:
    if one.what == "only here":
        return "the questionnaire does not ask it"
    if one.what == "only in the questionnaire":
        return f"the instrument does not know it: {one.there}"
    return f"another {one.what}: '{one.here}' in the instrument, '{one.there}' in the questionnaire"


def files_named(name: Path) -> list[Path]:
    """Give a path as it is; the name of shipped files stands for each of them, the instrument first."""
    from coprod_measure.errors import InputError
    from coprod_measure.shipped import shipped_folder
    from coprod_measure.yaml_reading import did_you_mean

    if name.suffix or len(name.parts) > 1 or name.exists():
        return [name]
    shipped = list(shipped_folder("instruments").rglob("*.yaml"))
    if not (found := [path for path in shipped if path.stem == str(name)]):
        cause = f"there is no file '{name}', and none of this name is shipped"
        cure = did_you_mean(str(name), sorted({path.stem for path in shipped}))
        raise InputError(cause, cure=cure, code="no-such-file")
    return sorted(found, key=lambda path: (len(path.parts), path))


def check_file(path: Path) -> tuple[str, list[Finding]]:
    """Recognise the kind of a file by its keys and check it.

    Returns
    -------
    kind : str
        ``"theory"``, ``"instrument"`` ..., or ``"unknown"``.
    findings : list of Finding
        Also what forbids to read the file at all.
    """
    from coprod_measure.errors import CoprodError, InputError
    from coprod_measure.yaml_files import Finding, open_yaml

    kind = "unknown"
    try:
        keys = set(open_yaml(path, error=InputError).data)
        kind = _kind_of(path, keys)
        found = KINDS[kind].load()(path)
    except CoprodError as error:
        return kind, [Finding("error", problem) for problem in error.problems]
    return kind, found if isinstance(found, list) else []


def _kind_of(path: Path, keys: set[str]) -> str:
    from coprod_measure.errors import InputError

    kind = max(KINDS, key=lambda name: len(KINDS[name].keys & keys))
    if KINDS[kind].keys & keys:
        return kind
    cure = f"Known are: {', '.join(KINDS)}; each is told by its keys"
    raise InputError(
        "this is no file that this program knows", place=str(path), cure=cure, code="unknown-kind"
    )


def _count(findings: list[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    words = [
        f"{counts[name]} {name}{'s' * (counts[name] > 1)}"
        for name in ("error", "warning", "note")
        if counts[name]
    ]
    return ", ".join(words) or "no problems"


def _as_dict(path: Path, kind: str, findings: list[Finding]) -> dict[str, Any]:
    return {
        "file": str(path),
        "kind": kind,
        "findings": [
            {
                "severity": finding.severity,
                "code": finding.problem.code,
                "place": finding.problem.place,
                "cause": finding.problem.cause,
                "cure": finding.problem.cure,
            }
            for finding in findings
        ],
    }
