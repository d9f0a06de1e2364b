"""Records with invented numbers, for tests that look at how things are shown."""

from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.definition import Instrument, Item, Scale
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.measurement.examination import MeasurementOptions
from coprod_measure.report.document import (
    Bullets,
    Callout,
    Column,
    Document,
    Figure,
    KeyValues,
    Paragraph,
    References,
    Row,
    Section,
    Table,
)
from coprod_measure.report.figures.scree import draw_scree
from coprod_measure.responses.cleaning_rules import Rule, Step
from coprod_measure.responses.dataset import LOG_COLUMNS, Responses, Source
from coprod_measure.structure.evidence import Reason
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import (
    CLAIM_COLUMNS,
    NOT_ASKED_COLUMNS,
    TABLE_COLUMNS,
    HypothesisTests,
)
from coprod_measure.structure.structural_fit import PATH_COLUMNS, StructuralFit
from coprod_measure.theory.definition import Construct, Stage, Theory

NASTY = "=1+1 <script>alert('x')</script> & | \"q\" $a_b$ {{ 7 * 7 }} --> ]]> *no* `no` \x00 好"


def found_parts(**parts: object) -> MeasurementResults:
    """Results of the measurement that hold these parts and no others."""
    return MeasurementResults(parts, MeasurementOptions())


def nasty_document() -> Document:
    columns = (Column(NASTY), Column("α", "bounded", italic=True), Column("CI", "bounded"))
    rows = (
        Row((NASTY, None, None), heading=True),
        Row((NASTY, 0.71234, (0.6, 0.8))),
        Row(("b", NotAvailable(NASTY), float("nan"))),
    )
    scree = draw_scree([2.0, 0.5], [1.1, 0.9], 1, NASTY)
    blocks = (
        Paragraph(NASTY),
        Bullets((NASTY,)),
        References((NASTY,)),
        Callout(NASTY, NASTY),
        KeyValues(((NASTY, NASTY),)),
        Table("t", NASTY, columns, rows, (NASTY,)),
        Figure("s", NASTY, scree, NASTY, NASTY),
    )
    return Document(NASTY, NASTY, (Section("one", NASTY, blocks),))


def parameters() -> pd.DataFrame:
    rows = [
        ("b", "~", "a", 0.5, 0.1, 0.0001, 0.4),
        ("c", "~", "b", -0.2, 0.2, 0.3, -0.15),
        ("a", "~~", "a", 1.0, 0.1, 0.0, 1.0),
        ("b", "~~", "b", 0.8, 0.1, 0.0, 0.84),
        ("c", "~~", "c", 0.9, 0.1, 0.0, 0.975),
        ("a", "=~", "a1", 1.0, 0.0, np.nan, 0.8),
    ]
    return pd.DataFrame(rows, columns=["lhs", "op", "rhs", "est", "se", "pvalue", "std_all"])


def structural_fit(**changes: object) -> StructuralFit:
    measures = pd.Series(
        {
            "chisq": 85.3, "df": 24.0, "pvalue": 0.0, "cfi": 0.96, "tli": 0.95, "rmsea": 0.05,
            "rmsea_ci_lower": 0.04, "rmsea_ci_upper": 0.06, "srmr": 0.04,
        }
    )  # fmt: skip
    made = StructuralFit(
        hypotheses=("H1", "H2"),
        respondents="all",
        n=1200,
        estimator="ML",
        missing="fiml",
        syntax="b ~ a",
        stage_of=(("a", "early"), ("b", "late"), ("c", "late")),
        parameters=parameters(),
        fit_measures=measures,
        converged=True,
        admissible=True,
    )
    return replace(made, **changes)


def _frame(columns: tuple[str, ...], *rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))


