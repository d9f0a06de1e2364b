"""The columns that a fitted structural model was fitted to, for those who fit it with another program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.controls import code_controls
from coprod_measure.structure.estimate import respondents_of
from coprod_measure.structure.structural_fit import StructuralFit
from coprod_measure.structure.variables import find_variables, scale_mean
from coprod_measure.structure.within_groups import of_groups
from coprod_measure.theory.definition import Theory


def data_of_model(
    fit: StructuralFit, theory: Theory, clean: Responses, controls: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Gather items, scores and controls of a model, and what its errors must know of, in the rows it saw.

    ``controls``: as in :class:`.options.TestingOptions`.
    """
    people = of_groups(clean, theory, fit.within) if fit.within else clean
    people = respondents_of("" if fit.respondents == "all" else fit.respondents, people)
    held = code_controls(controls, clean).frame if controls else pd.DataFrame(index=clean.frame.index)
    rows = fit.parameters[fit.parameters["op"].isin(["=~", "~", "~~"])]
    latent = set(rows.loc[rows["op"] == "=~", "lhs"])
    names = dict.fromkeys(str(name) for pair in zip(rows["rhs"], rows["lhs"], strict=True) for name in pair)
    columns = {}
    for name in names:
        if name in latent:
            continue
        if name in people.frame:
            columns[name] = people.frame[name]
        elif name in held:
            columns[name] = held[name].reindex(people.frame.index)
        else:
            columns[name] = scale_mean(find_variables(theory, people, name)[0], people)
    return pd.DataFrame(columns, index=people.frame.index).join(people.sampling()[0])
