"""The record of what respondents answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.cleaning_rules import CleaningRules, Step

LOG_COLUMNS = ("respondent", "column", "before", "after", "rule", "reason")
FLOW_COLUMNS = ("step", "rule", "n_in", "n_out", "excluded", "marked", "reason")


def empty_log() -> pd.DataFrame:
    """Log of answers that nothing was done to."""
    return pd.DataFrame({name: pd.Series(dtype="object") for name in LOG_COLUMNS})


@dataclass(frozen=True, slots=True)
class Source:
    """Where the answers came from.

    Attributes
    ----------
    name : str
        File name without its folder.
    sha256 : str
        Hash of the raw file, which is never written to.
    platform : str
        Which importer read it (``"qualtrics"``, ``"table"``); ``recognised_by`` says why.
    synthetic : bool
        Whether the file or its ORIGIN says that no person gave these answers.
    columns : mapping
        Item id to the name of its column in the file.
    names_sha256, origin_sha256 : str
        Hashes of the name map and of the ORIGIN.md that were read with the file; empty where there was none.
    """

    name: str
    sha256: str
    platform: str
    recognised_by: str
    n_rows: int
    synthetic: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    names_sha256: str = ""
    origin_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Responses:
    """Answers of an instrument; a value: cleaning returns a new one.

    Attributes
    ----------
    frame : pandas.DataFrame
        The keyed table: one row a respondent (index: respondent id), one column an item id, reversed items
        mirrored so that high always means high, float with NaN where no answer is.
    shown : pandas.DataFrame
        The same cells as given, before keying: what longstring and similar indices need.
    missing : pandas.DataFrame
        Same shape, ``""`` where answered, else ``"not_shown"``, ``"unanswered"`` or ``"not_applicable"``.
    about : pandas.DataFrame
        One row a respondent: what the platform adds (``duration``, ``finished``, ``started``, ``language``,
        ``wave``, ``category`` ...), other columns that the study keeps (groups), and marks of cleaning.
    log : pandas.DataFrame
        One row a changed or excluded cell or person (:data:`LOG_COLUMNS`).
    steps : tuple of Step
        Reading first, then one a cleaning rule.
    unmapped : tuple of str
        Columns of the file that no item claims and the study does not keep.
    warnings : tuple of str
        Plain words, each naming the item, column or respondent.
    form : str
        Id of the form that was fielded; empty when unknown.
    rules : CleaningRules or None
        What the answers were cleaned by, with the hash of its file; None before cleaning.
    positions : pandas.DataFrame or None
        Place of each shuffled item in its block as the respondent saw it, where the platform tells; one row a
        respondent, one column such an item.
    """

    instrument: Instrument
    frame: pd.DataFrame
    shown: pd.DataFrame
    missing: pd.DataFrame
    about: pd.DataFrame
    source: Source
    log: pd.DataFrame
    steps: tuple[Step, ...]
    unmapped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    form: str = ""
    rules: CleaningRules | None = None
    positions: pd.DataFrame | None = None

    @property
    def n(self) -> int:
        """Number of respondents."""
        return len(self.frame)

    @property
    def flow(self) -> pd.DataFrame:
        """One row a cleaning step (:data:`FLOW_COLUMNS`)."""
        rows = [
            (number, one.rule, one.n_in, one.n_out, one.excluded, one.marked, one.reason)
            for number, one in enumerate(self.steps)
        ]
        return pd.DataFrame(rows, columns=list(FLOW_COLUMNS))

    def keep(self, respondents: pd.Index) -> Responses:
        """Return the same record for some respondents only."""
        places = self.frame.index.get_indexer(respondents)
        return replace(
            self,
            frame=self.frame.iloc[places],
            shown=self.shown.iloc[places],
            missing=self.missing.iloc[places],
            about=self.about.iloc[places],
            positions=None if self.positions is None else self.positions.iloc[places],
        )

    def items_of(self, construct_id: str) -> pd.DataFrame:
        """Keyed answers to the items of one construct that the data hold."""
        ids = [item.id for item in self.instrument.items_of(construct_id) if item.id in self.frame]
        return self.frame[ids]
