"""The verdict and the report of one study say the same of its measurement model, whatever the estimator."""

from __future__ import annotations

import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.factors.confirmatory import confirmatory
from coprod_measure.measurement.factors.rivals import rivals
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.measurement.verdicts import verdicts
from coprod_measure.report.about_measurement_model import model_fit
from coprod_measure.report.model_fit import fit_table
from coprod_measure.shipped import shipped_folder
from coprod_measure.study.exclusions import _known

SCALES = {name: [f"{name}{k}" for k in range(1, 6)] for name in "NO"}


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    frame = pd.read_csv(shipped_folder("data/sample") / "bfi" / "bfi.csv").astype(float).iloc[:600, :25]
    return frame.assign(O2=7 - frame["O2"], O5=7 - frame["O5"])


@pytest.mark.parametrize(
    ("estimator", "missing", "ordered"),
    [
        ("ML", "listwise", ()),
        ("ML", "fiml", ()),
        ("MLR", "listwise", ()),
        ("MLR", "fiml", ()),
        ("MLMVS", "listwise", ()),
        ("WLSMV", "listwise", (*SCALES["N"], *SCALES["O"])),
        ("WLSMV", "listwise", tuple(SCALES["N"])),
    ],
)
def test_verdict_report_and_comparison_show_one_number(answers, estimator, missing, ordered):
    options = {"estimator": estimator, "missing": missing, "ordered": ordered}
    model = confirmatory(answers, SCALES, **options)
    nothing = NotAvailable("not asked")
    judged = verdicts(reliability(answers, SCALES), model, nothing, nothing, {}, list(SCALES), {})
    verdict = judged.set_index("question").loc["model fits", "value"]
    shown = fit_table("fit", "Fit", [model_fit(model)])
    reported = dict(zip([column.label for column in shown.columns], shown.rows[0].values, strict=True))
    compared = {name: value for (_, name), value in _known(model.fit_measures).items()}
    rival = rivals(answers, SCALES, **options).models.set_index("model").loc["correlated factors"]
    assert verdict == reported["CFI"] == compared["cfi"] == pytest.approx(rival["cfi"], abs=1e-9)
    assert reported["RMSEA"] == compared["rmsea"] == pytest.approx(rival["rmsea"], abs=1e-9)
