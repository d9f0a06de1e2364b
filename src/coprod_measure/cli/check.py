"""``coprod check``: every problem of theory, instrument, cleaning and study files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
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
    "study": FileKind(
        frozenset({"instrument", "responses", "cleaning", "measurement", "structure", "report", "seed"}),
        "coprod_measure.study.checks:check_study_file",
    ),
}


def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Theory, instrument, cleaning rules or study (YAML), or the name of a shipped one."
        ),
    ],
    json_output: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Print every problem of the files with line, column and cure; exit 1 if any is an error."""
    paths = [path for name in files for path in files_named(name)]
    found = [(path, kind, findings) for path in paths for kind, findings in [check_file(path)]]
    if json_output:
        typer.echo(json.dumps([_as_dict(path, kind, findings) for path, kind, findings in found], indent=2))
    else:
        for path, kind, findings in found:
            # What forbids to use the file comes first: nobody should have to look for it among notes.
            for finding in sorted(findings, key=lambda one: _SEVERITIES.index(one.severity)):
                typer.echo(str(finding))
            typer.echo(f"{path} ({kind}): {_count(findings)}")
    if any(finding.severity == "error" for _, _, findings in found for finding in findings):
        raise typer.Exit(1)


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


def _as_dict(path: Path, kind: str, findings: list[Finding]) -> dict[str, object]:
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
