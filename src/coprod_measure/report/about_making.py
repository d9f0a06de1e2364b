"""How the report was made, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from coprod_measure.report.document import Column, KeyValues, Paragraph, Row, Section, Table

if TYPE_CHECKING:
    from coprod_measure.responses.cleaning_rules import CleaningRules
    from coprod_measure.study.results import Provenance


def about_making(provenance: Provenance, rules: CleaningRules | None = None) -> Section:
    """State what went in, what was asked for, and what computed it; ``rules`` are those of cleaning."""
    cleaning = seed_of_cleaning(rules)
    seeds = [("Seed", str(provenance.seed))]
    if cleaning is not None:
        seeds.append(("Seed of the cleaning rules", str(cleaning)))
    hashes = Table(
        "hashes",
        "Files that went in",
        (Column("File"), Column("SHA-256")),
        tuple(Row((name, digest)) for name, digest in provenance.hashes.items()),
    )
    options = Table(
        "options",
        "Options of the study",
        (Column("Option"), Column("Value")),
        tuple(Row((name, value)) for name, value in flat(provenance.options)),
        ("Options that the study file leaves out stand here with their defaults.",),
    )
    return Section(
        "making",
        "How this was made",
        (
            Paragraph(
                "The same files, options and seeds give the same numbers with the same versions. A file that "
                "was changed since has another hash."
            ),
            KeyValues((*seeds, *provenance.versions.items())),
            hashes,
            options,
        ),
    )


def seed_of_cleaning(rules: CleaningRules | None) -> int | None:
    """Name the seed of the cut-offs that cleaning simulates; None where it simulates none."""
    if rules is None or all(rule.basis != "simulated" for rule in rules.rules):
        return None
    return rules.seed


def flat(options: Mapping[str, object], before: str = "") -> list[tuple[str, str]]:
    """Write nested options as ``part.name`` and value, in their order."""
    found = []
    for name, value in options.items():
        path = f"{before}{name}"
        if isinstance(value, Mapping):
            found += flat(value, f"{path}.")
        elif isinstance(value, list | tuple):
            found.append((path, ", ".join(map(str, value)) or "none"))
        elif isinstance(value, bool):
            found.append((path, str(value).lower()))
        else:
            found.append((path, "none" if value is None else str(value)))
    return found
