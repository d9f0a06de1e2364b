"""How an export is to be read: every choice but the file and whose answers it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from coprod_measure.instrument.name_map import NameMap
from coprod_measure.responses.missing_codes import MissingCodes
from coprod_measure.responses.told_columns import Columns


class ReadKeywords(TypedDict, total=False):
    """Keywords of :func:`~coprod_measure.read_responses`; see :class:`ReadOptions`."""

    keep: Sequence[str]
    id_column: str | None
    wave: str | Mapping[str, str] | None
    category: str | Mapping[str, str] | None
    partner: str | None
    episode: str | None
    country: str | None
    weight: str | None
    cluster: str | None
    form: str | None
    names: str | Path | NameMap | None
    missing_codes: MissingCodes | None
    columns: Columns | None
    encoding: str | None
    large: bool
    anonymous_ids: bool
    key: bytes | None
    progress: Callable[[str], None] | None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How an export is read.

    Attributes
    ----------
    keep : sequence of str
        Further columns to carry along in ``about`` (groups, conditions); a star stands for any text.
    id_column : str or None
        Column with the respondent's id; else the platform's own, else the row number.
    wave, category : str, mapping or None
        Column that tells several rows of one person apart; or, where waves stand side by side, what each is
        called and how its columns are called: ``{"before": "*_w1", "after": "*_w2"}``.
    partner, episode, country, weight, cluster : str or None
        Columns: whom the row is about and which time of several, where the person lives, the sampling weight
        of the row, and the cluster that the person was drawn with. Errors and tests of models take weights
        and clusters.
    form : str or None
        Id of the form that was fielded; decides the order in which items were shown. Without it the one form
        that holds every item of the file, if there is exactly one.
    names : str, pathlib.Path, NameMap or None
        The name map that was written with the questionnaire; ``names.json`` beside the file when there is
        one.
    missing_codes : mapping or None
        Cell to kind of missing, beside the platform's own: ``{"-77": "not_shown"}``; or to the kind and the
        items, scales or constructs it holds for: ``{"9": {"means": "unanswered", "among": ["mood"]}}``, which
        counts even where the scale has that code. Outranks what SPSS declares as missing.
    columns : mapping or None
        Item id to its heading, where neither id nor wording tells; a star stands for any text; several
        headings are several columns of one item, of which each person answered one.
    encoding : str or None
        For text files; found out when not given.
    large : bool
        Lift the limits on cells, time and memory that keep damaged or hostile files out.
    anonymous_ids : bool
        Whether ``id_column`` holds codes that identify nobody; else keyed hashes stand in their place.
    key : bytes or None
        Of the hashes that stand for ids, where several files hold the same people
        (:func:`.waves.read_waves`); else made of the file.
    progress : callable or None
        Called with a few words before each part.
    """

    keep: Sequence[str] = ()
    id_column: str | None = None
    wave: str | Mapping[str, str] | None = None
    category: str | Mapping[str, str] | None = None
    partner: str | None = None
    episode: str | None = None
    country: str | None = None
    weight: str | None = None
    cluster: str | None = None
    form: str | None = None
    names: str | Path | NameMap | None = None
    missing_codes: MissingCodes | None = None
    columns: Columns | None = None
    encoding: str | None = None
    large: bool = False
    anonymous_ids: bool = False
    key: bytes | None = None
    progress: Callable[[str], None] | None = None

    @property
    def design(self) -> dict[str, str | Mapping[str, str] | None]:
        """What tells the rows of a person apart, and what people belong to."""
        names = ("wave", "category", "partner", "episode", "country", "weight", "cluster")
        return {name: getattr(self, name) for name in names}

    def say(self, words: str) -> None:
        """Tell what comes next, if anybody listens."""
        if self.progress:
            self.progress(words)
