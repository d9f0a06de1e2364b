"""What is asked of a fit: a misspelt word is refused in one line, never taken for the default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import coprod_measure as cm

DATA = pd.read_csv(Path(__file__).parents[1] / "reference" / "data" / "holzinger_swineford.csv")


@pytest.fixture(scope="module")
def fit() -> Any:
    return cm.cfa("f =~ x1 + x2 + x3", DATA)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda fit: fit.standardized("std_al"), "Did you mean 'std_all'"),
        (lambda fit: fit.score_tests(information="seen"), "'expected' or 'observed'"),
        (lambda fit: fit.modification_indices(information="seen"), "'expected' or 'observed'"),
        (lambda fit: fit.factor_scores("bartlet"), "Did you mean 'bartlett'"),
        (lambda fit: fit.compare("other"), "is no fit"),
        (lambda fit: fit.vuong("other"), "is no fit"),
        (lambda fit: fit.bootstrap(draws=-1), "whole number from 2 on"),
        (lambda fit: fit.bootstrap(draws=1), "whole number from 2 on"),
        (lambda fit: fit.bootstrap(draws=2, seed="x"), "whole number from 0 on"),
        (lambda fit: fit.bootstrap(draws=2, processes=0), "whole number from 1 on"),
        (lambda fit: fit.bootstrap(draws=2, kind="parametric"), "argument kind"),
        (lambda fit: fit.bootstrap(draws=2, seed=1).table(interval="bc"), "Did you mean 'bca'"),
        (lambda fit: fit.bootstrap(draws=2, seed=1).table(level=95), "0.95 for 95 %"),
    ],
)
def test_a_wrong_argument_is_refused(fit: Any, ask: Callable[[Any], object], words: str) -> None:
    with pytest.raises(cm.CoprodError, match=words):
        ask(fit)


def test_the_case_of_a_word_does_not_matter(fit: Any) -> None:
    pd.testing.assert_frame_equal(fit.factor_scores("Bartlett"), fit.factor_scores("bartlett"))


def test_ordered_true_means_every_outcome_and_indicator() -> None:
    data = DATA.assign(**{f"x{k}": pd.qcut(DATA[f"x{k}"], 3, labels=False) for k in range(1, 4)})
    all_of_them = cm.sem("f =~ x1 + x2 + x3\nf ~ ageyr", data, ordered=True)
    assert all_of_them.options.ordered == ("x1", "x2", "x3")
    assert all_of_them.options.name == "WLSMV"
    assert cm.cfa("f =~ x1 + x2 + x3", data, ordered=False).options.name == "ML"


@pytest.mark.parametrize("options", [{"ordered": 5}, {"group": "school", "group_equal": True}])
def test_what_is_no_list_of_names_is_refused(options: Any) -> None:
    with pytest.raises(cm.CoprodError, match="no list of names"):
        cm.cfa("f =~ x1 + x2 + x3", DATA, **options)
