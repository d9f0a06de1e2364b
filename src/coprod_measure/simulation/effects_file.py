"""Sizes that a drafted population assumes, each with its source: shipped for a theory, or general ones."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field

from coprod_measure.errors import SimulationError
from coprod_measure.provenance import is_file
from coprod_measure.shipped import shipped_folder
from coprod_measure.yaml_files import FileModel, parse_yaml, read_yaml

_JUDGEMENT = "judgement"


class Size(FileModel):
    """A number and where it comes from."""

    size: float = Field(ge=0)
    source: str


class AnswersOf(FileModel):
    """Mean and standard deviation of items on a seven-point scale."""

    of: str = Field(description="Construct; * stands for any letters")
    mean: float
    sd: float = Field(gt=0)
    source: str


class AmountsOf(FileModel):
    """Median of amounts that are asked, and what a standard deviation more multiplies them by."""

    of: str = Field(description="Construct; * stands for any letters")
    median: float = Field(gt=0)
    ratio: float = Field(2.0, gt=1)
    source: str


class CorrelationAmong(Size):
    """Correlation of constructs, or of what their causes leave of them."""

    among: tuple[str, ...] = Field(min_length=1, description="Constructs; * stands for any letters")


class EffectOf(Size):
    """Size of an effect; its sign is that of the hypothesis that claims it."""

    from_: str = Field(alias="from", description="Construct or structure; * stands for any letters")
    to: str


class EffectsFile(FileModel):
    """What a drafted population assumes.

    ``difference``: of means of groups, in standard deviations; ``choice``: of log odds a standard deviation;
    ``judged``: of the rule that people state on their verdict, beside the path from what is judged to it.
    ``arm``: how far the last arm of an experiment moves what it is about beyond the first, in standard
    deviations.
    ``first``: how many times as important as the next one a cause is that is claimed to come first (general
    dominance). ``segments``: how far two kinds of people are apart in what tells them apart, in standard
    deviations. Over waves: ``rise`` is how far means rise from one to the next where that is claimed, in
    standard deviations, ``stable`` is the share of a construct that does not change, ``carried`` its own
    lag, ``attrition`` who leaves after each. ``icc``: what countries share of outcomes of facts.
    """

    theory: str
    loading: Size = Size(size=0.75, source=_JUDGEMENT)
    weak: Size = Size(size=0.50, source=_JUDGEMENT)
    effect: Size = Size(size=0.15, source=_JUDGEMENT)
    interaction: Size = Size(size=0.12, source=_JUDGEMENT)
    ceiling: Size = Size(size=1.2, source=_JUDGEMENT)
    difference: Size = Size(size=0.30, source=_JUDGEMENT)
    arm: Size = Size(size=2.0, source=_JUDGEMENT)
    choice: Size = Size(size=0.40, source=_JUDGEMENT)
    judged: Size = Size(size=0.70, source=_JUDGEMENT)
    segments: Size = Size(size=1.0, source=_JUDGEMENT)
    first: Size = Size(size=1.5, source=_JUDGEMENT)
    explained: Size = Size(size=0.50, source=_JUDGEMENT)
    rise: Size = Size(size=0.20, source=_JUDGEMENT)
    stable: Size = Size(size=0.50, source=_JUDGEMENT)
    carried: Size = Size(size=0.20, source=_JUDGEMENT)
    attrition: Size = Size(size=0.20, source=_JUDGEMENT)
    icc: Size = Size(size=0.05, source=_JUDGEMENT)
    correlation: Size = Size(size=0.25, source=_JUDGEMENT)
    answers: tuple[AnswersOf, ...] = ()
    amounts: tuple[AmountsOf, ...] = ()
    correlations: tuple[CorrelationAmong, ...] = ()
    effects: tuple[EffectOf, ...] = ()
    habits: dict[str, Size] = Field(default_factory=dict)

    def answers_of(self, construct: str) -> AnswersOf:
        """Give the answers to the items of a construct."""
        general = AnswersOf(of="*", mean=4.5, sd=1.4, source=_JUDGEMENT)
        return next((one for one in self.answers if fnmatchcase(construct, one.of)), general)

    def amounts_of(self, construct: str) -> AmountsOf | None:
        """Give the amounts that a construct is asked by; None where nothing is assumed of them."""
        return next((one for one in self.amounts if fnmatchcase(construct, one.of)), None)

    def size_of(self, names: tuple[str, ...], target: str) -> Size:
        """Give the size of an effect of a construct, or of a structure above it; the first line that fits."""
        for one in self.effects:
            if fnmatchcase(target, one.to) and any(fnmatchcase(name, one.from_) for name in names):
                return one
        return self.effect


def effects_of(theory: str) -> EffectsFile:
    """Read the shipped sizes of a theory; general ones where none are shipped.

    Examples
    --------
    >>> effects = effects_of("etgar2007")
    >>> effects.size_of(("cb_net_judgement",), "propensity").size, effects_of("other").effect.size
    (0.5, 0.15)
    """
    path = shipped_folder("instruments") / "effects" / f"{theory}_effects.yaml"
    if not is_file(path):
        return EffectsFile(theory=theory)
    return read_effects(path)


def read_effects(path: Path) -> EffectsFile:
    """Read a file of sizes.

    Raises
    ------
    SimulationError
        With every problem of the file.
    """
    return parse_yaml(read_yaml(path, error=SimulationError), EffectsFile, error=SimulationError)
