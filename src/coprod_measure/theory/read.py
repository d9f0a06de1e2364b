"""From a theory file to a :class:`Theory`."""

from __future__ import annotations

from pathlib import Path

from coprod_measure.errors import TheoryError
from coprod_measure.theory.definition import Theory, TheoryFile
from coprod_measure.theory.locate import locate
from coprod_measure.theory.references import reference_problems
from coprod_measure.yaml_files import YamlFile, in_file_order, open_yaml, what_holds


def read_theory(name_or_path: str | Path) -> Theory:
    """Read a theory.

    Parameters
    ----------
    name_or_path : str or pathlib.Path
        Name of a shipped theory (``"etgar2007"``) or path of a YAML file.

    Returns
    -------
    Theory
        Stages, constructs, higher-order structures and hypotheses by id, in the order of the file.

    Raises
    ------
    TheoryError
        With every problem of the file, its line, column and cure.

    Examples
    --------
    >>> theory = read_theory("etgar2007")
    >>> len(theory.constructs), len(theory.hypotheses), theory.hypotheses["H1a"].level
    (157, 121, 'stage_transition')
    """
    file = open_yaml(theory_path(name_or_path), error=TheoryError)
    parsed, problems = what_holds(file, TheoryFile)
    if parsed is not None:
        problems = in_file_order([*problems, *reference_problems(file, parsed)])
    if problems or parsed is None:
        raise TheoryError.from_problems(problems)
    return theory_of(file, parsed)


def theory_path(name_or_path: str | Path) -> Path:
    """Find the file of a theory: a path, or the name of a shipped one."""
    return locate(name_or_path, "instruments/theory", what="theory", error=TheoryError)


def theory_of(file: YamlFile, parsed: TheoryFile) -> Theory:
    """Build the record from a checked file."""
    return Theory(**dict(parsed), sha256=file.sha256)
