"""Arms compared by the contrasts that were planned, beside the controls of a study where it names some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from coprod_measure.structure.evidence import Context, Reason
from coprod_measure.structure.methods.ancova import Ancova, ancova
from coprod_measure.structure.methods.contrasts import Cell, Contrasts, contrasts

MOVED = 0.001
"""Chance below which a control that differs between arms is named: of many controls some differ by chance."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One outcome over the cells of arms.

    Attributes
    ----------
    plain : Contrasts
        Of all who answered the outcome.
    adjusted : Ancova or None
        Of those who answered the controls too, which are held constant: it decides where there is one.
    """

    plain: Contrasts
    adjusted: Ancova | None

    def contrasts(self, *, beside: bool) -> pd.DataFrame:
        """Contrasts that decide, and ``beside`` them the planned one in other ways, which ``how`` names."""
        if self.adjusted is None:
            return self.plain.table().assign(how="")
        rows = [self.adjusted.table().assign(how="")]
        if beside:
            own, plain = self.adjusted.table(own_slopes=True), self.plain.table()
            rows += [plain.iloc[:1].assign(how="unadjusted"), own.iloc[:1].assign(how="own_slopes")]
        return pd.concat(rows, ignore_index=True)

    def cells(self) -> pd.DataFrame:
        """Means, where controls are held constant with ``adjusted ci_lower ci_upper``."""
        return (self.adjusted or self.plain).cells()

    def anova(self) -> pd.DataFrame:
        """All effects of arms between persons."""
        return (self.adjusted or self.plain).anova()

    def reasons(self, target: str, covariates: pd.DataFrame, context: Context) -> list[Reason]:
        """Say what was held constant, for how many, and whether it may be."""
        if self.adjusted is None:
            return []
        named = context.controls.names_of(self.adjusted.covariates)
        plain = self.plain.table().iloc[0]
        told = {"target": target, "d": float(plain["d"]), "p": float(plain["pvalue"])}
        found = [Reason("arms_adjusted", {"controls": named, **told})]
        if self.adjusted.dropped:
            lost = {"lost": self.adjusted.dropped, "of": self.adjusted.dropped + self.adjusted.n}
            found.append(Reason("controls_unanswered", {"controls": named, **lost}))
        if not len(covariates):
            return found
        whole = covariates.iloc[-1]
        if whole["slopes_pvalue"] < context.level:
            own = self.adjusted.table(own_slopes=True).iloc[0]
            fields = {"target": target, "controls": named, "slopes": float(whole["slopes_pvalue"])}
            fields |= {"d": float(own["d"]), "p": float(own["pvalue"])}
            found.append(Reason("slopes_differ", fields))
        differ = covariates.loc[covariates["arms_pvalue"] < MOVED, "covariate"]
        if moved := context.controls.names_of(differ):
            found.append(Reason("controls_moved", {"controls": moved}))
        return found


def compare(
    factors: Sequence[str],
    target: str,
    frame: pd.DataFrame,
    plan: Mapping[str, Mapping[Cell, float]],
    held: Sequence[str] = (),
) -> Compared:
    """Contrast cells, within persons for the factors of which a person saw several arms.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row an answer: factors, ``target``, ``held`` and ``person``.
    plan : mapping
        Name to weights by cell, in the order of ``factors``.
    held : sequence of str
        Controls.
    """
    within = [
        id_ for id_ in factors if not frame.groupby("person")[id_].transform("first").eq(frame[id_]).all()
    ]
    between = [id_ for id_ in factors if id_ not in within]
    order = [factors.index(id_) for id_ in (*between, *within)]
    turned: dict[str, dict[object, float]] = {
        name: {tuple(cell[k] for k in order): w for cell, w in own.items()} for name, own in plan.items()
    }
    if not within:
        # Rows of a person in one arm are one answer of his.
        frame = frame.groupby(["person", *between], as_index=False)[[target, *held]].mean()
    person = "person" if within else None
    plain = contrasts(frame, target, between, within, planned=turned, person=person)
    if not held:
        return Compared(plain, None)
    return Compared(plain, ancova(frame, target, between, held, within, planned=turned, person=person))
