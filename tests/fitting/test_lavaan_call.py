"""Calls of lavaan are read as R reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coprod_measure as cm
from coprod_measure.errors import CoprodError
from coprod_measure.estimation.specification.writing import formula, written

DATA = Path(__file__).parents[1] / "reference" / "data"
MODEL = "f =~ x1 + x2 + x3  # three\nf ~~ f"


@pytest.mark.parametrize(
    ("text", "function", "options"),
    [
        (f"cfa('{MODEL}', d)", "cfa", {}),
        (
            f'm = "{MODEL}"\nfit <- lavaan::sem(model = m, data = d[, 1:9], se = "robust")',
            "sem",
            {"se": "robust"},
        ),
        (
            f"# cfa(nothing)\nm <- '{MODEL}'\nequal <- c('loadings', \"intercepts\")\n"
            "fit <- cfa(m, data = d, group = 'school', group.equal = equal, # all\n  meanstructure = T)",
            "cfa",
            {"group": "school", "group_equal": ["loadings", "intercepts"], "mean_structure": True},
        ),
        (
            f"lavaan('{MODEL}', d, auto.var = TRUE, int.ov.free = TRUE, auto.cov.y = FALSE)",
            "lavaan",
            {"auto": ["var", "int_ov_free"]},
        ),
        (f"sem('{MODEL}', d, auto.fix.single = TRUE, int.lv.free = FALSE)", "sem", {}),
        (
            f"sem('{MODEL}', d, bootstrap = 500L, ordered = FALSE, cluster = NULL)",
            "sem",
            {"bootstrap": 500, "cluster": None},
        ),
    ],
)
def test_calls_are_read(text: str, function: str, options: dict[str, Any]) -> None:
    found = cm.from_lavaan(text)
    assert (found.function, found.model, found.options) == (function, MODEL, options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lm(y ~ x)", "no call of sem"),
        ("fit <- cfa(m, data = d)", "the model's text is not in the script"),
        ("cfa('f =~ x1 + x2', data = d", "not closed"),
        ("cfa('f =~ x1 + x2', d, optim.method = 'GN')", "there is no such option"),
        ("cfa('f =~ x1 + x2', sample.cov = S, sample.nobs = 100)", "Hand cm.Moments"),
        ("cfa('f =~ x1 + x2', d, auto.var = FALSE)", "sets auto.var itself"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, words: str) -> None:
    with pytest.raises(CoprodError, match=words):
        cm.from_lavaan(text)


@pytest.mark.parametrize(
    ("function", "options"),
    [
        ("cfa", {"estimator": "MLR", "group": "school", "group_equal": ["loadings", "intercepts"]}),
        ("sem", {"missing": "fiml", "std_lv": True}),
        ("lavaan", {"auto": ["var", "fix_first", "int_ov_free"], "mean_structure": True}),
    ],
)
def test_scripts_written_here_are_read_back(function: str, options: dict[str, Any]) -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")
    fit = getattr(cm, function)("f =~ x1 + a*x2 + start(0.7)*x3\nf ~~ f", data, **options)
    again = cm.from_lavaan(fit.to_lavaan()).fit(data)
    assert again.parameters["est"].tolist() == pytest.approx(fit.parameters["est"].tolist(), abs=1e-6)
    assert again.measures["chisq"] == pytest.approx(fit.measures["chisq"], abs=1e-6)


def test_exploratory_blocks_are_read_back() -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")
    model = 'efa("b")*f1 + efa("b")*f2 =~ x1 + x2 + x3 + x4 + x5 + x6\nx7 ~ f1 + f2'
    fit = cm.sem(model, data, rotation="oblimin", rotation_args={"std_ov": False, "oblimin_gamma": -0.5})
    call = cm.from_lavaan(fit.to_lavaan())
    assert call.options["rotation_args"] == {"std_ov": 0, "oblimin_gamma": -0.5}
    assert call.fit(data).parameters["est"].tolist() == pytest.approx(
        fit.parameters["est"].tolist(), abs=1e-6
    )


ODD = st.one_of(
    st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=8),
    st.sampled_from(
        ["item 1", "2b", "c-3", "v1", "v2", "1", ".5", "if", "TRUE", "größe", 'a"b', "it's", "a\\n"]
    ),
)


@settings(max_examples=40)
@given(st.lists(ODD, min_size=6, max_size=6, unique_by=lambda name: "".join(name.split())))
def test_names_that_lavaan_cannot_hold_come_back(names: list[str]) -> None:
    """Also beside a label that is called as the script calls a variable."""
    *columns, factor = names
    data = pd.read_csv(DATA / "holzinger_swineford.csv").rename(
        columns=dict(zip(["x1", "x2", "x3", "x7", "school"], columns, strict=True))
    )
    items, covariate, group = columns[:3], columns[3], columns[4]
    model = "\n".join(
        [
            formula(factor, "=~", items[0], ("v1", items[1]), items[2]),
            formula(factor, "~", ("v2", covariate)),
            "twice := 2*v1",
        ]
    )
    options = {"group": group, "group_equal": "loadings", "group_partial": [f"{factor}=~{items[2]}"]}
    fit = cm.sem(model, data, **options)
    call = cm.from_lavaan(fit.to_lavaan())
    assert call.options["group"] == group
    again = call.fit(data)
    told = ["lhs", "op", "rhs"]
    assert again.parameters[told].to_numpy().tolist() == fit.parameters[told].to_numpy().tolist()
    assert again.measures["chisq"] == pytest.approx(fit.measures["chisq"], abs=1e-6)
    assert again.df == fit.df


def test_columns_that_a_script_renames_keep_their_names() -> None:
    script = (
        'names(d)[names(d) == "item 1"] <- "a"; colnames(d)[colnames(d) == "2b"] = "b"\n'
        "m <- 'f =~ x + a + b*b # a and b\\n f ~ x:a; a > 0'\n"
        "cfa(m, d, ordered = c('a', 'x'), group = \"b\")"
    )
    call = cm.from_lavaan(script)
    assert call.model == f"f =~ x + {written('item 1')} + b*`2b` # a and b\n f ~ x:`item 1`; a > 0"
    assert call.options == {"ordered": ["item 1", "x"], "group": "2b"}
