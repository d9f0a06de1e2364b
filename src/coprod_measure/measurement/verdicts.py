"""A verdict on every construct, with the rule that gave it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.confirmatory import Confirmatory
from coprod_measure.measurement.htmt import Htmt
from coprod_measure.measurement.invariance import Invariance
from coprod_measure.measurement.reliability import Reliability
from coprod_measure.measurement.validity import Validity

VERDICT_COLUMNS = ("construct", "question", "verdict", "value", "rule")
RELIABLE = 0.70
CONVERGENT = 0.50
DISTINCT = 0.85

Row = tuple[str, str, str, float, str]


def verdicts(
    reliable: Reliability,
    confirmed: Confirmatory | NotAvailable,
    judged: Validity | NotAvailable,
    ratios: Htmt | NotAvailable,
    groups: Mapping[str, Invariance | NotAvailable],
) -> pd.DataFrame:
    """Judge every construct by the conventional rules, each named beside its verdict.

    Returns
    -------
    pandas.DataFrame
        :data:`VERDICT_COLUMNS`; ``verdict`` is ``"yes"``, ``"no"`` or ``"unknown"`` (``rule`` says why).
    """
    rows: list[Row] = []
    table = reliable.table().set_index("construct")
    for construct in table.index:
        name = str(construct)
        rows.append(_reliable(name, reliable, table))
        rows.append(_convergent(name, judged))
        rows.append(_distinct(name, ratios))
        rows += [_invariant(name, group, found) for group, found in groups.items()]
    rows.append(_fits(confirmed))
    return pd.DataFrame(rows, columns=list(VERDICT_COLUMNS))


def _verdict(holds: bool) -> str:
    return "yes" if holds else "no"


def _reliable(name: str, reliable: Reliability, table: pd.DataFrame) -> Row:
    for statistic in ("omega", "alpha"):
        value = table.loc[name, statistic]
        if pd.notna(value):
            return (
                name,
                "reliable",
                _verdict(value >= RELIABLE),
                float(value),
                f"{statistic} of at least .70",
            )
    why = reliable.unavailable[reliable.unavailable["construct"] == name]["reason"]
    return (name, "reliable", "unknown", float("nan"), str(why.iloc[0]))


def _convergent(name: str, judged: Validity | NotAvailable) -> Row:
    question = "convergent"
    if isinstance(judged, NotAvailable):
        return (name, question, "unknown", float("nan"), judged.reason)
    if name not in set(judged.constructs["construct"]):
        why = judged.unavailable.get(name, NotAvailable("merged with another construct"))
        return (name, question, "unknown", float("nan"), why.reason)
    ave = float(judged.constructs.set_index("construct").loc[name, "ave"])
    return (
        name,
        question,
        _verdict(ave >= CONVERGENT),
        ave,
        "average variance extracted of at least .50 (a guide)",
    )


def _distinct(name: str, ratios: Htmt | NotAvailable) -> Row:
    question = "discriminant"
    if isinstance(ratios, NotAvailable):
        return (name, question, "unknown", float("nan"), ratios.reason)
    if name in ratios.unavailable:
        return (name, question, "unknown", float("nan"), ratios.unavailable[name].reason)
    pairs = ratios.pairs
    own = pairs[(pairs["construct_1"] == name) | (pairs["construct_2"] == name)]
    judged = own["ci_upper"] if ratios.draws else own["htmt"]
    rule = "upper end of HTMT's interval" if ratios.draws else "HTMT"
    return (
        name,
        question,
        _verdict(bool((judged < DISTINCT).all())),
        float(judged.max()),
        f"{rule} below .85 with every other construct",
    )


def _invariant(name: str, group: str, found: Invariance | NotAvailable) -> Row:
    question = f"same in groups of {group}"
    if isinstance(found, NotAvailable):
        return (name, question, "unknown", float("nan"), found.reason)
    if found.highest == "none":
        return (name, question, "no", float("nan"), "the configural model itself could not be had")
    freed = found.freed[found.freed["construct"] == name] if len(found.freed) else found.freed
    holds = found.highest in ("scalar", "strict", "means") and freed.empty
    words = f"{found.highest} level holds by changes in CFI and RMSEA"
    if len(freed):
        words += f"; freed: {', '.join(freed['parameter'])}"
    return (name, question, _verdict(holds), float("nan"), words)


def _fits(confirmed: Confirmatory | NotAvailable) -> Row:
    name, question = "all constructs", "model fits"
    if isinstance(confirmed, NotAvailable):
        return (name, question, "unknown", float("nan"), confirmed.reason)
    measures = confirmed.fit_measures
    cfi = float(measures.get("cfi_robust", measures.get("cfi", float("nan"))))
    rmsea = float(measures.get("rmsea_robust", measures.get("rmsea", float("nan"))))
    holds = cfi >= 0.90 and rmsea <= 0.08
    return (name, question, _verdict(holds), cfi, "CFI of at least .90 and RMSEA of at most .08 (guides)")
