"""A study's hypotheses under every defensible choice of cleaning, estimator, missing answers and controls."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import product
from pathlib import Path

import pandas as pd

from coprod_measure.errors import CoprodError, NotAvailable, StudyError
from coprod_measure.notebook import Shown
from coprod_measure.provenance import sha256_of_bytes, versions
from coprod_measure.responses.clean import clean
from coprod_measure.responses.cleaning_rules import CleaningRules
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.rules_file import default_rules_path, read_cleaning_rules
from coprod_measure.structure.results import NOT_TESTABLE
from coprod_measure.structure.verdicts import SUPPORTED
from coprod_measure.study.as_asked import read_answers, tested
from coprod_measure.study.definition import Study
from coprod_measure.study.exclusions import keep_everybody
from coprod_measure.study.file_model import StructureModel
from coprod_measure.workers import Workers

PIECES = "multiverse-pieces"
"""Folder, in that of a study's outputs, of what an interrupted run left."""
PLANNED, EVERYBODY, STRICT = "as planned", "nobody excluded", "one sign suffices"
WITH, WITHOUT = "with controls", "without controls"
_LIKELIHOOD = ("ML", "MLR")
TABLE_COLUMNS = (
    "universe", "cleaning", "estimator", "missing", "method", "controls", "planned", "hypothesis", "n",
    "estimate", "ci_lower", "ci_upper", "pvalue_adjusted", "verdict", "why",
)  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Universe:
    """One way through the choices."""

    cleaning: str
    estimator: str
    missing: str
    method: str
    controls: str

    @property
    def name(self) -> str:
        """All choices in words."""
        return ", ".join(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True, repr=False)
