"""Claims about people in categories and countries: what holds between them, and what within."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from coprod_measure.structure.claims import scope_of
from coprod_measure.structure.design import DESIGN, country_facts, groups_of
from coprod_measure.structure.evidence import Context, Evidence, Kind, KindOptions, KindResult, Reason
from coprod_measure.structure.regression import one_by_one
from coprod_measure.theory.definition import Hypothesis

CATEGORY = "pro_category"
WORDS = {
    "levels_failed": "its levels could not be told apart: {error}",
    "no_categories": "nothing tells product categories apart: name the column under design, or ask for it",
    "rows_averaged": "{rows} rows were averaged to {left}, one a person and group",
    "nobody_chose": "nobody answered about: {groups}",
    "words_without_category": "no category bears these words of the planned contrast: {words}",
    "groups_left_out": "left out for fewer than {fewest} people: {groups}",
    "no_slope_between": "{found} categories are too few for a slope between them ({needed} are needed): they "
    "are held constant, and the slope within them is told",
    "few_countries": "{found} countries are too few for a slope over countries ({needed} are needed): the "
    "upper half is compared with the lower; with countries fixed, it would say nothing of others",
    "on_log_odds": "answers to {targets} are yes or no: log odds, in a logistic model with random intercepts",
    "slope_varies": "errors allow for slopes of {sources} that vary between categories",
    "planned_categories": "planned contrast: {higher} against {lower}",
    "contrast_not_met": "no category is called by the words of the planned contrast on both sides ({words}): "
    "all are compared at once",
    "groups_at_once": "test of equal means by {source}: F({df1:.0f}, {df2:.0f}) = {f:.2f}, {p:p}, "
    "errors robust to people",
    "best_group": "highest in {target}: {group}, with a probability of {best:chance} of being the best",
    "no_best": "no best one is named: {why}",
    "parallel": "test of parallel profiles by {source}: F({df1:.0f}, {df2:.0f}) = {f:.2f}, {p:p}, "
    "errors robust to people",
    "most_is_half": "most of a gap is more than half of the variance among its means",
}


class LevelOptions(KindOptions):
    """Which categories are set against which."""

    contrasts: dict[str, dict[str, float]] = Field(
        {},
        description="Hypothesis to words in the names of categories and their weights, those above zero "
        "expected higher: {H4f: {computer: 1, washing: -1}}; else as the theory says",
    )


def recognises(hypothesis: Hypothesis, context: Context) -> bool:
    """Whether a claim is about countries that the design tells apart, or about categories."""
    about = context.clean.about
    if hypothesis.needs_waves > 1 or hypothesis.level not in KIND.levels:
        return False
    if "society" in hypothesis.needs_unit:
        return "country" in about and (hypothesis.level != "moderated" or _by_facts(hypothesis, context))
    if hypothesis.level == "moderated":
        return False
    # A slope is split where the design has categories; gaps between them are all that other claims are about.
    return "category" in hypothesis.needs_unit and (hypothesis.level != "direct" or "category" in about)


def _by_facts(hypothesis: Hypothesis, context: Context) -> bool:
    """Whether a table of countries tells all that moderates."""
    facts = country_facts(context.theory, context.clean)
    return not hypothesis.via and all(id_ in facts for id_ in hypothesis.moderators)


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say what was not asked, or that nothing sorts the rows."""
    dark = scope_of(hypothesis, context.theory, context.clean).dark
    sorted_by = [id_ for id_ in hypothesis.sources if id_ in DESIGN]
    if "society" not in hypothesis.needs_unit and groups_of(CATEGORY, context) is None:
        return Reason("no_categories")
    dark = tuple(id_ for id_ in dark if id_ not in sorted_by)
    return Reason("not_measured", {"constructs": dark}) if dark else None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Test each by the model of its level."""
    return one_by_one(hypotheses, context, _evidence, "People in categories and countries", "levels_failed")


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    from coprod_measure.structure import category_claims, country_claims

    sortings = [id_ for id_ in hypothesis.sources if groups_of(id_, context) is not None]
    named = hypothesis.level == "group_difference" and any(id_ in DESIGN for id_ in sortings)
    if "society" in hypothesis.needs_unit and not named:
        tests = {"mediated": country_claims.mediation, "moderated": country_claims.moderation}
        return tests.get(hypothesis.level, country_claims.differences)(hypothesis, context)
    if hypothesis.level == "direct":
        return category_claims.slopes(hypothesis, CATEGORY, context)
    if hypothesis.level == "mediated":
        return category_claims.gap(hypothesis, CATEGORY, context)
    if len(hypothesis.targets) >= category_claims.PROFILE:
        return category_claims.profile(hypothesis, CATEGORY, context)
    options = context.options.get(KIND.name)
    own = options.contrasts if isinstance(options, LevelOptions) else {}
    weights = own.get(hypothesis.id, hypothesis.contrast)
    return category_claims.differences(hypothesis, sortings, context, weights)


KIND = Kind(
    name="levels", levels=("direct", "mediated", "moderated", "group_difference"), run=run, why_not=why_not,
    recognises=recognises, words=WORDS, options=LevelOptions, takes_clusters=True, takes_controls=True,
    takes_names=lambda one, _: ("source",) if one.level == "group_difference" else (),
)  # fmt: skip
