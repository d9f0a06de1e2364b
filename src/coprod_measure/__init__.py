"""Measure consumer co-production: theory, questionnaire, answers, models, report.

Every public name is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

# Not imported: typing takes longer than all else until an interrupt is one line and no traceback.
TYPE_CHECKING = False

_HOME = {
    "CoprodError": "errors",
    "CoprodWarning": "errors",
    "NotAvailable": "errors",
    "Problem": "errors",
    "read_theory": "theory.read",
    "read_instrument": "instrument.read",
    "draft_instrument": "drafting.draft",
    "read_responses": "responses.read",
    "read_waves": "responses.waves",
    "clean": "responses.clean",
    "keying_audit": "responses.keying",
    "missing_answers": "responses.missing",
    "score": "responses.scoring",
    "Moments": "fitting.data",
    "sem": "fitting.models",
    "cfa": "fitting.models",
    "growth": "fitting.models",
    "lavaan": "fitting.models",
    "from_lavaan": "fitting.lavaan_call",
    "panel": "structure.methods.panel",
    "growth_curves": "structure.methods.growth_curves",
    "dual_change": "structure.methods.dual_change",
    "attrition": "structure.methods.attrition",
    "transitions": "structure.methods.transitions",
    "latent_markov": "structure.methods.latent_markov",
    "hazard": "structure.methods.hazard",
    "sequential_logit": "structure.methods.sequential_logit",
    "pls": "composites.pls",
    "gsca": "composites.components",
    "ipma": "composites.importance",
    "cipma": "structure.methods.combined_importance",
    "fimix": "composites.segments",
    "pls_predict": "composites.prediction",
    "micom": "composites.groups",
    "pls_groups": "composites.comparison",
    "henseler_ogasawara": "composites.likelihood",
    "sam": "fitting.two_step.sam",
    "lms": "fitting.two_step.lms",
    "simple_slopes": "fitting.two_step.probing",
    "johnson_neyman": "fitting.two_step.probing",
    "product_indicators": "fitting.two_step.product_indicators",
    "classes": "structure.methods.classes",
    "distal_outcome": "structure.methods.three_step",
    "class_predictors": "structure.methods.three_step",
    "mixture_regression": "structure.methods.mixture_regression",
    "judgement_rules": "structure.methods.judgement_rules",
    "mixed_model": "structure.methods.mixed_model",
    "logistic_mixed": "structure.methods.logistic_mixed",
    "two_level_mediation": "structure.methods.two_level_mediation",
    "best_group": "structure.methods.best_group",
    "conjoint": "structure.methods.conjoint",
    "conjoint_design": "structure.methods.conjoint_design",
    "within_between": "structure.methods.within_between",
    "intraclass_correlations": "structure.methods.within_between",
    "polychoric": "fitting.polychorics",
    "SurveyAnswers": "measurement.sampling",
    "item_analysis": "measurement.items",
    "reliability": "measurement.reliability.coefficients",
    "parallel_analysis": "measurement.factors.dimensionality",
    "efa": "measurement.factors.exploratory",
    "confirmatory": "measurement.factors.confirmatory",
    "esem": "measurement.factors.esem",
    "higher_order": "measurement.factors.higher_order",
    "htmt": "measurement.validity.htmt",
    "validity": "measurement.validity.constructs",
    "invariance": "measurement.invariance.groups",
    "wave_invariance": "measurement.invariance.waves",
    "permutation_test": "measurement.invariance.permutation",
    "alignment": "measurement.invariance.alignment",
    "item_information": "measurement.reliability.item_information",
    "method_bias": "measurement.method.bias",
    "marker_ladder": "measurement.method.marker",
    "scores": "measurement.scores.respondents",
    "measure": "measurement.battery",
    "test_hypotheses": "structure.hypotheses",
    "dominance": "structure.methods.relative_importance",
    "response_surface": "structure.methods.response_surface",
    "necessity": "structure.methods.necessity",
    "choice": "structure.methods.choice",
    "contrasts": "structure.methods.contrasts",
    "ancova": "structure.methods.ancova",
    "moderation": "structure.methods.moderated_effects",
    "moderated_mediation": "structure.methods.moderated_effects",
    "selection": "structure.methods.selection",
    "shipped_folder": "shipped",
    "read_population": "simulation.population_file",
    "simulate": "simulation.answers",
    "run_study": "study.run",
    "power": "planning.power",
    "rmsea_power": "planning.rmsea",
    "model_power": "planning.models",
    "parameter_power": "planning.models",
    "multiverse": "study.multiverse",
    "write_report": "report.write",
}

if TYPE_CHECKING:
    from coprod_measure.errors import CoprodError, CoprodWarning, NotAvailable, Problem

__all__ = ["CoprodError", "CoprodWarning", "NotAvailable", "Problem"]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from coprod_measure.provenance import package_version

        return package_version()
    if name not in _HOME:
        raise AttributeError(f"module 'coprod_measure' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"coprod_measure.{_HOME[name]}"), name)
    if not isinstance(value, type):
        from coprod_measure.argument_types import checked

        value = checked(value, __name__)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*_HOME, "__version__"])
