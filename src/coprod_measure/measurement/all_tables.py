"""Every table of the measurement under its title, for whoever prints or stores them all."""

from __future__ import annotations

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.battery import MeasurementResults

Tables = dict[str, pd.DataFrame | NotAvailable]

PARTS = {
    "items": "Items",
    "set_aside": "Items that no model can use",
    "reliability": "Reliability",
    "consistency": "Further coefficients of reliability",
    "scale_scores": "Scale scores",
    "adequacy": "Sampling adequacy",
    "parallel": "Parallel analysis",
    "factor_number": "How many factors",
    "efa": "Exploratory factors",
    "htmt": "HTMT",
    "merges": "Merge rules of the theory",
    "confirmatory": "Confirmatory model",
    "validity": "Validity",
    "rivals": "Rival structures",
    "composites": "Composites",
}
EXTRA_TITLES = {
    "blocks": "Measurement models by stage",
    "higher_order": "Structures above the constructs",
    "esem": "Exploratory structural equation model",
    "item_information": "Information of items",
    "htmt_variants": "Discriminant validity",
    "discriminant_tests": "Tests of discriminant validity",
    "ordinal_model": "Confirmatory model of ordered answers",
    "ordinal_reliability": "Reliability of ordered answers",
    "reliability_intervals": "Intervals of reliability",
    "ordinal_invariance": "Invariance of ordered answers",
    "permutation": "Invariance by shuffled groups",
    "alignment": "Alignment",
    "waves": "Invariance over waves",
    "retest": "Stability between waves",
    "method_bias": "Signs of method variance",
    "marker": "Marker ladder",
    "scores": "Scores",
}
PART_NAMES = (*PARTS, "groups", *EXTRA_TITLES, "verdicts")
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


def all_tables(results: MeasurementResults) -> Tables:
    """Collect the tables of every part, the verdicts last.

    Parameters
    ----------
    results : MeasurementResults

    Returns
    -------
    dict
        Title to table, or to the reason why the part does not exist.
    """
    return {title: table for tables in tables_by_part(results).values() for title, table in tables.items()}


def tables_by_part(results: MeasurementResults) -> dict[str, Tables]:
    """Sort the tables by the part that they belong to: those that always exist, ``groups``, extras, verdicts.

    Returns
    -------
    dict
        Name from :data:`PART_NAMES` to its tables; a part without any is left out.
    """
    found: dict[str, Tables] = {}
    for part, title in PARTS.items():
        found[part] = _of(part, title, getattr(results, part))
    found["groups"] = {}
    for group, ladder in results.groups.items():
        found["groups"] |= _of("groups", f"Invariance over {group}", ladder)
    for name, record in results.extras.parts().items():
        own, _, about = name.partition(", ")
        title = EXTRA_TITLES[own] + (f", {about}" if about else "")
        found[own] = found.get(own, {}) | _of(own, title, record)
    found["verdicts"] = {"Verdicts": results.table()}
    return {part: tables for part, tables in found.items() if tables}


def _of(part: str, title: str, record: object) -> Tables:
    if isinstance(record, pd.DataFrame):
        return {title: record} if len(record) else {}
    if isinstance(record, NotAvailable):
        return {title: record}
    found: Tables = {title: record.table()}  # type: ignore[attr-defined]
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
