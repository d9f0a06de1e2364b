"""Rival structures of the same items: one factor, correlated factors, a second-order factor, a bifactor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from coprod_measure.errors import CoprodError, MeasurementError, NotAvailable
from coprod_measure.estimation.specification.writing import formula, unused
from coprod_measure.fitting.best_measures import Form, comparable, comparable_form
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import fit_for_a_model, loadings, measurement_model
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.sampling import Data, modelled
from coprod_measure.notebook import Shown
from coprod_measure.theory.definition import HigherOrder

MEASURES = ("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr", "aic", "bic")
RIVAL_COLUMNS = ("model", *MEASURES, "converged", "admissible", "note")

MOST_RIVALS = 10
"""Constructs up to which a common factor of all of them is a rival worth fitting."""


@dataclass(frozen=True, slots=True, repr=False)
class Rivals(Shown):
    """Fit of the rival structures.

    Attributes
    ----------
    models : pandas.DataFrame
        One row a model (:data:`RIVAL_COLUMNS`); ``note`` says why one has no numbers or is not to be trusted.
        One that did not converge has no numbers.
    texts : dict
        Model name to its syntax.
    scaled : bool
        Whether chi-square is in the estimator's scaled form.
    form : {"robust", "scaled", "standard"}
        Of CFI, TLI and RMSEA.
    """

    models: pd.DataFrame
    texts: dict[str, str]
    estimator: str
    missing: str
    scaled: bool = False
    form: Form = "standard"

    def table(self) -> pd.DataFrame:
        """One row a model; columns :data:`RIVAL_COLUMNS`."""
        return self.models.copy()


def rivals(
    data: Data,
    constructs: Constructs | None = None,
    *,
    estimator: str = "ML",
    missing: str = "listwise",
    ordered: Sequence[str] = (),
    structures: Mapping[str, Sequence[str]] | None = None,
) -> Rivals:
    """Fit every rival structure to the same respondents.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights and clusters enter errors and tests.
    constructs : mapping, optional
        Facets of one domain; see :func:`~coprod_measure.measurement.item_sets.item_sets`.
    estimator, missing, ordered
        See :class:`coprod_measure.fitting.options.FitOptions`.
    structures : mapping of str to sequence of str, optional
        Higher factors and their facets, as the theory has them: one more rival.
    """
    answers, frame, sampling = modelled(data)
    sets, _ = fit_for_a_model(item_sets(answers, constructs))
    texts = rival_models({one.construct: one.items for one in sets}, structures)
    options = {"estimator": estimator, "missing": missing, "ordered": tuple(ordered), **sampling}
    fits = {name: _fit(text, frame, options) for name, text in texts.items()}
    known = [fit.measures for fit in fits.values() if isinstance(fit, Fit)]
    return Rivals(
        pd.DataFrame(_rows(fits), columns=list(RIVAL_COLUMNS)),
        texts,
        estimator,
        missing,
        scaled=comparable_form(known, "chisq") == "scaled",
        form=comparable_form(known, "cfi"),
    )


def rival_models(
    constructs: Mapping[str, Sequence[str]], structures: Mapping[str, Sequence[str]] | None = None
) -> dict[str, str]:
    """Write the syntax of the rivals.

    A second-order factor needs three facets, a bifactor three facets of three items: with fewer, the general
    factor's share is hardly identified.

    Parameters
    ----------
    constructs : mapping
        Facet to items.
    structures : mapping, optional
        Higher factor to facets, of the theory's own hierarchy.
    """
    items = [item for group in constructs.values() for item in group]
    general = unused("general", (*constructs, *(structures or ()), *items))
    texts = {
        "one factor": formula(general, "=~", *items),
        "correlated factors": measurement_model(constructs),
    }
    if len(constructs) >= 3:
        higher = formula(general, "=~", *constructs)
        texts["second-order factor"] = f"{measurement_model(constructs)}\n{higher}"
    if structures:
        texts["theory's hierarchy"] = f"{measurement_model(constructs)}\n{loadings(structures)}"
    if len(constructs) >= 3 and all(len(group) >= 3 for group in constructs.values()):
        names = [general, *constructs]
        apart = [formula(a, "~~", ("0", b)) for k, a in enumerate(names) for b in names[k + 1 :]]
        texts["bifactor"] = "\n".join([texts["one factor"], measurement_model(constructs), *apart])
    return texts


def _fit(text: str, frame: pd.DataFrame, options: Mapping[str, object]) -> Fit | NotAvailable:
    try:
        fit = cfa(text, frame, **options)  # type: ignore[arg-type]
    except CoprodError as problem:
        return NotAvailable(str(problem.problems[0]))
    return fit if fit.converged else NotAvailable("it did not converge")


def _rows(fits: Mapping[str, Fit | NotAvailable]) -> list[dict[str, object]]:
    """Measures in one form of all rivals, so that they can be compared."""
    found = {name: fit for name, fit in fits.items() if isinstance(fit, Fit)}
    columns = {key: comparable([fit.measures for fit in found.values()], key) for key in MEASURES}
    rows: list[dict[str, object]] = []
    for name, fit in fits.items():
        if isinstance(fit, NotAvailable):
            rows.append({"model": name, "converged": False, "admissible": False, "note": fit.reason})
            continue
        at = list(found).index(name)
        note = "; ".join(message for message in fit.messages if "left out" not in message)
        rows.append(
            {
                "model": name,
                **{key: values[at] for key, values in columns.items()},
                "converged": fit.converged,
                "admissible": fit.admissible,
                "note": note,
            }
        )
    return rows


def examine(x: Examination) -> Rivals:
    """Compute the part ``rivals``: up to :data:`MOST_RIVALS` constructs."""
    members = x.factors
    if len(members) > MOST_RIVALS:
        raise MeasurementError(
            f"{len(members)} constructs are too many to be facets of one thing",
            cure="Ask for the extra higher_order, which compares rivals of each structure of the theory",
            code="too-many-facets",
        )
    structures = common_causes(x.clean.instrument.theory.higher_order, members)
    return rivals(x.clean, members, structures=structures, **x.options.fitting)


def common_causes(theory: Mapping[str, HigherOrder], members: Constructs) -> dict[str, tuple[str, ...]]:
    """Structures that are reflective, or have a reflective rival, to those of their facets that were asked.

    Parameters
    ----------
    theory : mapping
    members : mapping
        Constructs that were asked.
    """
    return {
        name: facets
        for name, one in theory.items()
        if "reflective" in (one.kind, one.rival) and len(facets := asked_facets(name, theory, members)) > 1
    }


def asked_facets(name: str, theory: Mapping[str, HigherOrder], members: Constructs) -> tuple[str, ...]:
    """Facets that were asked; a facet that is a structure counts when one of its own was."""
    facets = [facet.removeprefix("-") for facet in theory[name].facets]
    return tuple(
        facet
        for facet in facets
        if facet in members or (facet in theory and len(asked_facets(facet, theory, members)) > 1)
    )
