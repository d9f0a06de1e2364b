"""Sentences for the method section: how the hypotheses were tested, each kind of test in its own words."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.report.about_effects import kind_of_draws
from coprod_measure.report.cited_works import in_text
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import phrase, sentence_case
from coprod_measure.report.numbers import bounded, count
from coprod_measure.report.procedure_of_models import estimation_in_words
from coprod_measure.structure.kinds import KINDS
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.structure.structural_fit import StructuralFit
from coprod_measure.theory.definition import Theory

_ADJUSTED = {"holm": "Holm, 1979", "benjamini_hochberg": "Benjamini & Hochberg, 1995"}
_PATHS = "paths"


def hypotheses_in_words(
    tests: HypothesisTests | NotAvailable, theory: Theory, measured: MeasurementResults, held: str = ""
) -> str:
    """Say how the hypotheses were tested; empty where none were.

    ``measured``: how the measurement model was estimated, so that the same is not explained twice. ``held``:
    the controls and how they were coded.
    """
    if isinstance(tests, NotAvailable):
        return ""
    tested = tests.tested
    if tested.empty:
        return ""
    source = in_text(theory.source)
    words = f"Of the theory “{theory.title}”" + (f" ({source})" if source else "")
    number = counted(len(tested), "hypothesis", "hypotheses")
    sentences = [
        f"{words}, {number} {_were(len(tested))} tested.",
        *_by_kind(tests),
        *_over_groups(tests),
        *_models(tests, measured),
        *_held(tests, held),
    ]
    return " ".join([*sentences, *_judged(tests)])


def _by_kind(tests: HypothesisTests) -> Iterator[str]:
    """Say which hypotheses were tested by what, one sentence a way of testing, n as that test had it."""
    tested = tests.tested
    for page in PAGES.values():
        ids = tested.loc[tested["kind"] == page.kind, "id"].astype(str)
        claims = tests.claims[tests.claims["hypothesis"].isin(ids)]
        told = {id_: {one.code for one in tests.reasons.get(id_, ())} for id_ in ids}
        ways = [
            page.method(row, told[str(row["hypothesis"])], tests.options) for row in claims.to_dict("records")
        ]
        for way, own in claims.assign(way=ways).groupby("way", sort=False):
            named = list(dict.fromkeys(own["hypothesis"].astype(str)))
            yield f"{phrase(named)} ({_n(own['n'])}) {_were(len(named))} tested by {way}."


def _over_groups(tests: HypothesisTests) -> Iterator[str]:
    """Say how paths were compared over groups beside verdicts."""
    ids = [id_ for id_ in tests.tested["id"].astype(str) if "across_tests" in tests.tables.get(id_, {})]
    if ids:
        planned = any("across_contrasts" in tests.tables[id_] for id_ in ids)
        more = "; planned contrasts weigh the paths of the groups" if planned else ""
        yield (
            f"Beside the {'verdict' if len(ids) == 1 else 'verdicts'}, paths of {phrase(ids)} were compared "
            "over groups in structural equation models of several groups, loadings equal as far as they are, "
            f"paths free and held equal (likelihood-ratio and Wald tests){more}."
        )


def _n(numbers: pd.Series) -> str:
    low, high = int(numbers.min()), int(numbers.max())
    return f"n = {count(low)}" if low == high else f"n = {count(low)} to {count(high)}"


def _models(tests: HypothesisTests, measured: MeasurementResults) -> list[str]:
    """Say what structural models of paths are, how they were estimated, where their intervals are from."""
    if not tests.models:
        return []
    model, before = tests.models[0], measured.confirmatory
    how = estimation_in_words(model.estimator, model.missing)
    said = "" if isinstance(before, NotAvailable) else estimation_in_words(before.estimator, before.missing)
    how = "as the measurement model was" if how == said else f"by {how}"
    several = len(tests.models) > 1
    which = (
        f"the {len(tests.models)} structural equation models" if several else "the structural equation model"
    )
    sizes = phrase([_size(one) for one in tests.models])
    if model.estimator == "PLSc":
        which = which.replace("structural equation", "PLS path")
        missing = "" if model.missing == "listwise" else ", missing answers by EM moments"
        return [
            f"{sentence_case(which)} of paths (n = {sizes}) {_were(len(tests.models))} "
            "estimated by consistent partial least squares with path weighting (Dijkstra & Henseler, "
            f"2015){missing}; standard errors and intervals come from {count(tests.options.draws)} bootstrap "
            "draws of respondents. Reflective constructs are common factors, composites are weighted by "
            "regression (Mode B).",
            _freedom(tests),
        ]
    return [
        f"{sentence_case(which)} of paths (n = {sizes}) {_were(len(tests.models))} estimated {how}. In "
        f"{'them' if several else 'it'}, reflective constructs of several items are latent variables, "
        "composites and single items are means of their items.",
        _freedom(tests),
        _draws(tests),
    ]


def _draws(tests: HypothesisTests) -> str:
    through = tests.claims.loc[tests.claims["via"].astype(bool), "hypothesis"].isin(
        tests.verdicts.loc[tests.verdicts["kind"] == _PATHS, "id"]
    )
    words = (
        f"Intervals of paths are percentiles of {count(tests.options.draws)} {kind_of_draws(tests.options)}"
    )
    if tests.options.intervals == "bootstrap":
        return f"{words}: models fitted again to respondents drawn with replacement. Errors are their spread."
    if not through.any():
        return f"{words}."
    return (
        f"{words} from the sampling distribution of the estimates, as are the p values of indirect effects "
        "(MacKinnon et al., 2004; Preacher & Selig, 2012)."
    )


def _freedom(tests: HypothesisTests) -> str:
    """Say what the structural models leave free and what they hold equal."""
    outcomes = items = equal = 0
    for model in tests.models:
        rows = model.parameters
        effects, measured = (
            set(rows.loc[rows["op"] == op, end]) for op, end in (("~", "lhs"), ("=~", "rhs"))
        )
        pairs = rows[(rows["op"] == "~~") & (rows["lhs"] != rows["rhs"])]
        outcomes += int((pairs["lhs"].isin(effects) & pairs["rhs"].isin(effects)).sum())
        items += int((pairs["lhs"].isin(measured) & pairs["rhs"].isin(measured)).sum())
        equal += int((rows["op"] == "==").sum())
    words = "Causes without causes of their own were free to covary"
    if outcomes:
        words += (
            f", and so were residuals of outcomes of one stage where neither leads to the other "
            f"({counted(outcomes, 'covariance')})"
        )
    told = [
        f"{counted(items, 'residual covariance')} of items" if items else "no residual covariances of items",
        counted(equal, "equality constraint") if equal else "no equality constraints",
    ]
    return f"{words}; there are {phrase(told)}. A latent variable has the unit of its first item."


def _size(model: StructuralFit) -> str:
    if not model.people or "cluster" not in model.sampling or model.people == model.n:
        return count(model.n)
    return f"{count(model.n)} rows of {counted(model.people, 'person', 'people')}"


def _held(tests: HypothesisTests, held: str) -> list[str]:
    """Say what was held constant, and by which tests not."""
    if not held:
        return []
    tested = tests.tested
    without = [
        str(id_)
        for id_, kind in zip(tested["id"], tested["kind"], strict=True)
        if not KINDS[kind].takes_controls
        or any(one.code == "no_controls" for one in tests.reasons.get(str(id_), ()))
    ]
    if len(without) == len(tested):
        return []
    but = (
        f", but not in the {'test' if len(without) == 1 else 'tests'} of {phrase(without)}" if without else ""
    )
    return [f"Held constant{but}: {held}. Results without that stand beside (Becker et al., 2016)."]


def _judged(tests: HypothesisTests) -> Iterator[str]:
    """Say who answered where answers had to be complete, and how several effects became one verdict."""
    tested = tests.tested
    rests_on = {
        "complete": "rest on those who answered all that a hypothesis names; a scale mean takes half of its "
        "questions",
        "given": "take all that anybody answered",
    }
    for missing, words in rests_on.items() if tests.options.missing in ("fiml", "ml") else ():
        names = [name for name in dict.fromkeys(tested["kind"]) if KINDS[name].missing == missing]
        if names:
            named = phrase([name.replace("_", " ") for name in names])
            yield f"Tests of the {'kind' if len(names) == 1 else 'kinds'} {named} {words}."
    averaged = (tested["kind"] == _PATHS).any()
    others = (tested["kind"] != _PATHS).any()
    judged = "A hypothesis of several effects was judged by "
    if not averaged:
        judged += "the least certain of them (Berger, 1982)"
    else:
        judged += "the average of its paths" if others else "their average"
    if averaged and any(one.code == "weakest_model" for own in tests.reasons.values() for one in own):
        judged += ", and where it rests on several models by the weakest of them (Berger, 1982)"
    if averaged and others:
        judged += ", in tests other than of paths by the least certain effect (Berger, 1982)"
    if len(tested) > 1 and tests.options.adjust in _ADJUSTED:
        over = "each family of hypotheses" if tests.options.families else f"the {len(tested)} hypotheses"
        judged += f"; p values were adjusted over {over} ({_ADJUSTED[tests.options.adjust]})"
    yield f"{judged}; the level of significance was {bounded(tests.options.level)}."


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
