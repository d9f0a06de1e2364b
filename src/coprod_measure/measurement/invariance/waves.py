"""Whether items mean the same in every wave of a panel: the ladder for answers of the same people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from coprod_measure.errors import DataError
from coprod_measure.estimation.specification.writing import formula, label
from coprod_measure.fitting.models import cfa, refit
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.invariance.group_sizes import LEFT_OUT_COLUMNS
from coprod_measure.measurement.invariance.item_effects import dmacs, each_item_freed, pooled_sd
from coprod_measure.measurement.invariance.ladder import climb, wanted_levels
from coprod_measure.measurement.invariance.models import (
    EFFECT_COLUMNS,
    MEAN_COLUMNS,
    PARTS,
    LadderModels,
    parameter_of,
)
from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.responses.dataset import CLUSTER, WEIGHT, Responses

Waves = Mapping[str, pd.DataFrame]


def wave_invariance(
    waves: Responses | Waves,
    constructs: Constructs | None = None,
    *,
    levels: Sequence[str] = ("configural", "metric", "scalar", "strict"),
    estimator: str = "ML",
    missing: str = "listwise",
    partial: bool = False,
    effects: bool = False,
) -> Invariance:
    """Climb the ladder of measurement invariance over the waves of a panel.

    Every wave has its own factors, all factors correlate, and the errors of the same item correlate between
    waves, because what is special about an item stays with the person (Widaman, Ferrer and Conger 2010).

    Parameters
    ----------
    waves : Responses or mapping of str to pandas.DataFrame
        Answers with a column ``wave`` about each row, or wave to items, indexed by the person's id. Clusters
        of people, and weights that are the same in all rows of a person, enter errors and tests.
    constructs : mapping, optional
        Construct to items; see :func:`~coprod_measure.measurement.item_sets.item_sets`.
    levels : sequence of str
        From ``configural metric scalar strict means``; each adds its equality to those before.
    missing : {"listwise", "fiml"}
        With ``fiml`` people count who missed a wave.
    partial : bool
        Whether to free loadings or intercepts, one at a time, where their level fails.
    effects : bool
        Whether to compute the effect size of every item, against the first wave.

    Returns
    -------
    Invariance
        ``group`` is ``"wave"``.

    Raises
    ------
    DataError
        If there are fewer than two waves, or an unknown level.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> waves = {"first": bfi[:200].reset_index(drop=True), "second": bfi[200:].reset_index(drop=True)}
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> steps = cm.wave_invariance(waves, traits, levels=["configural", "metric"])
    >>> steps.table()["df"].tolist()
    [42, 46]
    """
    wanted = wanted_levels(levels)
    frames = waves_of(waves) if isinstance(waves, Responses) else dict(waves)
    if len(frames) < 2:
        raise DataError(
            "invariance over waves needs two waves", cure="Give the answers of each wave", code="one-wave"
        )
    sets = item_sets(waves if isinstance(waves, Responses) else next(iter(frames.values())), constructs)
    members = {one.construct: one.items for one in sets if one.measurement == "reflective"}
    wide = side_by_side(frames, [item for items in members.values() for item in items])
    design, sampling = _design_of_people(waves) if isinstance(waves, Responses) else (wide[[]], {})
    models = WaveModels(
        wide=wide.join(design), constructs=members, labels=tuple(frames), estimator=estimator,
        missing=missing, sampling=sampling,
    )  # fmt: skip
    found = climb(models, wanted, partial=partial)
    return Invariance(
        **found.told(models, effects=effects),
        sizes=pd.DataFrame(
            {
                "group": range(1, len(frames) + 1),
                "label": list(frames),
                "n": [int(frame.notna().any(axis=1).sum()) for frame in frames.values()],
            }
        ),
        left_out=pd.DataFrame(columns=list(LEFT_OUT_COLUMNS)),
        group="wave",
        estimator=estimator,
        missing=missing,
        sampling=tuple(sampling),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveModels(LadderModels):
    """Models over waves.

    Attributes
    ----------
    wide : pandas.DataFrame
        One row a person, columns ``item__1``, ``item__2`` ...
    constructs : mapping
        Construct to items.
    labels : tuple of str
        Of the waves.
    sampling : mapping
        Options of a fit that name clusters and weights.
    """

    wide: pd.DataFrame
    constructs: Mapping[str, Sequence[str]]
    labels: tuple[str, ...]
    estimator: str
    missing: str
    sampling: Mapping[str, Any] = field(default_factory=dict)
    parts: ClassVar[tuple[str, ...]] = ("loadings", "intercepts")

    @property
    def later(self) -> int:
        """See :class:`.models.LadderModels`."""
        return len(self.labels) - 1

    def fit_all(
        self, equal: Sequence[str], unequal: Sequence[str], near: Fit | None = None, *, afresh: bool = True
    ) -> Fit:
        """See :class:`.models.LadderModels`."""
        text = wave_model(self.constructs, len(self.labels), equal, unequal)
        return self._fit(text, self.estimator, near, afresh=afresh)

    def fit_one(
        self, construct: str, equal: Sequence[str], unequal: Sequence[str], near: Fit | None = None
    ) -> Fit:
        """See :class:`.models.LadderModels`."""
        own = {construct: self.constructs[construct]}
        return self._fit(wave_model(own, len(self.labels), equal, unequal), "ML", near, afresh=False)

    def effects(self) -> pd.DataFrame:
        """Give the size of every item's difference from the first wave (dMACS), both its parts freed."""
        rows: list[tuple[object, ...]] = []
        for construct in self.searchable:
            for item, fit in each_item_freed(self, construct):
                est = fit.parameters.set_index(["lhs", "op", "rhs"])["est"]
                n = fit.solution.sample.groups[0].n
                for t in range(2, len(self.labels) + 1):
                    at = [(_at(construct, k), _at(item, k)) for k in (1, t)]
                    loading = float(est[at[1][0], "=~", at[1][1]] - est[at[0][0], "=~", at[0][1]])
                    intercept = float(est[at[1][1], "~1", ""] - est[at[0][1], "~1", ""])
                    mean, variance = (float(est[at[1][0], *rest]) for rest in (("~1", ""), ("~~", at[1][0])))
                    if variance < 0.0:
                        continue
                    first, later = (self.wide[column].dropna() for _, column in at)
                    sd = pooled_sd(float(first.std(ddof=0)), len(first), float(later.std(ddof=0)), len(later))
                    size = dmacs(loading, intercept, mean, variance, sd)
                    rows.append((construct, item, t, self.labels[t - 1], size, loading, intercept, n))
        return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))

    def means(self, fit: Fit) -> pd.DataFrame:
        """See :class:`.models.LadderModels`."""
        found = fit.parameters
        found = found[found["op"] == "~1"].set_index("lhs")
        rows = [
            (name, t, self.labels[t - 1], *found.loc[_at(name, t), ["est", "se", "pvalue"]])
            for name in self.constructs
            for t in range(2, len(self.labels) + 1)
        ]
        return pd.DataFrame(rows, columns=list(MEAN_COLUMNS))

    def _fit(self, text: str, estimator: str, near: Fit | None, *, afresh: bool) -> Fit:
        if near is not None:
            return refit(near, model=text, group_equal=(), afresh=afresh)
        options = {"std_lv": True, "mean_structure": True, "missing": self.missing, **self.sampling}
        return cfa(text, self.wide, estimator=estimator, **options)


