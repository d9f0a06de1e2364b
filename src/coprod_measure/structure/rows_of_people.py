"""Rows of people in categories or countries, as mixed models take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.errors import DataError
from coprod_measure.structure.design import DESIGN, group_names, groups_of
from coprod_measure.structure.evidence import Context, Reason
from coprod_measure.structure.regression import scores, variables_of

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Rows:
    """Scale means, one row a person and group.

    Attributes
    ----------
    frame : pandas.DataFrame
        :data:`PERSON`, the group's column, one column a construct.
    by : str
        The group's column.
    respondents : str
        The condition that chose the rows.
    reasons : tuple of Reason
        What was put together or left out.
    variances : mapping of str to float
        Of each construct before rows were put together.
    together : float
        Rows put together to one, in the mean.
    held : tuple of str
        Columns of controls, around their means.
    """

    frame: pd.DataFrame
    by: str
    respondents: str
    reasons: tuple[Reason, ...]
    variances: Mapping[str, float]
    together: float
    held: tuple[str, ...] = ()

    @property
    def groups(self) -> int:
        """Number of categories or countries."""
        return int(self.frame[self.by].nunique())

    @property
    def random(self) -> list[str]:
        """Factors with a random intercept: people, where some have several rows, and the groups."""
        repeated = self.frame[PERSON].duplicated().any()
        return [*([PERSON] if repeated else []), self.by]

    def design(self) -> tuple[np.ndarray, list[str]]:
        """Give a column a group, then the controls, and the names of the groups."""
        code, names = pd.factorize(self.frame[self.by], sort=True)
        columns = np.column_stack([np.eye(len(names))[code], self.frame[[*self.held]]])
        return columns, [str(name) for name in names]

    def reliability(self, id_: str, of_one: float) -> float:
        """Of what stands in the frame: error of one row shrinks where several were put together."""
        error = (1.0 - of_one) * self.variances[id_] / self.together
        return max(0.0, 1.0 - error / float(self.frame[id_].var()))


def rows_of(
    ids: Sequence[str],
    sorting: str,
    context: Context,
    fewest: int = 2,
    besides: Sequence[str] = (),
    *,
    outcome: str = "",
) -> Rows:
    """Take scale means by person and group; a person's rows in one group are averaged.

    Parameters
    ----------
    ids : sequence of str
        Constructs.
    sorting : str
        Construct of the design that sorts the rows.
    fewest : int
        People that a group must have to count.
    besides : sequence of str
        Columns of the design that are taken along, the same for all rows of a person in a group.
    outcome : str
        Whose controls are taken along too; none where it is left out.
    """
    seen = scores(ids, context)
    group = named_groups(sorting, context)
    if group is None:
        raise DataError(f"nothing sorts the rows by {sorting}", code="no-groups")
    about = context.clean.about.loc[seen.frame.index]
    by = DESIGN.get(sorting, sorting)
    frame = seen.frame.assign(**{PERSON: about["respondent"], by: group.reindex(seen.frame.index)})
    frame, held = context.held(outcome, frame, variables_of(ids, context)) if outcome else (frame, ())
    frame = frame.assign(**{name: about[name] for name in besides}).dropna()
    whole, variances = len(frame), {id_: float(frame[id_].var()) for id_ in ids}
    if frame.duplicated([PERSON, by]).any():
        frame = frame.groupby([PERSON, by], sort=False, observed=True).mean().reset_index()
    reasons = [Reason("rows_averaged", {"rows": whole, "left": len(frame)})] if len(frame) < whole else []
    together = whole / max(len(frame), 1)
    absent = tuple(one for one in group_names(sorting, context).values() if one not in set(frame[by]))
    reasons += [Reason("nobody_chose", {"groups": absent})] if absent else []
    sizes = frame[by].value_counts()
    if small := sorted(map(str, sizes[sizes < fewest].index)):
        reasons.append(Reason("groups_left_out", {"fewest": fewest, "groups": tuple(small)}))
        frame = frame[frame[by].map(sizes) >= fewest]
    if frame[by].nunique() < 2:
        words = sorting.replace("_", " ")
        cause = (
            f"{words} has fewer than two values with {fewest} people or more who answered what is compared"
        )
        raise DataError(cause, code="one-group")
    frame = frame.reset_index(drop=True)
    held = tuple(name for name in held if frame[name].max() > frame[name].min())
    frame[[*held]] -= frame[[*held]].mean()
    return Rows(frame, by, seen.respondents, tuple(reasons), variances, together, held)


def named_groups(sorting: str, context: Context) -> pd.Series | None:
    """Give the group of each row, by the words of its question where the answers hold codes."""
    found = groups_of(sorting, context)
    if found is None:
        return None
    there = found.notna() & (found.astype("string") != "")
    names = group_names(sorting, context)
    texts = {code: code_as_text(code) for code in found[there].unique()}
    told = {code: names.get(text, text) for code, text in texts.items()}
    return found.where(there).map(told).astype(object)
