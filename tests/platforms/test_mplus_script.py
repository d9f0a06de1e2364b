"""lavaan's own reader of Mplus model text takes what we write, and the model it makes of it is the one we fitted."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import coprod_measure as cm

pytestmark = pytest.mark.platform

DATA = Path(__file__).parents[1] / "reference" / "data"
CASES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "factors": (
        "visual =~ x1 + x2 + x3\ntextual =~ x4 + a*x5 + a*x6\nx1 ~~ x9", "holzinger_swineford", {}, "",
    ),
    "regressions": (
        "f =~ x1 + x2 + x3\nf ~ x7 + x8\nx4 ~ f", "holzinger_swineford", {"mean_structure": True}, "meanstructure = TRUE",
    ),
    "incomplete": (
        "f1 =~ y1 + y2 + y3\nf2 =~ y5 + y6 + y7\nf2 ~ f1", "chain_missing", {"missing": "fiml"}, "missing = 'ml'",
    ),
    "ordered": (
        "f1 =~ u1 + u2 + u3\nf2 =~ u5 + u6 + u7", "ordinal", {"ordered": ["u1", "u2", "u3", "u5", "u6", "u7"]},
        "ordered = c('u1', 'u2', 'u3', 'u5', 'u6', 'u7'), auto.th = TRUE",
    ),
}  # fmt: skip
SCRIPT = """
suppressMessages(library(lavaan))
model <- mplus2lavaan.modelSyntax(readLines("model.txt"))
fit <- lavaan(model, read.csv("data.csv"), auto.delta = TRUE{more})
cat(jsonlite::toJSON(as.list(fitMeasures(fit, c("chisq", "df", "npar"))), digits = NA, auto_unbox = TRUE))
"""


@pytest.mark.parametrize("case", CASES)
def test_the_model_is_read_back(case: str, tmp_path: Path) -> None:
    model, name, options, more = CASES[case]
    data = pd.read_csv(DATA / f"{name}.csv")
    fit = cm.sem(model, data, **options)
    lines = fit.to_mplus().splitlines()
    own = lines[lines.index("MODEL:") + 1 : lines.index("OUTPUT:")]
    # Its reader knows no thresholds.
    own = [line for line in own if "$" not in line]
    (tmp_path / "model.txt").write_text("\n".join(line.strip() for line in own) + "\n")
    data.to_csv(tmp_path / "data.csv", index=False, na_rep="NA")
    script = SCRIPT.replace("{more}", f", {more}" if more else "")
    done = subprocess.run(
        ["Rscript", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout[done.stdout.index("{") :])
    ours = fit.fit_measures
    assert theirs["df"] == fit.df
    assert theirs["chisq"] == pytest.approx(float(ours["chisq"]), rel=1e-5)