def wave_model(
    constructs: Mapping[str, Sequence[str]], n_waves: int, equal: Sequence[str], unequal: Sequence[str] = ()
) -> str:
    """Write the model of one level; item ``x`` in wave 2 is ``x__2``.

    Factor variances are 1 in the first wave and, as long as loadings differ, in all; latent means are 0
    until intercepts are equal.

    Parameters
    ----------
    constructs : mapping
        Construct to items.
    equal : sequence of str
        From ``loadings intercepts residuals means``.
    unequal : sequence of str
        Parameters that differ in spite of ``equal``, as :func:`.models.parameter_of` names them.
    """
    lines = []
    for name, items in constructs.items():
        alike = {
            part: [i for i in items if part in equal and parameter_of(name, i, part) not in unequal]
            for part in PARTS
        }
        for t in range(1, n_waves + 1):
            terms = [(label("l", item) if item in alike["loadings"] else "", _at(item, t)) for item in items]
            lines.append(formula(_at(name, t), "=~", *terms))
            if t > 1 and "loadings" in equal:
                lines.append(formula(_at(name, t), "~~", ("NA", _at(name, t))))
            if t > 1 and "intercepts" in equal and "means" not in equal:
                lines.append(formula(_at(name, t), "~1", "NA"))
            for item in items:
                if item in alike["intercepts"]:
                    lines.append(formula(_at(item, t), "~1", label("i", item)))
                if item in alike["residuals"]:
                    lines.append(formula(_at(item, t), "~~", (label("e", item), _at(item, t))))
                lines += [
                    formula(_at(item, t), "~~", _at(item, later)) for later in range(t + 1, n_waves + 1)
                ]
    return "\n".join(lines)


