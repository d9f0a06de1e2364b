"""Options: names, defaults, and combinations that do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from coprod_measure.errors import ModelError
from coprod_measure.fitting.option_rules import fit_options


@pytest.mark.parametrize(
    ("keywords", "errors", "test", "information"),
    [
        ({}, "standard", "standard", "expected"),
        ({"estimator": "MLR"}, "robust_huber_white", "yuan_bentler_mplus", "observed"),
        ({"estimator": "mlm"}, "robust_sem", "satorra_bentler", "expected"),
        ({"estimator": "MLMV"}, "robust_sem", "scaled_shifted", "expected"),
        ({"ordered": ["a"]}, "robust_sem", "scaled_shifted", "expected"),
        ({"missing": "fiml"}, "standard", "standard", "observed"),
        ({"missing": "ml", "estimator": "MLR"}, "robust_huber_white", "yuan_bentler_mplus", "observed"),
        ({"se": "robust.sem", "test": "satorra.bentler"}, "robust_sem", "satorra_bentler", "expected"),
        ({"cluster": "c"}, "robust_huber_white", "yuan_bentler_mplus", "observed"),
        ({"information": "observed"}, "standard", "standard", "observed"),
    ],
)
def test_defaults_follow_the_estimator(
    keywords: dict[str, Any], errors: str, test: str, information: str
) -> None:
    options = fit_options(keywords)
    assert (options.standard_errors, options.test_statistic, options.information_matrix) == (
        errors,
        test,
        information,
    )


def test_lavaans_spelling_of_group_equal_is_taken() -> None:
    options = fit_options({"group": "g", "group_equal": ["loadings", "lv.variances"]})
    assert options.group_equal == ("loadings", "lv_variances")
    for name in ("composite.weights", "composite.loadings"):
        assert fit_options({"group": "g", "group_equal": [name]}).group_equal == ("composite_weights",)


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"estimatr": "ML"}, "Did you mean 'estimator'"),
        ({"estimator": "MLL"}, "Did you mean ML or"),
        ({"missing": "mean"}, "option missing"),
        ({"group_equal": ["loading"], "group": "g"}, "'loading' is not known"),
        ({"group_equal": ["loadings"]}, "needs groups"),
        ({"ordered": ["a"], "missing": "fiml"}, "pairwise"),
        ({"ordered": ["a"], "estimator": "ML"}, "WLSMV"),
        ({"estimator": "GLS", "missing": "fiml"}, "full information needs maximum likelihood"),
        ({"estimator": "MLM", "missing": "fiml"}, "MLR"),
        ({"missing": "pairwise"}, "ordered"),
        ({"estimator": "GLS", "se": "robust_huber_white"}, "maximum likelihood"),
        ({"likelihood": "wishart", "missing": "fiml"}, "complete data"),
        ({"estimator": "ULS", "cluster": "c"}, "clusters"),
        ({"bootstrap": 1}, "two draws"),
        ({"information": "observed", "test": "satorra_bentler"}, "not defined with observed information"),
        ({"estimator": "MLR", "test": "yuan_bentler"}, "not defined with observed information"),
        ({"estimator": "MLM", "information": "observed"}, "not defined with observed information"),
        ({"missing": "fiml.x"}, "fixed_x=False"),
        ({"test": ["satorra.bentler", "scaled.shifted"]}, 'Write test="satorra.bentler"'),
    ],
)
def test_what_does_not_exist_is_refused_with_the_cure(keywords: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        fit_options(keywords)


def test_a_corrected_test_may_be_named_beside_the_standard_one() -> None:
    assert fit_options({"test": ["standard", "satorra.bentler"]}).test == "satorra_bentler"
    assert fit_options({"rotation": "bi-geomin"}).rotation == "bigeomin"


def test_all_problems_at_once() -> None:
    with pytest.raises(ModelError) as caught:
        fit_options({"estimatr": "ML", "missing": "mean"})
    assert len(caught.value.problems) == 2
