"""Times of any source become instants; what was taken for what is said, and what cannot be read too."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd

from coprod_measure.errors import counted

_ISO_OFFSET = r"\d(Z|[+-]\d\d:?\d{0,2})$"
_LONGEST_OFFSET = 7  # with the digit before it
_CLOCK = re.compile(
    r"(?P<local>.*?\d:\d\d(?::\d\d)?)(?:[.,]\d{1,9})?(?:\s*(?P<half>[ap])\.?\s?m\.?)?"
    r"\s*(?:(?P<zone>[a-z]{1,5})\b)?\s*(?:(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?)?(?:\s*\([^)]{0,60}\))?",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s+", re.IGNORECASE)
_WEEK = re.compile(r"^(\d{4})-?W(\d\d)(?:-?([1-7]))?")
# Hours from UTC; names that stand for several zones (IST, CST of China) are none.
_ZONES = {
    **dict.fromkeys(("utc", "gmt", "z", "wet"), 0), **dict.fromkeys(("cet", "mez", "west", "bst"), 1),
    **dict.fromkeys(("cest", "mesz", "eet"), 2), "eest": 3, "est": -5, "edt": -4, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
_CERTAIN = tuple(
    f"{day.replace('%b', month)}{clock}"
    for day in (
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%d %b %Y",
        "%b %d %Y",
        "%b %d, %Y",
        "%d-%b-%Y",
        "%d-%b-%y",
    )
    for month in (("%b", "%B") if "%b" in day else ("",))
    for clock in _CLOCKS
)
_DAY_AND_MONTH = (
    "%m/%d/%y",
    "%m/%d/%Y",
    "%d/%m/%y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d-%m-%Y",
    "%m-%d-%Y",
)
# What a number counts, from 1985 (days: 1954) to 2120 or so.
_COUNTED = (
    (2e4, 8e4, "D", "1899-12-30", "days, as spreadsheets count them"),
    (5e8, 5e9, "s", "1970-01-01", "seconds since 1970, UTC"),
    (5e11, 5e12, "ms", "1970-01-01", "milliseconds since 1970, UTC"),
    (5e14, 5e15, "us", "1970-01-01", "microseconds since 1970, UTC"),
)


def read_times(cells: pd.Series, heading: str) -> tuple[pd.Series, list[str]]:
    """Write times in ISO form; what is no time, or does not say which number is the month, stays empty.

    Times with an offset or a zone are brought to UTC, others are left as they were written.

    Examples
    --------
    >>> times, said = read_times(pd.Series(["1/31/2026 2:05 PM", "2/1/2026 9:00 AM"]), "started")
    >>> times.tolist(), said
    (['2026-01-31 14:05:00', '2026-02-01 09:00:00'], [])
    """
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return _iso(pd.to_datetime(cells, utc=True).dt.tz_convert(None)), []
    texts = cells.astype("str").str.strip()
    there = texts[cells.notna() & ~texts.str.casefold().isin(["", "nan", "nat", "none", "<na>"])]
    times, said = _counted_times(there)
    if times is None:
        times, said = _iso_times(there.str.replace("\u2212", "-"))
        if times.isna().all():
            times, said = _other_times(there)
    times = times.where(times.dt.year.between(1000, 9999))
    if lost := int(times.isna().sum()):
        said = [*said, f"{counted(lost, 'time', 'times')} of {len(there):,} cannot be read and stay empty"]
    return _iso(times.reindex(cells.index)), [f"{heading}: {one}" for one in said]


def _iso(times: pd.Series) -> pd.Series:
    return times.dt.strftime("%Y-%m-%d %H:%M:%S").fillna("").astype("str")


def _counted_times(there: pd.Series) -> tuple[pd.Series | None, list[str]]:
    if not len(there) or pd.to_numeric(there.head(1), errors="coerce").isna().all():
        return None, []
    numbers = pd.to_numeric(there, errors="coerce")
    for least, most, unit, origin, said in _COUNTED:
        if numbers.between(least, most).all():
            times = pd.to_datetime(numbers, unit=unit, origin=pd.Timestamp(origin))
            return times.astype("datetime64[ns]").dt.round("s"), [f"numbers were read as {said}"]
    return None, []


def _iso_times(there: pd.Series) -> tuple[pd.Series, list[str]]:
    said = []
    weeks = there.str.match(_WEEK.pattern).fillna(False).astype(bool)
    if weeks.any():
        there = there.where(~weeks, there.str.replace(_WEEK, _day_of_week, regex=True))
        said = ["weeks of ISO 8601 were read, those without a day as their Monday"]
    clocks = there[there.str.contains(r"\d[T ]\d").fillna(False).astype(bool)]
    zoned = clocks.str.contains(_ISO_OFFSET.replace("(", "(?:")).fillna(False).astype(bool)
    # Few ends of cells are left where there is an offset: they are told apart one by one.
    ends = clocks[zoned].str.slice(-_LONGEST_OFFSET).unique()
    offsets = {found[1] for end in ends if (found := re.search(_ISO_OFFSET, end))}
    times = pd.to_datetime(there, errors="coerce", format="ISO8601", utc=True).dt.tz_convert(None)
    return times, said + _said_of_zones(len(offsets), bare=not zoned.all())


def _day_of_week(found: re.Match[str]) -> str:
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), int(found[3] or 1)).isoformat()
    except ValueError:
        return found[0]


def _said_of_zones(number: int, *, bare: bool) -> list[str]:
    if number + bare < 2:
        return []
    return [
        "times with several offsets were brought to UTC" + "; those without one were taken for UTC" * bare
    ]


def _other_times(there: pd.Series) -> tuple[pd.Series, list[str]]:
    """Read times with names of months, halves of the day and zones, or in an order of their own."""
    parted = pd.DataFrame([_parted(text) for text in there], columns=["local", "seconds"], index=there.index)
    times = pd.Series(pd.NaT, index=there.index, dtype="datetime64[ns]")
    for shape in ("%Y%m%d%H%M%S", *_CERTAIN):
        left = times.isna()
        if not left.any():
            break
        times[left] = pd.to_datetime(parted["local"][left], errors="coerce", format=shape)
    if times.isna().all():
        times = _dated(parted["local"])
    seconds = parted["seconds"].astype("float64")
    zones, bare = seconds.dropna().unique(), bool(seconds.isna().any())
    return times - pd.to_timedelta(seconds.fillna(0), unit="s"), _said_of_zones(len(zones), bare=bare)


def _parted(text: str) -> tuple[str, float]:
    """Part a time into what its clock shows and the seconds by which that is ahead of UTC, if it says so."""
    text = _WEEKDAY.sub("", text)
    found = _CLOCK.fullmatch(text)
    if found is None:
        return text, np.nan
    local = found["local"] + (f" {found['half'].upper()}M" if found["half"] else "")
    zone = (found["zone"] or "").casefold()
    if zone and zone not in _ZONES:
        return "", np.nan  # who knows where that is
    if not found["sign"]:
        return local, _ZONES[zone] * 3600.0 if zone else np.nan
    seconds = int(found["hours"]) * 3600.0 + int(found["minutes"] or 0) * 60
    return local, -seconds if found["sign"] == "-" else seconds


def _dated(there: pd.Series) -> pd.Series:
    """Read times whose day and month only their numbers tell apart; where both could be, nothing."""
    readings: list[pd.Series] = []
    for shape in (f"{day}{clock}" for day in _DAY_AND_MONTH for clock in _CLOCKS):
        read = pd.to_datetime(there, errors="coerce", format=shape)
        if len(there) and read.notna().all() and not any(read.equals(other) for other in readings):
            readings.append(read)
    return readings[0] if len(readings) == 1 else pd.Series(pd.NaT, index=there.index, dtype="datetime64[ns]")
