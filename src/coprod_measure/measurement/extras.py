"""Parts of the measurement that cost minutes or answer a special question: computed only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from coprod_measure.errors import CoprodError, MeasurementError, NotAvailable
from coprod_measure.measurement.invariance import Invariance
from coprod_measure.measurement.item_sets import Constructs
from coprod_measure.measurement.marker_ladder import MarkerLadder, marker_ladder
from coprod_measure.measurement.method_bias import MethodBias, method_bias
from coprod_measure.measurement.ordinal_reliability import OrdinalReliability, ordinal_reliability
from coprod_measure.measurement.retest import Retest, retest
from coprod_measure.measurement.scores import Scores, scores
from coprod_measure.measurement.wave_invariance import wave_invariance, waves_of
from coprod_measure.responses.dataset import Responses

Extra = Literal["method_bias", "marker", "ordinal_reliability", "scores", "waves", "retest"]
Result = TypeVar("Result")

EXTRAS: tuple[Extra, ...] = get_args(Extra)


@dataclass(frozen=True, slots=True)
class Extras:
    """What was asked for beyond the usual; None: not asked, NotAvailable: asked, and why it does not exist.

    Attributes
    ----------
    method_bias : MethodBias, NotAvailable or None
        Harman's share, collinearity and the unmeasured method factor.
    marker : MarkerLadder, NotAvailable or None
        The ladder with the instrument's items of role ``marker``.
    ordinal_reliability : OrdinalReliability, NotAvailable or None
    scores : Scores, NotAvailable or None
        Regression scores of the reflective constructs with their determinacy.
    waves : Invariance, NotAvailable or None
        The ladder over the waves of a panel.
    retest : Retest, NotAvailable or None
        Stability of mean scores between waves.
    """

    method_bias: MethodBias | NotAvailable | None = None
    marker: MarkerLadder | NotAvailable | None = None
    ordinal_reliability: OrdinalReliability | NotAvailable | None = None
    scores: Scores | NotAvailable | None = None
    waves: Invariance | NotAvailable | None = None
    retest: Retest | NotAvailable | None = None


def extras(
    clean: Responses,
    constructs: Constructs,
    asked: Sequence[str],
    *,
    missing: str = "listwise",
    progress: Callable[[str], None] | None = None,
) -> Extras:
    """Compute the parts that were asked for; one that fails does not stop the others.

    Parameters
    ----------
    clean : Responses
    constructs : mapping
        Construct to items.
    asked : sequence of str
        From :data:`EXTRAS`.
    missing : {"listwise", "fiml"}
        Of the models.
    progress : callable, optional
        Called with a few words before each part.

    Raises
    ------
    MeasurementError
        If a part is unknown.
    """
    unknown = [name for name in asked if name not in EXTRAS]
    if unknown:
        raise MeasurementError(
            f"there is no further part called {unknown[0]}",
            cure=f"Choose from {', '.join(EXTRAS)}",
            code="unknown-extra",
        )
    say = progress or (lambda _: None)
    parts: Mapping[Extra, tuple[str, Callable[[], object]]] = {
        "method_bias": ("Method variance", lambda: method_bias(clean, constructs, missing=missing)),
        "marker": ("Marker", lambda: marker_ladder(clean, constructs, missing=missing)),
        "ordinal_reliability": (
            "Reliability of ordered answers",
            lambda: ordinal_reliability(clean, constructs),
        ),
        "scores": ("Scores", lambda: scores(clean, constructs, method="regression", missing=missing)),
        "waves": ("Waves", lambda: wave_invariance(clean, constructs, missing=missing)),
        "retest": ("Stability between waves", lambda: _stability(clean, constructs)),
    }
    found: dict[str, object] = {}
    for name, (words, part) in parts.items():
        if name in asked:
            say(words)
            found[name] = attempt(part)
    return Extras(**found)  # type: ignore[arg-type]


def _stability(clean: Responses, constructs: Constructs) -> Retest:
    return retest(*(scores(wave, constructs).values for wave in waves_of(clean).values()))


def attempt(part: Callable[[], Result]) -> Result | NotAvailable:
    """Run one part; an error that names its cause becomes the reason why the part is missing."""
    try:
        return part()
    except CoprodError as problem:
        return NotAvailable(" ".join(str(problem).split()))
