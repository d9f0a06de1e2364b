"""A verdict on every construct, with the rule that gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.fitting.best_measures import best
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import Confirmatory
from coprod_measure.measurement.guides import (
    CLOSE_CFI,
    CLOSE_SRMR,
    CONVERGENT,
    DISTINCT,
    FAIR_RMSEA,
    POOR_CFI,
    RELIABLE,
)
from coprod_measure.measurement.invariance.ladder import COMPARABLE
from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.measurement.reliability.coefficients import Reliability
from coprod_measure.measurement.validity.constructs import Validity
from coprod_measure.measurement.validity.htmt import Htmt
from coprod_measure.measurement.validity.item_directions import opposed_items
from coprod_measure.responses.keying import keying_audit

VERDICT_COLUMNS = ("construct", "question", "verdict", "measure", "value", "rule", "freed")
ALL = "all constructs"
KEYING = "look at the keying first"
ABSENT = "not in the models"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A line of the verdicts.

    Attributes
    ----------
    verdict : {"yes", "no", "unknown"}
    rule : str
        What was judged, the same for all constructs; of an unknown verdict, why.
    measure : str
        What ``value`` is: ``omega``, ``alpha``, ``ave``, ``htmt``, ``cfi``, or nothing.
    freed : str
        Parameters of the construct that differ between groups.
    """

    construct: str
    question: str
    verdict: str
    rule: str
    measure: str = ""
    value: float = float("nan")
    freed: str = ""


def verdicts(
    reliable: Reliability,
    confirmed: Confirmatory | NotAvailable,
    judged: Validity | NotAvailable,
    ratios: Htmt | NotAvailable,
    groups: Mapping[str, Invariance | NotAvailable],
    absent: Mapping[str, str],
    opposed: Mapping[str, str],
) -> pd.DataFrame:
    """Judge every construct by the conventional rules, each named beside its verdict.

    A construct whose items run against each other is not judged: the rules presume one direction.

    Parameters
    ----------
    reliable, confirmed, judged, ratios, groups
        The records of the parts.
    absent : mapping of str to str
        Constructs that the models do not hold, to the reason.
    opposed : mapping of str to str
        From :func:`~coprod_measure.measurement.validity.item_directions.opposed_items`.

    Returns
    -------
    pandas.DataFrame
        :data:`VERDICT_COLUMNS`; ``verdict`` is ``"yes"``, ``"no"`` or ``"unknown"`` (``rule`` says why).
    """
    rows: list[Judgement] = []
    table = reliable.table().set_index("construct")
    for construct in table.index:
        name = str(construct)
        judgements = [
            _alone(name, reliable),
            _reliable(name, reliable, table),
            _convergent(name, judged, absent),
            _distinct(name, ratios, absent),
            *(_invariant(name, group, found, absent) for group, found in groups.items()),
        ]
        rows += [_withheld(row, opposed[name]) for row in judgements] if name in opposed else judgements
    rows.append(_fits(confirmed))
    return pd.DataFrame([asdict(row) for row in rows], columns=list(VERDICT_COLUMNS))


def overview(judged: pd.DataFrame) -> pd.DataFrame:
    """Arrange verdicts in one row a construct and one column a question.

    Parameters
    ----------
    judged : pandas.DataFrame
        :data:`VERDICT_COLUMNS`.

    Returns
    -------
    pandas.DataFrame
        ``construct`` and the questions in their order. Left out are the question about all constructs
        together and constructs of which nothing is known, such as single questions.
    """
    known = set(judged.loc[judged["verdict"] != "unknown", "construct"])
    single = judged[(judged["construct"] != ALL) & judged["construct"].isin(known)]
    rows: dict[str, dict[str, str]] = {}
    for row in single.itertuples():
        own = rows.setdefault(str(row.construct), {"construct": str(row.construct)})
        own[str(row.question)] = str(row.verdict)
    return pd.DataFrame(rows.values(), columns=["construct", *dict.fromkeys(single["question"])])


def _withheld(row: Judgement, items: str) -> Judgement:
    if row.verdict == "unknown":
        return row
    return _unknown(row.construct, row.question, f"items run against each other ({items}); {KEYING}")


def _unknown(name: str, question: str, why: str) -> Judgement:
    return Judgement(name, question, "unknown", why)


def _verdict(holds: bool) -> str:
    return "yes" if holds else "no"


def _alone(name: str, reliable: Reliability) -> Judgement:
    question = "one factor fits"
    own = reliable.fits[reliable.fits["construct"] == name]
    if len(own):
        # RMSEA is left out because it punishes models of few degrees of freedom.
        cfi, srmr = float(own["cfi"].iloc[0]), float(own["srmr"].iloc[0])
        rule = "CFI of at least .95 and SRMR of at most .08, its items alone (guides)"
        fits = CLOSE_CFI.met(cfi) and CLOSE_SRMR.met(srmr)
        return Judgement(name, question, _verdict(fits), rule, "cfi", cfi)
    why = reliable.unavailable[
        (reliable.unavailable["construct"] == name) & (reliable.unavailable["statistic"] == "omega")
    ]["reason"]
    return _unknown(name, question, str(why.iloc[0]) if len(why) else "three items fit any data")