def hypothesis_tests() -> HypothesisTests:
    tested = {"kind": "paths", "measure": "beta"}
    verdicts = _frame(
        tuple(name for name in TABLE_COLUMNS if name != "reason"),
        {
            "id": "H1", "statement": "A raises B.", "estimate": 0.5, "std": 0.4, "ci_lower": 0.3,
            "ci_upper": 0.5, "pvalue": 0.0001, "pvalue_adjusted": 0.0002, "verdict": "supported",
            "expected": "positive", "asked": 2, "of": 3, **tested,
        },
        {
            "id": "H2", "statement": "B raises C.", "estimate": -0.2, "std": -0.15, "ci_lower": -0.4,
            "ci_upper": 0.1, "pvalue": 0.3, "pvalue_adjusted": 0.3, "verdict": "not supported",
            "expected": "any", "asked": 2, "of": 2, **tested,
        },
        {
            "id": "H3", "statement": NASTY, "verdict": "not testable here", "expected": "negative",
            "kind": "paths", "measure": "", "asked": 0, "of": 1,
        },
    )  # fmt: skip
    one = {"model": "linear", "respondents": "all", "n": 1200, "measure": "beta"}
    claims = _frame(
        CLAIM_COLUMNS,
        {
            "hypothesis": "H1", "source": "a", "via": (), "target": "b", "expected": 1, "estimate": 0.5,
            "se": 0.1, "std": 0.4, "ci_lower": 0.3, "ci_upper": 0.5, "pvalue": 0.0001,
            "pvalue_adjusted": 0.0001, "agreement": "agrees", "sources": (), "targets": (), **one,
        },
        {
            "hypothesis": "H2", "source": "a", "via": (("b",),), "target": "c", "expected": 0,
            "estimate": -0.2, "se": 0.2, "std": -0.15, "ci_lower": -0.4, "ci_upper": 0.1, "pvalue": 0.3,
            "pvalue_adjusted": 0.3, "agreement": "not shown", "sources": (), "targets": (), **one,
        },
    )  # fmt: skip
    paths = pd.DataFrame(
        [
            (1, "all", "linear", 1200, "b", 0.16, "a", 0.5, 0.1, 0.3, 0.7, 0.0001, 0.4),
            (1, "all", "linear", 1200, "c", np.nan, "b", -0.2, 0.2, -0.6, 0.2, 0.3, -0.15),
            (2, "d == 1", "linear", 800, "c", 0.026, "b", -0.2, 0.2, -0.6, 0.2, 0.3, -0.15),
            (0, "all", "logistic", 1200, "d", 0.3, "a", 0.9, 0.1, 0.7, 1.1, 0.0001, 0.5),
        ],
        columns=list(PATH_COLUMNS),
    )
    return HypothesisTests(
        verdicts=verdicts,
        reasons={
            "H1": (
                Reason("asked_in_part", {"source": (1, 2)}),
                Reason("claims_shown", {"shown": 1, "of": 1}),
            ),
            "H2": (Reason("claims_shown", {"shown": 0, "of": 1}),),
            "H3": (Reason("not_measured", {"constructs": ("d",)}),),
        },
        claims=claims,
        not_asked=pd.DataFrame(
            [("H1", "source", "c"), ("H3", "source", "d")], columns=list(NOT_ASKED_COLUMNS)
        ),
        models=(structural_fit(), structural_fit(respondents="d == 1", n=800)),
        paths=paths,
        options=TestingOptions(seed=7),
    )


def two_stage_instrument() -> Instrument:
    stages = {"early": Stage("early", "Early", ""), "late": Stage("late", "Late", "")}
    constructs = {
        id_: Construct(
            id=id_, name=f"Construct {id_.upper()}", definition="", stage="early" if id_ == "a" else "late"
        )
        for id_ in "abc"
    }
    theory = Theory(
        id="t", title="Theory", version="1", source="", stages=stages, constructs=constructs, higher_order={},
        hypotheses={},
    )  # fmt: skip
    scale = Scale("s", (1, 2, 3), {"en": ("low", "middle", "high")})
    items = {
        f"{c}{i}": Item(f"{c}{i}", f"Wording {c}{i}", construct_id=c, scale_id="s", reverse=i == 2)
        for c in "abc"
        for i in (1, 2, 3)
    }
    return Instrument(
        id="i", title="Instrument", version="1", license="", theory=theory, languages=("en",), scales={"s": scale},
        items=items, forms={}, constructs=constructs,
    )  # fmt: skip


def answers(n: int = 60) -> Responses:
    """Answers of ``n`` respondents; two were excluded, one item of one respondent is missing."""
    instrument = two_stage_instrument()
    rng = np.random.default_rng(5)
    level = {c: rng.normal(size=n) for c in "abc"}
    ids = list(instrument.items)
    values = {i: np.clip(np.round(2 + level[i[0]] + 0.6 * rng.normal(size=n)), 1, 3) for i in ids}
    frame = pd.DataFrame(values, index=pd.Index([f"r{k}" for k in range(n)], name="respondent"))
    frame.iloc[0, 0] = np.nan
    missing = pd.DataFrame("", index=frame.index, columns=frame.columns)
    missing.iloc[0, 0] = "unanswered"
    log = pd.DataFrame([("r0", "a1", "9", "", "recode", "no such code")], columns=list(LOG_COLUMNS))
    consent = Rule(id="consent", index="consent", op="==", value=0, action="exclude", rationale="No consent")
    steps = (
        Step("read", n + 2, "rows"),
        Step("consent", n + 2, "No consent", excluded=2, applied=consent, unknown=7),
        Step("longstring", n, "same answer ten times", marked=3),
    )
    source = Source(
        name="answers.csv", sha256="ab" * 32, platform="qualtrics", recognised_by="three header rows", n_rows=n + 2,
        synthetic=True,
    )  # fmt: skip
    return Responses(
        instrument=instrument, frame=frame, shown=frame, missing=missing, about=pd.DataFrame(index=frame.index),
        source=source, log=log, steps=steps, unmapped=("extra",), warnings=(NASTY,),
    )  # fmt: skip


def nominal_answers(n: int = 60) -> Responses:
    """The same answers, those to c1 being names: three options without an order."""
    found = answers(n)
    instrument = found.instrument
    names = Scale("names", (1, 2, 3), {"en": ("Woman", "Man", "Another gender")}, ordered=False)
    items = {**instrument.items, "c1": replace(instrument.items["c1"], scale_id="names")}
    scales = {**instrument.scales, "names": names}
    return replace(found, instrument=replace(instrument, items=items, scales=scales))