def waves_of(responses: Responses) -> dict[str, pd.DataFrame]:
    """Part answers by wave, each indexed by the person, waves in their order in the file.

    Raises
    ------
    DataError
        If the answers know no waves, or a person answered a wave twice.
    """
    about = responses.about
    if "wave" not in about or "respondent" not in about:
        raise DataError(
            "the answers do not tell waves and people apart",
            cure="Name the columns in the study file (responses: wave, id_column)",
            code="no-waves",
        )
    found = {}
    for wave, part in responses.frame.groupby(about["wave"].astype("str"), sort=False):
        people = about.loc[part.index, "respondent"].astype("str")
        if people.duplicated().any():
            twice = people[people.duplicated()].iloc[0]
            raise DataError(
                f"respondent {twice} answered wave {wave} more than once",
                cure="Keep one row a person and wave by a cleaning rule",
                code="wave-twice",
            )
        found[str(wave)] = part.set_axis(pd.Index(people.to_numpy()), axis=0)
    return found


def side_by_side(waves: Waves, items: Sequence[str]) -> pd.DataFrame:
    """Put the waves of each person into one row, columns ``item__1``, ``item__2`` ...

    Raises
    ------
    DataError
        If a wave lacks an item.
    """
    problems = [
        f"{item} in wave {wave}" for wave, frame in waves.items() for item in items if item not in frame
    ]
    if problems:
        raise DataError(
            f"there are no answers to {', '.join(problems)}", cure="Name items that every wave asked"
        )
    parts = [
        frame[list(items)].rename(columns={item: _at(item, t) for item in items})
        for t, frame in enumerate(waves.values(), start=1)
    ]
    return pd.concat(parts, axis=1)


def _design_of_people(responses: Responses) -> tuple[pd.DataFrame, dict[str, str]]:
    """Give clusters that people were drawn in and what each person weighs, indexed by the person."""
    named = {"cluster": "cluster", "weights": "weight"}
    sampling = {option: column for option, column in named.items() if column in responses.about}
    whose = responses.about["respondent"].astype("str")
    design = responses.about[list(sampling.values())].set_axis(pd.Index(whose), axis=0)
    design = design[~design.reset_index().duplicated().to_numpy()]
    if design.index.duplicated().any():
        raise DataError(
            f"the rows of respondent {design.index[design.index.duplicated()][0]} weigh differently",
            cure="A model over waves takes one weight a person: give every row of a person the same",
            code="several-weights",
        )
    design.columns = pd.Index([{"cluster": CLUSTER, "weight": WEIGHT}[name] for name in design.columns])
    return design, {option: {"cluster": CLUSTER, "weights": WEIGHT}[option] for option in sampling}


def _at(name: str, wave: int) -> str:
    return f"{name}__{wave}"


def examine(x: Examination) -> Invariance:
    """Compute the part ``waves``."""
    return wave_invariance(x.panel, x.modelled, partial=True, effects=True, **x.options.fitting)
