from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.structure.methods.choice_models import multinomial
from coprod_measure.structure.methods.likelihood import maximise
from coprod_measure.structure.methods.stacked_choice import copies_at_once, fit_copies, scores_of


@pytest.mark.parametrize("options", [2, 4])
def test_copies_have_the_maxima_of_one_by_one(options: int) -> None:
    """The other search differentiates the likelihood by complex steps and knows no formula."""
    rng = np.random.default_rng(1)
    n, copies = 300, 3
    x = np.concatenate([np.ones((copies, n, 1)), rng.normal(size=(copies, n, 2))], axis=2)
    utility = np.outer(x[0, :, 1], np.arange(options)) + rng.gumbel(size=(n, options))
    chosen = utility.argmax(axis=1)
    start = np.zeros((options - 1) * 3)
    found = fit_copies(x, chosen, options, start)
    for k in range(copies):
        top = maximise(multinomial(x[k], chosen, options), start)
        assert found.estimates[k] == pytest.approx(top.estimates, abs=1e-6)
        assert found.covariances[k] == pytest.approx(top.covariance(), rel=1e-5, abs=1e-8)
        assert found.loglik[k] == pytest.approx(top.loglik)
        scores = scores_of(x[[k]], chosen, options, top.estimates)
        assert scores[0] == pytest.approx(top.scores, abs=1e-8)


def test_a_copy_without_a_maximum_leaves_the_others_alone() -> None:
    y = np.repeat([0, 1], 20)
    apart = np.column_stack([np.ones(40), np.zeros(40)])  # a constant twice over
    fine = np.column_stack([np.ones(40), np.tile([0.0, 1.0], 20)])
    found = fit_copies(np.stack([apart, fine]), y, 2, np.zeros(2))
    assert np.isnan(found.estimates[0]).all()
    assert found.estimates[1] == pytest.approx([0.0, 0.0], abs=1e-9)


def test_a_stack_is_no_larger_than_memory_allows() -> None:
    assert copies_at_once(1000, 4) == 1000
    assert copies_at_once(10**7, 4) == 1
