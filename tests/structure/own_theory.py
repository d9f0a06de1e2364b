"""A theory of one's own with a claim of every kind that needs one occasion, and answers to it of known truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from structure.by_hand import answers_of

LATENT = ("skill", "joy", "thrift", "worry", "hoped", "got", "repair", "pleased")
OBSERVED = {"place": "places", "decided": "yesno", "way": "ways"}
CLAIMS = {
    "direct": ("paths", "level: direct, sources: [skill], targets: [repair], sign: positive"),
    "decision": ("paths", "level: direct, sources: [skill], targets: [decided], sign: positive"),
    "mediated": ("paths", "level: mediated, sources: [skill], via: [joy], targets: [repair], sign: positive"),
    "amount": ("moderated", "level: moderated, sources: [skill], moderators: [joy], targets: [repair]"),
    "groups": ("moderated", "level: moderated, sources: [skill], moderators: [place], targets: [repair]"),
    "means": ("group_difference", "level: group_difference, sources: [place], targets: [repair]"),
    "same": (
        "group_difference",
        "level: group_difference, sources: [skill], moderators: [place], targets: [repair], "
        "no_difference: true",
    ),
    "first": (
        "relative_importance",
        "level: relative_importance, sources: [skill, joy, worry], targets: [repair], sign: positive, "
        "tested_by: [first_rank], test: which ranks first",
    ),
    "more": (
        "incremental",
        "level: incremental, sources: [joy], versus: [skill, thrift], targets: [repair], sign: positive",
    ),
    "gap": ("discrepancy", "level: discrepancy, sources: [hoped, got], targets: [pleased], sign: positive"),
    "needed": ("necessity", "level: necessity, sources: [skill], targets: [repair], sign: positive"),
    "choice": ("choice", "level: choice, sources: [skill], targets: [way], sign: negative"),
    "two": ("measurement", "level: measurement, sources: [skill, joy]"),
    "one": ("measurement", "level: measurement, sources: [drive], sign: positive"),
    "order": (
        "rivals",
        "level: stage_transition, sources: [skill], via: [joy, thrift, worry], targets: [repair], sign: positive, "
        "test: rival structures",
    ),
    "kinds": ("segmentation", "level: segmentation, sources: [skill, joy, thrift]"),
    "net": ("nomological", "level: nomological, sources: [worry], targets: [thrift], sign: positive"),
    "rule": (
        "judgement",
        "level: group_difference, sources: [place], targets: [pleased], judged_by: [got, joy, skill], "
        "rules: {Town: additive, Farm: conjunctive}, tested_by: [judgement_rules]",
    ),
    "codes": ("paths", "level: direct, sources: [place], targets: [repair], sign: positive"),
}


def repair_answers(folder: Path) -> Responses:
    about = "definition: d, stage: now, unit: [respondent]"
    constructs = [f"  {name}: {{name: {name}, {about}}}" for name in LATENT]
    constructs += [f"  {name}: {{name: {name}, {about}, measurement: observed}}" for name in OBSERVED]
    claims = [f'  {id_}: {{statement: "It.", {words}}}' for id_, (_, words) in CLAIMS.items()]
    theory = [
        'id: repair\ntitle: Repair\nversion: "1.0"\nsource: own\nstages: {now: {name: Now, definition: d}}',
        "constructs:", *constructs,
        "higher_order: {drive: {name: Drive, kind: reflective, facets: [skill, joy, thrift]}}",
        "hypotheses:", *claims,
    ]  # fmt: skip
    (folder / "theory.yaml").write_text("\n".join(theory), encoding="utf-8")
    items = {name: [f"{name}_{k}: {{text: t}}" for k in (1, 2, 3)] for name in LATENT}
    items |= {name: [f"{name}_1: {{text: t}}"] for name in OBSERVED}
    asked = [
        f"  - {{construct: {name}, scale: {OBSERVED.get(name, 'agree')}, items: {{{', '.join(own)}}}}}"
        for name, own in items.items()
    ]
    instrument = [
        'id: repair\ntitle: Repair\nversion: "1.0"\nlicense: CC0-1.0\ntheory: theory.yaml\nlanguages: [en]',
        "scales:", "  agree: {codes: [1, 2, 3, 4, 5, 6, 7], labels: {en: [a, b, c, d, e, f, g]}}",
        "  yesno: {codes: [0, 1], labels: {en: ['No', 'Yes']}}",
        "  places: {codes: [1, 2, 3], ordered: false, labels: {en: [Town, Village, Farm]}}",
        "  ways: {codes: [1, 2, 3], ordered: false, labels: {en: [Buy, Have mended, Mend]}}",
        "questions:", *asked,
    ]  # fmt: skip
    (folder / "repair.yaml").write_text("\n".join(instrument), encoding="utf-8")
    frame = drawn(np.random.default_rng(5), 300)
    about_rows = pd.DataFrame({"respondent": [f"p{k}" for k in range(len(frame))]})
    return answers_of(read_instrument(folder / "repair.yaml"), frame, about_rows)


def drawn(rng: np.random.Generator, n: int) -> pd.DataFrame:
    noise = dict(zip(LATENT, rng.standard_normal((len(LATENT), n)), strict=True))
    skill = noise["skill"]
    values = noise | {"joy": 0.5 * skill + noise["joy"], "thrift": 0.3 * skill + noise["thrift"]}
    values["worry"] = 0.5 * values["thrift"] + noise["worry"]
    values["repair"] = 0.5 * skill + 0.3 * values["joy"] + 0.2 * skill * values["joy"] + 0.7 * noise["repair"]
    values["pleased"] = 0.5 * values["got"] - 0.4 * values["hoped"] + 0.7 * noise["pleased"]
    columns = {
        f"{name}_{k}": np.clip(np.round(4 + value + 0.6 * rng.standard_normal(n)), 1, 7)
        for name, value in values.items()
        for k in (1, 2, 3)
    }
    utility = np.column_stack([0.8 * -skill, np.zeros(n), 0.8 * skill]) + rng.gumbel(size=(n, 3))
    columns["place_1"] = rng.integers(1, 4, n).astype(float)
    columns["decided_1"] = (skill + rng.logistic(size=n) > 0).astype(float)
    columns["way_1"] = utility.argmax(axis=1) + 1.0
    return pd.DataFrame(columns)