def _reliable(name: str, reliable: Reliability, table: pd.DataFrame) -> Judgement:
    for statistic in ("omega", "alpha"):
        value = float(table.loc[name, statistic])
        if pd.notna(value):
            rule = f"{statistic} of at least .70"
            return Judgement(name, "reliable", _verdict(RELIABLE.met(value)), rule, statistic, value)
    why = reliable.unavailable[reliable.unavailable["construct"] == name]["reason"]
    return _unknown(name, "reliable", str(why.iloc[0]))


def _convergent(name: str, judged: Validity | NotAvailable, absent: Mapping[str, str]) -> Judgement:
    question = "convergent"
    if isinstance(judged, NotAvailable):
        return _unknown(name, question, judged.reason)
    if name not in set(judged.constructs["construct"]):
        known = judged.unavailable.get(name)
        return _unknown(name, question, known.reason if known else absent.get(name, ABSENT))
    ave = float(judged.constructs.set_index("construct").loc[name, "ave"])
    rule = "average variance extracted of at least .50 in the whole measurement model (a guide)"
    return Judgement(name, question, _verdict(CONVERGENT.met(ave)), rule, "ave", ave)


def _distinct(name: str, ratios: Htmt | NotAvailable, absent: Mapping[str, str]) -> Judgement:
    question = "discriminant"
    if isinstance(ratios, NotAvailable):
        return _unknown(name, question, ratios.reason)
    if name in ratios.unavailable:
        return _unknown(name, question, ratios.unavailable[name].reason)
    pairs = ratios.pairs
    own = pairs[(pairs["construct_1"] == name) | (pairs["construct_2"] == name)]
    if own.empty:
        return _unknown(name, question, absent.get(name, ABSENT))
    highest = float(own["ci_upper" if ratios.draws else "htmt"].max(skipna=False))
    rule = "upper end of HTMT's interval" if ratios.draws else "HTMT"
    rule += " below .85 with every other construct"
    return Judgement(name, question, _verdict(DISTINCT.met(highest)), rule, "htmt", highest)


def _invariant(
    name: str, group: str, found: Invariance | NotAvailable, absent: Mapping[str, str]
) -> Judgement:
    question = f"same in groups of {group}"
    unknown = _untested(name, found, absent)
    if unknown or isinstance(found, NotAvailable):
        return _unknown(name, question, unknown)
    freed = found.freed[found.freed["construct"] == name] if len(found.freed) else found.freed
    holds = found.level in COMPARABLE and freed.empty
    words = f"{found.highest} level holds by changes in CFI (at most .010) and RMSEA (at most .015)"
    free = float(found.steps["cfi"].iloc[0])
    if not POOR_CFI.met(free):
        words += f"; but nothing held equal, CFI is {free:.3f}, so that all levels fit badly"
    own = ", ".join(freed["parameter"]) if len(freed) else ""
    return Judgement(name, question, _verdict(holds), words, freed=own)


def _untested(name: str, found: Invariance | NotAvailable, absent: Mapping[str, str]) -> str:
    """Say why nothing is known of a construct's invariance; empty when it was tested."""
    if isinstance(found, NotAvailable):
        return found.reason
    if name in absent:
        return absent[name]
    if found.highest == "none":
        why = next(iter(found.unavailable.values()), NotAvailable("no level could be fitted"))
        return f"no level could be fitted: {' '.join(why.reason.split())}"
    if not set(found.tested) & set(COMPARABLE):
        missing = found.unavailable.get("scalar")
        return f"the scalar level was not tested{f': {missing.reason}' if missing else ''}"
    return ""


def _fits(confirmed: Confirmatory | NotAvailable) -> Judgement:
    name, question = ALL, "model fits"
    if isinstance(confirmed, NotAvailable):
        return _unknown(name, question, confirmed.reason)
    if not (confirmed.converged and confirmed.identified):
        return _unknown(name, question, "; ".join(confirmed.messages) or "not converged")
    known = best(confirmed.fit_measures, "cfi"), best(confirmed.fit_measures, "rmsea")
    if isinstance(known[0], NotAvailable) or isinstance(known[1], NotAvailable):
        return _unknown(name, question, "this estimator gives no CFI or no RMSEA")
    cfi, rmsea = known[0].value, known[1].value
    rule = "CFI of at least .90 and RMSEA of at most .08 (guides)"
    return Judgement(name, question, _verdict(POOR_CFI.met(cfi) and FAIR_RMSEA.met(rmsea)), rule, "cfi", cfi)


def examine(x: Examination) -> pd.DataFrame:
    """Compute the part ``verdicts``: one row a construct and question."""
    found = x.found
    if not found["reliability"]:
        raise MeasurementError(found["reliability"].reason)
    opposed = opposed_items(found["reliability"], found["confirmatory"], keying_audit(x.clean))
    return verdicts(
        found["reliability"],
        found["confirmatory"],
        found["validity"],
        found["htmt"],
        found["groups"] or {},
        why_absent(x),
        opposed,
    )


def why_absent(x: Examination) -> dict[str, str]:
    """Say of each construct that is no factor of the models why it is none."""
    told = {}
    for one in x.sets:
        if one.construct in x.factors:
            continue
        sorting = [item for item in one.items if item in x.options.groups]
        if sorting:
            told[one.construct] = f"{', '.join(sorting)} sorts the groups"
        elif one.measurement != "reflective":
            told[one.construct] = f"measured as {one.measurement}, which no factor stands behind"
        elif one.construct in x.usable[0]:
            told[one.construct] = "merged with another construct in the models"
        else:
            told[one.construct] = "none of its items can be used in a model"
    return told
