"""The Mplus input of a fit: what stands in it, and what Mplus has no like for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError

DATA = Path(__file__).parents[1] / "reference" / "data"
HS = pd.read_csv(DATA / "holzinger_swineford.csv")


def section(text: str, name: str) -> list[str]:
    lines = text.splitlines()
    start = lines.index(name) + 1
    own = []
    for line in lines[start:]:
        if not line.startswith("  "):
            break
        own.append(line.strip())
    return own


def test_every_parameter_is_written_out_and_equal_ones_share_a_label() -> None:
    fit = cm.cfa(
        "visual_ability =~ x1 + x2 + x3",
        HS,
        group="school",
        group_equal=["loadings", "intercepts"],
        estimator="MLR",
    )
    text = fit.to_mplus()
    assert "  ! v1 is visual_ability" in text
    assert "GROUPING = school (1 = g1 2 = g2);" in text
    first, second = section(text, "MODEL g1:"), section(text, "MODEL g2:")
    assert first[:3] == ["v1 BY x1@1;", "v1 BY x2 (eq1);", "v1 BY x3 (eq2);"]
    assert [line for line in first if "eq" in line] == [line for line in second if "eq" in line]
    assert ("[v1@0];" in first, "[v1];" in second) == (True, True)
    free = sum("@" not in line and "(eq" not in line for line in first + second)
    assert free + 5 == fit.n_parameters  # two loadings and three intercepts are equal


def test_ordered_answers_constraints_and_reserved_names() -> None:
    data = pd.read_csv(DATA / "ordinal.csv").rename(columns={"u1": "with"})
    text = cm.cfa("f =~ with + a*u2 + u3\na == 1.1", data, ordered=["with", "u2", "u3"]).to_mplus()
    assert "CATEGORICAL = v1 u2 u3;" in text
    assert "[v1$1];" in text
    assert section(text, "MODEL CONSTRAINT:") == ["a = 1.1;"]
    assert not any(line.startswith(("v1;", "u2;", "[u2;")) for line in section(text, "MODEL:"))
    defined = cm.sem("x2 ~ a*x1\nx3 ~ b*x2\nind := a*b^2\na > 0.1", HS).to_mplus()
    assert section(defined, "MODEL CONSTRAINT:") == ["NEW(ind);", "ind = a*b**2;", "0 > (0.1) - (a);"]
    assert not any(line.startswith("x1") for line in section(defined, "MODEL:"))


def test_lines_stay_short_and_nothing_foreign_enters() -> None:
    wide = pd.DataFrame({f"a rather long name {k}": HS[f"x{k}"] for k in range(1, 10)})
    model = "f =~ " + " + ".join(f"`{name}`" for name in wide.columns)
    text = cm.cfa(model, wide).to_mplus('my "data".dat')
    assert max(map(len, text.splitlines())) <= 80
    assert 'FILE = "my ?data?.dat";' in text


@pytest.mark.parametrize(
    ("options", "said"),
    [({"estimator": "MLMVS"}, "no estimator MLMVS"), ({"estimator": "DWLS"}, "no estimator DWLS")],
)
def test_refused(options: dict[str, str], said: str) -> None:
    fit = cm.cfa("f =~ x1 + x2 + x3", HS, **options)
    with pytest.raises(CoprodError, match=said):
        fit.to_mplus()
