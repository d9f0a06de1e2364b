"""The keying audit: items that run against their construct are named, none is flipped."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.keying import item_signs, keying_audit
from coprod_measure.responses.read import read_responses

BFI = Path(__file__).parents[2] / "data" / "sample" / "bfi" / "bfi.csv"
PSYCH = json.loads((Path(__file__).parents[1] / "reference/careless_keying/values.json").read_text("utf-8"))


def test_alpha_and_signs_agree_with_psych() -> None:
    answers = pd.read_csv(BFI)[["A1", "A2", "A3", "A4", "A5"]].dropna()
    signs = item_signs(answers.cov().to_numpy())
    assert signs.alpha == pytest.approx(PSYCH["alpha"], abs=1e-8)
    assert signs.alpha_if_flipped[0] == pytest.approx(PSYCH["alpha_a1_mirrored"], abs=1e-8)
    np.testing.assert_allclose(signs.first_component, PSYCH["first_component"], atol=1e-6)
    np.testing.assert_array_equal(np.sign(signs.r_drop), np.sign(PSYCH["r_drop"]))


def _answers(instrument: Instrument, written: Callable[..., Path]) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    trust, skill = rng.normal(size=(2, 300))
    frame = pd.DataFrame(
        {
            id_: np.clip(np.round(3 + factor + 0.6 * rng.normal(size=300)), 1, 5)
            for id_, factor in [
                *((f"trust_{j}", trust if j != 2 else -trust) for j in (1, 2, 3)),
                *((f"skill_{j}", skill) for j in (1, 2, 3)),
            ]
        }
    )
    return frame


def test_wrong_keying_is_named_and_left_alone(written: Callable[..., Path], instrument: Instrument) -> None:
    path = written(_answers(instrument, written).to_csv(index=False))
    good = keying_audit(read_responses(path, instrument))
    assert set(good.items["verdict"]) == {"agrees"}
    assert good.warnings == ()
    items = dict(instrument.items)
    items["trust_2"] = replace(items["trust_2"], reverse=False)
    wrong = read_responses(path, replace(instrument, items=items))
    audit = keying_audit(wrong)
    assert audit.items.set_index("item")["verdict"].to_dict()["trust_2"] == "against"
    row = audit.items.set_index("item").loc["trust_2"]
    assert row["alpha_if_flipped"] > row["alpha"]
    assert len(audit.warnings) == 1
    assert "trust_2" in audit.warnings[0]
    assert wrong.frame["trust_2"].equals(wrong.shown["trust_2"])


def test_constant_item_is_called_constant(written: Callable[..., Path], instrument: Instrument) -> None:
    frame = _answers(instrument, written).assign(skill_2=3)
    audit = keying_audit(read_responses(written(frame.to_csv(index=False)), instrument))
    assert audit.items.set_index("item").loc["skill_2", "verdict"] == "constant"


def test_alpha_that_does_not_exist_is_not_told(written: Callable[..., Path], instrument: Instrument) -> None:
    opposed = "trust_1,trust_2\n1,1\n2,2\n3,3\n"  # keyed, the two add up to the same for everybody
    (said, *_) = keying_audit(read_responses(written(opposed), instrument)).warnings
    assert "runs against trust" in said
    assert "nan" not in said
