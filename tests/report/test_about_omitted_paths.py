import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.report.about_omitted_paths import about_omitted_paths
from coprod_measure.report.document import Callout
from coprod_measure.report.labels import Labels
from coprod_measure.structure.structural_fit import OMITTED_COLUMNS, OmittedPaths
from report.report_fixtures import structural_fit, two_stage_instrument

LABELS = Labels(two_stage_instrument())
PATHS = pd.DataFrame([("a", "c", 20.1, 0.0001, -0.284)], columns=list(OMITTED_COLUMNS))


def test_a_missing_path_is_named() -> None:
    omitted = OmittedPaths(
        delta_chisq=22.0, delta_df=2.0, pvalue=1.7e-5, cfi=0.957, cfi_unrestricted=0.991, paths=PATHS
    )
    (callout,) = about_omitted_paths("The structural model", structural_fit(omitted=omitted), LABELS, 0.05)
    assert isinstance(callout, Callout)
    assert callout.text == (
        "The structural model fits significantly worse than one in which all its variables covary freely "
        "(Δχ²(2) = 22.00, p < .001; CFI .957 against .991): it leaves out relations that the answers show, and "
        "its own paths may be off for that. Most of all the answers ask for Construct A → Construct C (about "
        "−.28 standardised)."
    )


def test_nothing_missing_is_said_too_and_what_is_not_known_is_not() -> None:
    omitted = OmittedPaths(
        delta_chisq=1.2, delta_df=2.0, pvalue=0.55, cfi=0.99, cfi_unrestricted=0.991, paths=PATHS[:0]
    )
    (callout,) = about_omitted_paths("The structural model", structural_fit(omitted=omitted), LABELS, 0.05)
    assert isinstance(callout, Callout)
    assert "does not fit significantly worse" in callout.text
    unknown = structural_fit(omitted=NotAvailable("it relates all"))
    assert about_omitted_paths("The structural model", unknown, LABELS, 0.05) == []
