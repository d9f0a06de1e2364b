"""Everything a reviewer asks of the scales, in one call; what fails is named and the rest still comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from coprod_measure.errors import Fault, NotAvailable
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.measurement.examination import Examination, MeasurementOptions, Progress
from coprod_measure.measurement.parts import BY_NAME, PARTS
from coprod_measure.measurement.verdicts import VERDICT_COLUMNS
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Occasion, Responses


@dataclass(frozen=True, slots=True, repr=False)
class MeasurementResults(Shown):
    """What every part found; a part is also an attribute: ``results.reliability``, ``results.efa``.

    Attributes
    ----------
    parts : mapping
        Name from :data:`~coprod_measure.measurement.parts.PARTS` to its record, which has a ``table()``, to
        one record a group where groups are compared, or to the reason why it does not exist
        (:class:`~coprod_measure.errors.NotAvailable`). A part that nobody asked for is not there, and None
        as an attribute.
    failures : mapping
        Part to the traceback of a fault of the program.
    occasion : Occasion or None
        Which rows were examined, where people have several: all parts but those about waves and scores take
        one row a person, because rows of one person are not independent.
    not_taken : mapping
        Part to ``weights`` or ``cluster``, where the answers have such and the part takes none, to the code
        of :data:`~coprod_measure.measurement.sampling.WHY_NOT`.
    """

    parts: Mapping[str, Any]
    options: MeasurementOptions
    failures: Mapping[str, str] = field(default_factory=dict)
    occasion: Occasion | None = None
    not_taken: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def stopped(cls, options: MeasurementOptions, why: Fault) -> MeasurementResults:
        """Give the results of a measurement that a fault of the program stopped as a whole."""
        asked = [part.name for part in PARTS if not part.on_request or part.name in options.extras]
        return cls(dict.fromkeys(asked, NotAvailable(why.reason)), options, {"measure": why.traceback})

    def __getattr__(self, name: str) -> Any:
        if name in BY_NAME:
            return self.parts.get(name)
        raise AttributeError(f"there is no part {name!r}")

    def table(self) -> pd.DataFrame:
        """One row a construct and question; columns those of the part ``verdicts``."""
        found = self.parts["verdicts"]
        known = isinstance(found, pd.DataFrame)
        return found.copy() if known else pd.DataFrame(columns=list(VERDICT_COLUMNS))

    def set_aside_items(self) -> list[tuple[str, str]]:
        """Items that no model can use, and why."""
        found = self.parts["set_aside"]
        known = isinstance(found, pd.DataFrame)
        return list(zip(found["item"], found["reason"], strict=True)) if known else []

    def missing(self) -> dict[str, str]:
        """Parts that could not be computed, one a group where groups are compared, and why."""
        found: dict[str, object] = {}
        for name, record in self.parts.items():
            several = isinstance(record, dict)
            found |= {f"{name} of {key}": one for key, one in record.items()} if several else {name: record}
        return {name: one.reason for name, one in found.items() if isinstance(one, NotAvailable)}


@on_one_thread
def measure(
    clean: Responses, options: MeasurementOptions | None = None, *, progress: Progress | None = None
) -> MeasurementResults:
    """Examine items, scales and the measurement model of clean answers.

    ``progress``, if given, is called with a few words before each part.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> file = cm.shipped_folder("data/sample") / "bfi" / "bfi.csv"
    >>> answers = cm.read_responses(file, cm.read_instrument("bfi25"))
    >>> few = answers.keep(answers.frame.index[:300])
    >>> asked = MeasurementOptions(constructs=("neuroticism",), n_factors=1, parallel_draws=20)
    >>> found = cm.measure(few, asked).table()
    >>> found[["question", "verdict"]].head(3).to_numpy().tolist()
    [['one factor fits', 'no'], ['reliable', 'yes'], ['convergent', 'no']]
    """
    options = options or MeasurementOptions()
    one, occasion = clean.one_row_a_person(options.wave, options.category)
    examined = Examination(one, options, progress or (lambda _: None), clean)
    design = one.sampling()[1]
    _ = examined.usable  # answers that hold none of the constructs are an error, not a gap
    not_taken: dict[str, dict[str, str]] = {}
    for part in PARTS:
        if part.on_request and part.name not in options.extras:
            continue
        examined.say(part.title)
        home, x = part.home(), examined.without(part.reasons)
        examined.found[part.name] = examined.attempt(part.name, lambda home=home, x=x: home(x))  # type: ignore[misc]
        reasons = {option: code for option, code in part.reasons.items() if option in design}
        not_taken |= {part.name: reasons} if reasons else {}
    return MeasurementResults(examined.found, options, examined.failures, occasion, not_taken)
