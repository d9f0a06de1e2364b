"""Simulated respondents in the shape of a Qualtrics CSV export with three header rows."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from coprod_measure.output_files import csv_text
from coprod_measure.simulation.answers import SimulatedSample

SYNTHETIC_COLUMN = "synthetic"
_METADATA = {
    "StartDate": ("Start Date", "startDate"),
    "EndDate": ("End Date", "endDate"),
    "Status": ("Response Type", "status"),
    "IPAddress": ("IP Address", "ipAddress"),
    "Progress": ("Progress", "progress"),
    "Duration (in seconds)": ("Duration (in seconds)", "duration"),
    "Finished": ("Finished", "finished"),
    "RecordedDate": ("Recorded Date", "recordedDate"),
    "ResponseId": ("Response ID", "_recordId"),
    "RecipientLastName": ("Recipient Last Name", "recipientLastName"),
    "RecipientFirstName": ("Recipient First Name", "recipientFirstName"),
    "RecipientEmail": ("Recipient Email", "recipientEmail"),
    "ExternalReference": ("External Data Reference", "externalDataReference"),
    "LocationLatitude": ("Location Latitude", "locationLatitude"),
    "LocationLongitude": ("Location Longitude", "locationLongitude"),
    "DistributionChannel": ("Distribution Channel", "distributionChannel"),
    "UserLanguage": ("User Language", "userLanguage"),
}
_OPENED = datetime(2026, 1, 12, 9, 0)
_SECONDS_AN_ITEM = {"straight": 1.3, "random": 1.6}


def as_qualtrics_csv(sample: SimulatedSample) -> str:
    """Write a sample as Qualtrics would export it (numeric codes, three header rows).

    ``sample``: respondents; nobody's name, address or location is invented for them, those columns stay
    empty. Returns CSV text. A column ``synthetic`` says of every row that no person gave it.
    """
    items = sample.population.instrument.items
    columns = list(sample.answers.columns)
    metadata = _metadata(sample)
    texts = [text for text, _ in _METADATA.values()]
    imports = [{"ImportId": import_id} for _, import_id in _METADATA.values()]
    questions = [{"ImportId": f"QID{number}"} for number in range(1, len(columns) + 1)]
    rows = (
        [*about, *map(_cell, row), "simulated"]
        for about, row in zip(metadata, sample.answers.to_numpy(), strict=True)
    )
    return csv_text(
        chain(
            [
                [*_METADATA, *columns, SYNTHETIC_COLUMN],
                [*texts, *(items[id_].text if id_ in items else id_ for id_ in columns), SYNTHETIC_COLUMN],
                [
                    json.dumps(cell, separators=(",", ":"))
                    for cell in (*imports, *questions, {"ImportId": SYNTHETIC_COLUMN})
                ],
            ],
            rows,
        )
    )


def _cell(value: Any) -> str:
    """Write a code; waves and versions are text."""
    if isinstance(value, str):
        return value
    return "" if np.isnan(value) else f"{value:g}"


def about_people(sample: SimulatedSample) -> pd.DataFrame:
    """When each row was begun, how long it took, how far it came and whose it is; the careless are quick.

    Returns
    -------
    pandas.DataFrame
        ``started ended duration`` (seconds) ``progress finished person``, one row as in the sample.
    """
    rng = np.random.default_rng([sample.seed, 1])
    items = [name for name in sample.answers.columns if name in sample.population.instrument.items]
    answered = sample.answers[items].notna().sum(axis=1).to_numpy()
    seconds_an_item = np.array([_SECONDS_AN_ITEM.get(kind, 6.0) for kind in sample.behaviour])
    seconds = (
        np.maximum(8, answered * seconds_an_item * rng.lognormal(0.0, 0.25, len(answered)))
        .round()
        .astype(int)
    )
    begun = pd.Timestamp(_OPENED) + pd.to_timedelta(
        np.sort(rng.integers(0, 21 * 24 * 3600, len(answered))), unit="s"
    )
    done = (sample.behaviour != "unfinished").to_numpy()
    share = np.maximum(1, np.round(100 * answered / len(items))).astype(int)
    return pd.DataFrame(
        {
            "started": begun,
            "ended": begun + pd.to_timedelta(seconds, unit="s"),
            "duration": seconds,
            "progress": np.where(done, 100, share),
            "finished": done.astype(int),
            "person": sample.answers["person"] if "person" in sample.answers else _people(sample.answers),
        },
        index=sample.answers.index,
    )


def _metadata(sample: SimulatedSample) -> list[list[str]]:
    """Cells of the columns that Qualtrics adds."""
    return [
        [
            str(one.started), str(one.ended), "0", "", str(one.progress), str(one.duration),
            str(one.finished), str(one.ended), str(one.Index), "", "", "", one.person, "", "", "synthetic",
            "EN",
        ]
        for one in about_people(sample).itertuples()
    ]  # fmt: skip


def _people(answers: pd.DataFrame) -> list[str]:
    """Panel number of each row: a person who answered twice has one number on both rows."""
    codes = answers.select_dtypes("number").to_numpy(float, na_value=np.nan)
    texts = answers.select_dtypes(exclude="number").astype(str).to_numpy()
    empty = np.isnan(codes).sum(axis=1) > answers.shape[1] / 2
    codes = np.nan_to_num(codes, nan=-1.0)
    first: dict[object, str] = {}
    found = []
    for number, (row, text, nothing) in enumerate(zip(codes, texts, empty, strict=True), start=1):
        name = f"P{number:05d}"
        found.append(name if nothing else first.setdefault((row.tobytes(), *text), name))
    return found
