"""Simulated respondents as the answers that reading their export would give, without the file between."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from coprod_measure.responses.answers import MISSING_KINDS, reverse_column
from coprod_measure.responses.cleaning_rules import Step
from coprod_measure.responses.dataset import Responses, Source, empty_log
from coprod_measure.responses.not_shown import hidden_by_rules, hidden_by_version, mark_hidden
from coprod_measure.simulation.answers import SimulatedSample
from coprod_measure.simulation.qualtrics_file import about_people

_NO_ANSWER = ("text", "display", "multiple_choice")


def as_responses(
    sample: SimulatedSample, *, known: bool = True, roles: Mapping[str, str] | None = None
) -> Responses:
    """Give a sample to the rooms that take answers, keyed and with every kind of missing answer named.

    Parameters
    ----------
    known : bool
        Whether a column tells people apart (``id_column`` of a study), or only rows.
    roles : mapping, optional
        ``wave``, ``category``, ``country``, ``weight`` or ``cluster`` to the column that a study names.

    Examples
    --------
    >>> from coprod_measure import clean, read_population, shipped_folder, simulate
    >>> population = read_population(shipped_folder("data/sample") / "coproduction" / "population.yaml")
    >>> answers = as_responses(simulate(population, n=300, seed=1))
    >>> answers.n, clean(answers).n < 300
    (303, True)
    """
    instrument, form = sample.population.instrument, sample.population.form
    items = [
        name
        for name, item in instrument.items.items()
        if name in sample.answers and (item.expected_text or item.kind not in _NO_ANSWER)
    ]
    codes = {name: sample.answers[name].to_numpy(float) for name in items}
    kinds = {name: np.isnan(values).astype(np.int8) * _UNANSWERED for name, values in codes.items()}
    mark_hidden(kinds, hidden_by_rules(codes, instrument))
    about = _about(sample, known=known)
    for role, column in (roles or {}).items():
        if column in sample.answers:
            about[role] = sample.answers[column]
    if "version" in about:
        shown_in = hidden_by_version(instrument.forms[form], about["version"], pd.Index(items))
        mark_hidden(kinds, shown_in)
    # Numbers: rows are taken out and put beside each other some hundred times.
    index = pd.RangeIndex(len(sample.answers))
    keyed = {
        name: reverse_column(values, instrument.items[name], instrument.scale_of(name))
        if instrument.items[name].reverse
        else values
        for name, values in codes.items()
    }
    kind = pd.CategoricalDtype(list(MISSING_KINDS))
    return Responses(
        instrument=instrument,
        frame=pd.DataFrame(keyed, index=index),
        shown=pd.DataFrame(codes, index=index),
        missing=pd.DataFrame(
            {name: pd.Categorical.from_codes(numbers, dtype=kind) for name, numbers in kinds.items()},
            index=index,
        ),
        about=about.set_axis(index),
        source=Source("simulated", "", "simulated", "it was drawn", len(index), synthetic=True),
        log=empty_log(),
        steps=(Step("read", len(index), f"rows drawn from the population {sample.population.id}"),),
        form=form,
    )


_UNANSWERED = MISSING_KINDS.index("unanswered")


def _about(sample: SimulatedSample, *, known: bool) -> pd.DataFrame:
    people = about_people(sample)
    about = pd.DataFrame(
        {
            "respondent": people["person"].to_numpy() if known else sample.answers.index,
            "started": people["started"].astype(str).to_numpy(),
            "ended": people["ended"].astype(str).to_numpy(),
            "preview": 0.0,
            "progress": people["progress"].to_numpy(float),
            "duration": people["duration"].to_numpy(float),
            "finished": people["finished"].to_numpy(float),
            "language": "EN",
            "person": people["person"].to_numpy(),
        },
        index=sample.answers.index,
    )
    items = sample.population.instrument.items
    keys = [name for name in sample.answers.columns if name not in items and name != "person"]
    return about.assign(**{name: sample.answers[name] for name in keys})
