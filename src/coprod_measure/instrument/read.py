"""From an instrument file to an :class:`Instrument`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from coprod_measure.errors import CoprodError, InstrumentError, Problem, TheoryError
from coprod_measure.instrument.definition import Form, Instrument, Item
from coprod_measure.instrument.file_model import FormEntry, InstrumentFile
from coprod_measure.instrument.references import Placed, placed_items, reference_problems
from coprod_measure.theory.definition import Construct, Theory
from coprod_measure.theory.locate import locate
from coprod_measure.theory.read import read_theory
from coprod_measure.yaml_files import YamlFile, in_file_order, open_yaml, what_holds


@dataclass(frozen=True, slots=True)
class InstrumentSource:
    """What was found in an instrument file, sound or not.

    Attributes
    ----------
    parsed : InstrumentFile or None
        Its sound parts; None when nothing is left to work with.
    theory : Theory or None
        None when it could not be read; ``problems`` says why.
    problems : list of Problem
        Everything that forbids to use it, in the order of the file.
    """

    file: YamlFile
    parsed: InstrumentFile | None
    theory: Theory | None
    problems: list[Problem]


def read_instrument(name_or_path: str | Path) -> Instrument:
    """Read an instrument with its theory.

    Parameters
    ----------
    name_or_path : str or pathlib.Path
        Name of a shipped instrument (``"etgar2007"``) or path of a YAML file.

    Returns
    -------
    Instrument
        Scales, items, forms and constructs by id, in the order of the file.

    Raises
    ------
    InstrumentError
        With every problem of the file, its line, column and cure.

    Examples
    --------
    >>> instrument = read_instrument("bfi25")
    >>> list(instrument.constructs)
    ['agreeableness', 'conscientiousness', 'extraversion', 'neuroticism', 'openness']
    >>> [item.id for item in instrument.items_of("openness")]
    ['O1', 'O2', 'O3', 'O4', 'O5']
    """
    source = open_instrument(name_or_path)
    if source.problems or source.parsed is None or source.theory is None:
        raise InstrumentError.from_problems(source.problems)
    return instrument_of(source.file, source.parsed, source.theory)


def open_instrument(name_or_path: str | Path) -> InstrumentSource:
    """Read an instrument file and collect its problems instead of raising them."""
    path = locate(name_or_path, "instruments", what="instrument", error=InstrumentError)
    file = open_yaml(path, error=InstrumentError)
    parsed, problems = what_holds(file, InstrumentFile)
    if parsed is None:
        return InstrumentSource(file, None, None, problems)
    theory = None
    of_theory: tuple[Problem, ...] = ()
    if parsed.theory is not None:
        try:
            theory = _theory_beside(file, parsed.theory)
        except CoprodError as error:
            of_theory = _theory_problems(file, parsed.theory, error)
    elif "theory" not in file.data:
        theory = _theory_within(file, parsed)
    problems += reference_problems(file, parsed, theory)
    return InstrumentSource(file, parsed, theory, [*of_theory, *in_file_order(problems)])


def _theory_beside(file: YamlFile, name: str) -> Theory:
    """Read the theory that an instrument names: a path starts from the instrument's folder."""
    return read_theory(
        locate(name, "instruments/theory", what="theory", error=TheoryError, beside=file.path.parent)
    )


def _theory_within(file: YamlFile, parsed: InstrumentFile) -> Theory:
    """Build the constructs that an instrument names by itself, about which nothing is claimed."""
    constructs = {id_: Construct(id_, name, "") for id_, name in parsed.constructs.items()}
    return Theory(parsed.id, parsed.title, parsed.version, "", {}, constructs, {}, {}, sha256=file.sha256)


def _theory_problems(file: YamlFile, name: str, error: CoprodError) -> tuple[Problem, ...]:
    """Give every problem of a theory file at its own place; of one that cannot be read, where it is named."""
    first = error.problems[0]
    if first.code == "unknown-theory":
        return (file.problem(["theory"], first.cause, first.cure, first.code),)
    if re.search(r":\d+:\d+$", first.place):
        return error.problems
    cause = f"its theory '{name}' cannot be used: {first.cause} ({first.place})"
    return (file.problem(["theory"], cause, first.cure, "theory-unusable"),)


def instrument_of(file: YamlFile, parsed: InstrumentFile, theory: Theory) -> Instrument:
    """Build the record from a checked file."""
    items = {placed.id: _item(placed) for placed in placed_items(parsed)}
    measured = {item.construct_id for item in items.values()}
    own = {
        "theory": theory,
        "items": items,
        "forms": {id_: _form(id_, entry, items) for id_, entry in parsed.forms.items()},
        "constructs": {id_: construct for id_, construct in theory.constructs.items() if id_ in measured},
        "sha256": file.sha256,
    }
    given = {name: value for name, value in parsed if name != "questions"}
    return Instrument(**(given | own))


def _item(placed: Placed) -> Item:
    # What a group says for all its items is settled in ``placed``.
    settled = {"construct_id", "role", "kind", "scale", "accepts"}
    given = {name: value for name, value in placed.entry if name not in settled}
    given |= {"kind": placed.kind, "role": placed.role, "construct_id": placed.construct_id}
    return Item(id=placed.id, scale_id=placed.scale, **given)


def _form(id_: str, entry: FormEntry, items: dict[str, Item]) -> Form:
    members: dict[str, list[str]] = {}
    for item in items.values():
        if item.construct_id and item.role == "construct":
            members.setdefault(item.construct_id, []).append(item.id)
    blocks = tuple(
        replace(block, items=tuple(item for name in block.items for item in (members.get(name) or [name])))
        for block in entry.blocks
    )
    shuffled = entry.randomize_blocks
    if isinstance(shuffled, bool):
        shuffled = tuple(block.id for block in blocks) if shuffled else ()
    return Form(id_, entry.title, blocks, entry.versions, shuffled, entry.wave, entry.note)