class Multiverse(Shown):
    """What every way finds.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a universe and hypothesis (:data:`TABLE_COLUMNS`); ``estimate`` is standardised where the
        kind of test has such; ``planned`` marks the way of the study file; ``why`` says what failed.
    """

    table: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Sum up each hypothesis: how often it is supported, and the range of its estimates."""
        rows = []
        for hypothesis, own in self.table.groupby("hypothesis", sort=False):
            had = own[own["why"] == ""]
            planned = own.loc[own["planned"], "verdict"]
            rows.append(
                (
                    hypothesis,
                    len(own),
                    len(had),
                    float(had["verdict"].isin(SUPPORTED).mean()),
                    float((had["verdict"] == "contradicted").mean()),
                    float(had["estimate"].median()),
                    float(had["estimate"].min()),
                    float(had["estimate"].max()),
                    planned.iloc[0] if len(planned) else "",
                )
            )
        names = [
            "hypothesis",
            "universes",
            "tested",
            "supported",
            "contradicted",
            "median",
            "lowest",
            "highest",
        ]
        return pd.DataFrame(rows, columns=[*names, "planned"])


def universes(study: Study, rules: CleaningRules) -> tuple[Universe, ...]:
    """List every defensible way for a study; the planned one first.

    Raises
    ------
    StudyError
        If it tests no hypothesis.
    """
    asked = _asked(study)
    planned = _planned(study, asked)
    cleaning = [PLANNED, EVERYBODY, *([STRICT] if rules.min_flags > 1 else [])]
    likelihood = planned.estimator.upper() in _LIKELIHOOD
    estimators = list(dict.fromkeys([planned.estimator, *(_LIKELIHOOD if likelihood else ())]))
    missing = list(dict.fromkeys([planned.missing, *(("fiml", "listwise") if likelihood else ())]))
    methods = list(dict.fromkeys([planned.method, *(("sem", "sam") if likelihood else ())]))
    if planned.method == "auto" and "sem" in methods:
        methods.remove("sem")  # auto is sem but for models of many constructs
    controls = [WITH, WITHOUT] if asked.controls else [WITHOUT]
    every = [Universe(*one) for one in product(cleaning, estimators, missing, methods, controls)]
    return (planned, *(one for one in every if one != planned))


def multiverse(
    study: Study,
    *,
    workers: Workers | None = None,
    progress: Callable[[int, int], None] | None = None,
    out: str | Path | None = None,
    resume: bool = False,
) -> Multiverse:
    r"""Test a study's hypotheses in every universe.

    Parameters
    ----------
    workers : Workers, optional
        Where; this process when left out.
    progress : callable, optional
        Called with the universes done and all of them.
    out : str or pathlib.Path, optional
        Folder whose subfolder ``multiverse-pieces`` keeps finished universes; left out: nothing is kept.
    resume : bool
        Go on with those that an interrupted run left.

    Raises
    ------
    CoprodError
        If the study or its answers cannot be used at all.

    Notes
    -----
    Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), *Perspectives on Psychological Science* 11, 702-712;
    drawn as a specification curve: Simonsohn, Simmons and Nelson (2020), *Nature Human Behaviour* 4,
    1208-1214. Universes share the answers: their number is no number of replications.

    Examples
    --------
    >>> import tempfile
    >>> import coprod_measure as cm
    >>> from coprod_measure.study.definition import read_study
    >>> folder = Path(tempfile.mkdtemp())
    >>> everybody = (cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").read_text().splitlines()
    >>> _ = (folder / "answers.csv").write_text("\n".join(everybody[:301]))
    >>> _ = (folder / "study.yaml").write_text('''
    ... id: traits
    ... title: Traits of personality
    ... instrument: bfi25
    ... responses: {file: answers.csv}
    ... measurement: {estimator: ULS, missing: listwise}
    ... structure: {hypotheses: [B2]}
    ... seed: 1
    ... ''')
    >>> found = multiverse(read_study(folder / "study.yaml"))
    >>> found.summary()[["hypothesis", "universes", "supported"]].to_numpy().tolist()
    [['B2', 3, 1.0]]
    """
    rules = read_cleaning_rules(study.folder / study.cleaning if study.cleaning else default_rules_path())
    ways = universes(study, rules)
    read = read_answers(study)
    cleaned = {name: _cleaned(read, rules, name) for name in dict.fromkeys(one.cleaning for one in ways)}
    found: dict[Universe, list[tuple[object, ...]]] = {}
    folder = None if out is None else Path(out) / PIECES / _key(study, rules, repr(read.source))
    if folder is not None and folder.is_dir() and not resume:
        shutil.rmtree(folder)
    run = (workers or Workers()).run_kept(partial(tested_in, study, cleaned), ways, folder, _name, _rows)
    for one, rows in run:
        found[one] = rows
        if progress:
            progress(len(found), len(ways))
    numbered = [
        (number, *(getattr(one, part.name) for part in fields(one)), number == 0, *row)
        for number, one in enumerate(ways)
        for row in found[one]
    ]
    return Multiverse(pd.DataFrame(numbered, columns=list(TABLE_COLUMNS)))


def _key(study: Study, rules: CleaningRules, answers: str) -> str:
    parts = (study.options, rules, study.instrument.sha256, study.instrument.theory.sha256)
    return sha256_of_bytes(json.dumps([answers, versions(), *map(repr, parts)]).encode())[:16]


def _name(universe: Universe) -> str:
    return sha256_of_bytes(repr(universe).encode())[:16]


def _rows(content: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    return [tuple(row) for row in content]


def tested_in(
    study: Study, cleaned: Mapping[str, Responses | str], universe: Universe
) -> list[tuple[object, ...]]:
    """Test the hypotheses in one universe; what stops it becomes the reason of its rows."""
    asked = _asked(study)
    answers = cleaned[universe.cleaning]
    how = {
        "estimator": universe.estimator,
        "missing": universe.missing,
        "method": universe.method,
        "intervals": "monte_carlo",
        "controls": asked.controls if universe.controls == WITH else (),
    }
    why = answers if isinstance(answers, str) else ""
    if not isinstance(answers, str):
        own = replace(study, structure=asked.model_copy(update=how))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tests = tested(own, answers, verdicts_only=True)
        except CoprodError as error:
            why = error.in_one_line
        else:
            if isinstance(tests, NotAvailable):
                raise StudyError(tests.reason, place=study.path)
            reasons = tests.table().set_index("id")["reason"]
            return [
                (
                    row.id,
                    answers.people,
                    row.estimate if row.std != row.std else row.std,
                    row.ci_lower,
                    row.ci_upper,
                    row.pvalue_adjusted,
                    row.verdict,
                    reasons[row.id] if row.verdict == NOT_TESTABLE else "",
                )
                for row in tests.verdicts.itertuples()
            ]
    nothing = float("nan")
    return [(id_, 0, *[nothing] * 4, NOT_TESTABLE, why) for id_ in asked.hypotheses]


def _asked(study: Study) -> StructureModel:
    if study.structure is None or not study.structure.hypotheses:
        raise StudyError(
            "it tests no hypotheses", place=study.path, cure="Name some under structure: hypotheses:"
        )
    return study.structure


def _planned(study: Study, asked: StructureModel) -> Universe:
    return Universe(
        PLANNED,
        asked.estimator or study.measurement.estimator,
        asked.missing or study.measurement.missing,
        asked.method,
        WITH if asked.controls else WITHOUT,
    )


def _cleaned(read: Responses, rules: CleaningRules, name: str) -> Responses | str:
    own = {PLANNED: rules, EVERYBODY: keep_everybody(rules), STRICT: replace(rules, min_flags=1)}[name]
    try:
        return clean(read, own)
    except CoprodError as error:
        return error.in_one_line
