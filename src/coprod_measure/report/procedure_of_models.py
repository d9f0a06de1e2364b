"""Sentences for the method section: how the measurement was judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.fitting.best_measures import best
from coprod_measure.instrument.definition import Instrument
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.measurement.factors.confirmatory import Confirmatory
from coprod_measure.measurement.factors.measured_apart import APART
from coprod_measure.measurement.guides import CONVERGENT, DISTINCT
from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.report.about_groups import scaled_difference
from coprod_measure.report.labels import phrase
from coprod_measure.report.numbers import bounded, count

CONTINUOUS_FROM = 5
"""Options from which answers may be treated as continuous (Rhemtulla et al., 2012)."""
_ESTIMATORS = {
    "ML": "maximum likelihood (Jöreskog, 1969)",
    "MLR": "maximum likelihood with robust standard errors and a scaled test (Yuan & Bentler, 2000)",
    "MLM": "maximum likelihood with robust standard errors and a scaled test (Satorra & Bentler, 1994)",
    "MLMV": "maximum likelihood with robust standard errors and a mean- and variance-adjusted test (Satorra "
    "& Bentler, 1994)",
    "WLSMV": "diagonally weighted least squares with a mean- and variance-adjusted test (Muthén, 1984; "
    "Satorra & Bentler, 1994)",
    "DWLS": "diagonally weighted least squares",
    "GLS": "generalized least squares",
    "ULS": "unweighted least squares",
    "ULSMV": "unweighted least squares with a mean- and variance-adjusted test",
    "WLS": "weighted least squares",
}
_EXTRACTIONS = {"minres": "minimum residuals", "ml": "maximum likelihood", "principal_axis": "principal axes"}
_EXTRAS = {
    "htmt_variants": "variants of the heterotrait-monotrait ratio (Roemer et al., 2021)",
    "esem": "an exploratory structural equation model (Asparouhov & Muthén, 2009)",
    "discriminant_tests": "tests of latent correlations against a cut-off (Rönkkö & Cho, 2022)",
    "ordinal_model": "the measurement model of ordered answers by diagonally weighted least squares (Muthén, "
    "1984)",
    "ordinal_reliability": "categorical omega (Green & Yang, 2009)",
    "ordinal_invariance": "the invariance of ordered answers (Wu & Estabrook, 2016)",
    "permutation": "permutation tests of invariance (Jorgensen et al., 2018)",
    "alignment": "alignment of the groups (Asparouhov & Muthén, 2014)",
    "waves": "measurement invariance over waves (Meredith, 1993)",
    "method_bias": "full collinearity (Kock, 2015) and an unmeasured method factor (Podsakoff et al., 2003)",
    "marker": "a marker for method variance (Williams et al., 2010)",
}
"""What further parts did, for those that have a source; in the order of the sentence."""


def measurement_in_words(found: MeasurementResults, instrument: Instrument) -> tuple[str, str]:
    """Say how scales, measurement model, validity and invariance were judged.

    Two paragraphs; the second is empty where neither groups were compared nor further parts asked for.
    """
    first = (*_scales(found), *_model(found.confirmatory, instrument), *_validity(found))
    second = (*_invariance(found.groups or {}), *_further(found.parts))
    return " ".join(first), " ".join(second)


def options_of(model: Confirmatory | NotAvailable, instrument: Instrument) -> set[int]:
    """Count the answer options of the items in the measurement model."""
    if isinstance(model, NotAvailable):
        return set()
    items = [str(item) for item in model.loadings["item"] if item in instrument.items]
    return {len(scale.codes) for item in items if (scale := instrument.scale_of(item)) is not None}


def _scales(found: MeasurementResults) -> list[str]:
    sentences = []
    coefficients = found.reliability.table() if found.reliability else pd.DataFrame({"alpha": []})
    if coefficients["alpha"].notna().any():
        words = "Reliability was estimated by alpha (Cronbach, 1951)"
        if found.reliability.sampling:
            words += " with intervals by linearisation (Maydeu-Olivares et al., 2007; Binder, 1983)"
        elif not found.reliability.draws:
            words += " with the interval of Feldt (1965)"
        if coefficients["omega"].notna().any():
            words += " and by omega from a one-factor model of each scale (McDonald, 1999)"
        sentences.append(f"{words}.")
    if not isinstance(found.parallel, NotAvailable):
        sentences.append(
            "The number of factors was examined by parallel analysis among other methods (Horn, 1965; "
            f"{count(found.parallel.draws)} random data sets, {found.parallel.percentile:g}th percentile)."
        )
    if not isinstance(found.efa, NotAvailable):
        number = found.efa.loadings.shape[1]
        words = f"In an exploratory analysis, {counted(number, 'factor')} {'was' if number == 1 else 'were'} "
        words += "extracted by "
        words += _EXTRACTIONS.get(found.efa.extraction, found.efa.extraction)
        words += f" from {found.efa.correlation.replace('pearson', 'Pearson')} correlations"
        words += f" and rotated by {found.efa.rotation}" if number > 1 else ""
        sentences.append(f"{words}.")
    return sentences


def _model(model: Confirmatory | NotAvailable, instrument: Instrument) -> list[str]:
    if isinstance(model, NotAvailable):
        return []
    items, factors = len(model.loadings), model.loadings["construct"].nunique()
    apart = APART in model.why_missing.values()
    of = f"{counted(items, 'item')} and {counted(factors, 'factor')} (n = {count(model.n)})"
    how = estimation_in_words(model.estimator, model.missing)
    words = f"A confirmatory model of {of} was estimated by {how}"
    if apart:
        words = f"In the measurement model of {of} each factor was estimated by itself, by {how}"
    options = options_of(model, instrument)
    if model.estimator.startswith(("ML", "GLS")) and options:
        words += "; answers were treated as continuous"
        if min(options) >= CONTINUOUS_FROM:
            words += f", as they had at least {min(options)} options (Rhemtulla et al., 2012)"
    if apart:
        whole = (
            "Correlations of the factors come from their moments (Rosseel & Loh, 2024), and there is no fit"
        )
        return [f"{words}.", f"{whole} of the whole."]
    cfi = best(model.fit_measures, "cfi")
    form = "standard" if isinstance(cfi, NotAvailable) else cfi.form
    told = "" if form == "standard" else f" (both in {form} form)"
    guides = f"CFI ≥ .95, RMSEA ≤ .06{told} and SRMR ≤ .08 (Hu & Bentler, 1999)"
    return [f"{words}.", f"Its fit was judged by the guides {guides}."]


def estimation_in_words(estimator: str, missing: str) -> str:
    """Name an estimator and what it did about missing answers."""
    words = _ESTIMATORS.get(estimator, estimator)
    if missing in ("fiml", "ml"):
        return f"{words}, with missing answers by full information (Enders & Bandalos, 2001)"
    if missing == "pairwise":
        return f"{words}, each pair of items on those who answered both"
    return f"{words} from respondents who answered all its items"


def _validity(found: MeasurementResults) -> list[str]:
    sentences = []
    if not isinstance(found.validity, NotAvailable):
        sentences.append(
            "Convergent validity was judged by average variance extracted (guide "
            f"{bounded(CONVERGENT.limit)}), discriminant validity by comparing it with squared "
            "correlations (Fornell & Larcker, 1981)"
        )
    if not isinstance(found.htmt, NotAvailable):
        words = f"heterotrait-monotrait ratios below {bounded(DISTINCT.limit)} (Henseler et al., 2015"
        words += (
            f"; upper end of bootstrap intervals, {count(found.htmt.draws)} draws)"
            if found.htmt.draws
            else ")"
        )
        if sentences:
            sentences[0] += f" and by {words}"
        else:
            sentences.append(f"Discriminant validity was judged by {words}")
    return [f"{sentence}." for sentence in sentences]


def _kept(ladders: Mapping[str, Invariance]) -> str:
    untested = [name for name, found in ladders.items() if found.steps["cfi"].isna().all()]
    tested = "the test of the difference was not significant at .05"
    change = "CFI fell by at most .010 and RMSEA rose by at most .015 (Chen, 2007)"
    if len(untested) == len(ladders):
        return f"{tested}, as incomplete answers left no measure of fit"
    return f"{change}, over {phrase(untested)} where {tested}" if untested else change


def _invariance(groups: Mapping[str, Invariance | NotAvailable]) -> list[str]:
    ladders = {
        name: found
        for name, found in groups.items()
        if not isinstance(found, NotAvailable) and len(found.steps)
    }
    if not ladders:
        return []
    some = next(iter(ladders.values()))
    levels = dict.fromkeys(level for found in ladders.values() for level in found.tested)
    words = (
        f"Measurement invariance over {phrase(list(ladders))} was examined level by level "
        f"({', '.join(levels)}; Meredith, 1993). A level was taken to hold where {_kept(ladders)}"
        f"{_scaled(some.estimator)}"
    )
    if any(len(found.freed) for found in ladders.values()):
        words += "; where a level failed, parameters were freed one at a time (Byrne et al., 1989)"
    sentences = [f"{words}."]
    if any(len(found.effects) for found in ladders.values()):
        sentences.append(
            "The size of each item's difference from the reference group was expressed as dMACS, each "
            "construct modelled alone and one item freed at a time (Nye & Drasgow, 2011)."
        )
    if any(len(found.means) for found in ladders.values()):
        sentences.append(
            "Latent means were compared with the reference group in the last model that held at the scalar "
            "level or above."
        )
    return sentences


def _scaled(estimator: str) -> str:
    scaled = scaled_difference(estimator)
    return f"; the test of change was {scaled}" if scaled else ""


def _further(parts: Mapping[str, Any]) -> list[str]:
    done = [words for name, words in _EXTRAS.items() if _exists(parts.get(name))]
    return [f"Further analyses: {'; '.join(done)}."] if done else []


def _exists(part: Any) -> bool:
    return any(map(_exists, part.values())) if isinstance(part, dict) else bool(part)
