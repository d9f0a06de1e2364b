from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from coprod_measure.estimation.inference.multiple_tests import holm


def test_a_published_example() -> None:
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm([]) == []


@pytest.mark.parametrize("k", [1, 3, 40])
def test_agrees_with_statsmodels(k: int) -> None:
    pvalues = np.random.default_rng(k).uniform(size=k) ** 3
    pvalues[-1] = pvalues[0]
    np.testing.assert_allclose(holm(pvalues), multipletests(pvalues, method="holm")[1], rtol=1e-12)
