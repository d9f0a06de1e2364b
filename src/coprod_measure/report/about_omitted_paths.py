"""Whether the structural model leaves out what the answers show."""

from __future__ import annotations

from coprod_measure.errors import NotAvailable
from coprod_measure.report.document import Block, Callout
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import bounded, decimal, p_phrase
from coprod_measure.structure.structural_fit import StructuralFit


def about_omitted_paths(name: str, fit: StructuralFit, labels: Labels, level: float) -> list[Block]:
    """Say what the test against free covariances and the modification indices say.

    ``name``: of the model, for the sentence.
    """
    omitted = fit.omitted
    if isinstance(omitted, NotAvailable):
        return []
    if isinstance(omitted.delta_chisq, NotAvailable) or isinstance(omitted.pvalue, NotAvailable):
        return []
    test = f"Δχ²({omitted.delta_df:g}) = {decimal(omitted.delta_chisq)}, {p_phrase(omitted.pvalue)}"
    indices = f"CFI {bounded(omitted.cfi, 3)} against {bounded(omitted.cfi_unrestricted, 3)}"
    if omitted.pvalue >= level:
        words = (
            f"{name} does not fit significantly worse than one in which all its variables covary freely "
            f"({test}; {indices})."
        )
        return [Callout(words, "Paths left out.", "finding")]
    words = (
        f"{name} fits significantly worse than one in which all its variables covary freely ({test}; "
        f"{indices}): it leaves out relations that the answers show, and its own paths may be off for that."
    )
    paths = [
        f"{labels.construct(str(row.source))} → {labels.construct(str(row.target))} "
        f"(about {bounded(row.std)} standardised)"
        for row in omitted.paths.itertuples()
    ]
    if paths:
        words += f" Most of all the answers ask for {phrase(paths)}."
    return [Callout(words, "Paths left out.")]
