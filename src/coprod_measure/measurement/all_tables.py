"""Every table of the measurement under its title, for whoever prints or stores them all."""

from __future__ import annotations

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.measurement.parts import BY_NAME

Tables = dict[str, pd.DataFrame | NotAvailable]

FURTHER = {
    "sizes": "respondents",
    "fits": "fit of each scale alone",
    "variance": "variance of the factors",
    "fit_measures": "fit",
    "joined": "categories joined",
    "freed": "freed parameters",
    "effects": "effect sizes",
    "means": "latent means",
    "left_out": "groups left out",
    "fit": "fit",
    "saturation": "general factor",
    "correlations": "correlations of constructs",
    "invariance": "share explained by means and variances",
    "method_factor": "unmeasured method factor",
    "comparisons": "comparisons",
    "shares": "reliability taken apart",
    "paths": "structural paths",
    "redundancy": "redundancy",
    "locations": "steps of the items",
    "unavailable": "not available",
    "warnings": "notes",
    "messages": "notes",
}
"""Further frames of a record, by attribute; those that are empty, or are long matrices, are left out."""
_ONLY_OF: dict[str, tuple[str, ...]] = {
    "correlations": ("validity", "esem", "marker", "scale_scores"),
    "fit": ("esem",),
    "invariance": ("alignment",),
}


def tables_by_part(results: MeasurementResults) -> dict[str, Tables]:
    """Sort tables, or the reason why there are none, by their part; a part without any is left out."""
    found: dict[str, Tables] = {}
    for part, record in results.parts.items():
        title = BY_NAME[part].title
        if isinstance(record, dict):
            found[part] = {}
            for key, one in record.items():
                # "Invariance over groups" is told as "Invariance over gender".
                own = title.replace("over groups", f"over {key}") if part == "groups" else f"{title}, {key}"
                found[part] |= _of(part, own, one)
        else:
            found[part] = _of(part, title, record)
    return {part: tables for part, tables in found.items() if tables}


def _of(part: str, title: str, record: object) -> Tables:
    if isinstance(record, pd.DataFrame):
        return {title: record} if len(record) else {}
    if isinstance(record, NotAvailable):
        return {title: record}
    own = record.table()  # type: ignore[attr-defined]
    if part == "merges" and own.empty:
        return {}
    found: Tables = {title: own}
    for attribute, words in FURTHER.items():
        value = getattr(record, attribute, None)
        if part not in _ONLY_OF.get(attribute, (part,)):
            continue
        found |= _frame_of(value, f"{title}: {words}")
    return found


def _frame_of(value: object, title: str) -> Tables:
    if isinstance(value, NotAvailable):
        return {title: value}
    if isinstance(value, pd.Series):
        return {title: value.rename("value").rename_axis("measure").reset_index()}
    if isinstance(value, dict) and value and all(isinstance(v, NotAvailable) for v in value.values()):
        return {title: pd.DataFrame([(k, v.reason) for k, v in value.items()], columns=["part", "reason"])}
    if isinstance(value, tuple) and value:
        return {title: pd.DataFrame({"note": list(value)})}
    if isinstance(value, pd.DataFrame) and len(value):
        return {title: value}
    return {}
