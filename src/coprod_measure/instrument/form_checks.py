"""Forms that take too long, or leave a construct with too few items to be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from coprod_measure.instrument.definition import Form, Instrument
from coprod_measure.instrument.forms import minutes
from coprod_measure.yaml_files import Finding, YamlFile

LONGEST_MINUTES = 20.0
FEWEST_ITEMS = 3
_NAMED = 8


def form_findings(file: YamlFile, instrument: Instrument) -> Iterator[Finding]:
    """Check each form of an instrument that can be used."""
    for form in instrument.forms.values():
        at = ["forms", form.id]
        longest = max(minutes(instrument, form.id).values())
        if longest > LONGEST_MINUTES:
            cause = f"form '{form.id}' takes about {longest:.0f} minutes"
            how = "field it in several sittings" if form.versions else "plan missing blocks"
            cure = f"Stay below {LONGEST_MINUTES:.0f}: drop items, or {how}"
            yield file.finding("warning", at, cause, cure, "form-too-long")
        thin = _thin_constructs(instrument, form)
        if thin:
            more = f" and {len(thin) - _NAMED} more" if len(thin) > _NAMED else ""
            cause = (
                f"form '{form.id}' asks fewer than {FEWEST_ITEMS} items of {', '.join(thin[:_NAMED])}{more}"
            )
            yield file.finding("note", at, cause, "Reliability needs more; add items", "form-few-items")


def _thin_constructs(instrument: Instrument, form: Form) -> list[str]:
    """Reflective constructs that the form measures with one or two of their items."""
    items = (instrument.items[id_] for id_ in form.item_ids)
    counts = Counter(item.construct_id for item in items if item.role == "construct" and item.construct_id)
    return [
        id_
        for id_, construct in instrument.constructs.items()
        if construct.measurement == "reflective"
        and 0 < counts[id_] < FEWEST_ITEMS <= len(instrument.items_of(id_))
    ]
