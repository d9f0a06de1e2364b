from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm

DATA = Path(__file__).parents[2] / "reference" / "data" / "holzinger_swineford.csv"
MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6"


def test_of_complete_answers_it_is_corrected_maximum_likelihood() -> None:
    data = pd.read_csv(DATA)
    two = cm.cfa(MODEL, data, missing="robust.two.stage")
    one = cm.cfa(MODEL, data, estimator="MLM")
    np.testing.assert_allclose(two.parameters["est"].head(15), one.parameters["est"].head(15), atol=1e-5)
    # They weigh by the information at the sample's and at the model's moments.
    free = one.parameters["se"].head(15) > 0
    np.testing.assert_allclose(
        two.parameters["se"].head(15)[free], one.parameters["se"].head(15)[free], rtol=0.1
    )
    z = [fit.residuals("standardized").query("op == '~~' and lhs != rhs")["residual"] for fit in (two, one)]
    np.testing.assert_allclose(z[0], z[1], atol=0.4)


def test_what_two_stages_cannot_do_is_refused() -> None:
    data = pd.read_csv(DATA)
    for options in ({"estimator": "MLR"}, {"test": "scaled_shifted"}, {"se": "robust_huber_white"}):
        with pytest.raises(cm.CoprodError, match="two stages"):
            cm.cfa(MODEL, data, missing="two.stage", **options)
