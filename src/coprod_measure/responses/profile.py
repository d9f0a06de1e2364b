"""Who the respondents are: background, durations, dates, response rate, and early against late ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import stats

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.inference.multiple_tests import holm
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses

BACKGROUND = ("demographic", "design")
"""Roles of the items that say who answered."""
MOST_LEVELS = 20
"""Categories up to which a column is shown; one of more is nearly a text."""
SHARE_OF_EACH = 0.25
"""Of the respondents that count as early, and as late."""
FEWEST = 20
"""Respondents that each of the two needs."""
CATEGORY_COLUMNS = ("variable", "level", "n", "share")
COMPARISON_COLUMNS = (
    "variable", "of", "test", "early", "late", "statistic", "df", "pvalue", "pvalue_adjusted", "effect",
)  # fmt: skip
_NO_BACKGROUND = frozenset(
    ("respondent", "duration", "progress", "finished", "preview", "started", "ended", "submitted", "version",
     "weight", "cluster", "instance", "episode", "flags")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """An amount over respondents; ``missing`` counts those who gave none."""

    n: int
    mean: float
    sd: float
    median: float
    lower_quartile: float
    upper_quartile: float
    minimum: float
    maximum: float
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnout:
    """How many took part: rows of the file, and those left after cleaning; ``invited`` is 0 where unknown."""

    invited: int
    answered: int
    analysed: int


@dataclass(frozen=True, slots=True)
class Fielding:
    """First and last day of fielding (ISO), and the days on which somebody started."""

    first: str
    last: str
    days: int


@dataclass(frozen=True, slots=True)
class EarlyAndLate:
    """Late respondents stand for those who never answered.

    Attributes
    ----------
    wave : str
        The first wave, whose people are compared; empty where there are no waves.
    comparisons : pandas.DataFrame
        One row a background variable or construct (:data:`COMPARISON_COLUMNS`): ``test`` is ``"t"`` (means
        ``early`` and ``late``, Welch, ``effect`` Cohen's d) or ``"chi2"`` (``effect`` Cramer's V, no means).
        ``of`` says whether the variable is a ``"construct"`` or ``"background"``.
    """

    comparisons: pd.DataFrame
    n_early: int
    n_late: int
    wave: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """When and how long people answered in one wave; ``n`` people were seen in it."""

    n: int
    fielded: Fielding | NotAvailable
    duration: Spread | NotAvailable


@dataclass(frozen=True, slots=True, repr=False)
class SampleProfile(Shown):
    """Result of :func:`sample_profile`.

    Attributes
    ----------
    categories : pandas.DataFrame
        One row a category (:data:`CATEGORY_COLUMNS`), code or text; level ``""`` counts missing answers.
        Shares are of those who answered.
    amounts : mapping
        Item or column to its :class:`Spread`.
    duration : Spread or NotAvailable
        In seconds, of everybody once a wave.
    visits : mapping
        Wave to its :class:`Visit`, where there are several.
    """

    categories: pd.DataFrame
    amounts: Mapping[str, Spread]
    duration: Spread | NotAvailable
    fielded: Fielding | NotAvailable
    turnout: Turnout
    early_and_late: EarlyAndLate | NotAvailable
    visits: Mapping[str, Visit] = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """Give the categories."""
        return self.categories


def sample_profile(clean: Responses, *, invited: int = 0) -> SampleProfile:
    """Describe the people behind clean answers; who has several rows counts once, by the first wave seen in.

    Parameters
    ----------
    invited : int
        How many were asked to take part; 0 where nobody knows.

    Notes
    -----
    Early and late respondents: Armstrong and Overton (1977), Journal of Marketing Research 14, 396-402. Welch
    tests of means and chi-squared tests of shares, adjusted by Holm over all of them.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> file = cm.shipped_folder("data/sample") / "bfi" / "bfi.csv"
    >>> found = cm.clean(cm.read_responses(file, cm.read_instrument("bfi25")))
    >>> profile = sample_profile(found)
    >>> round(profile.amounts["age"].mean, 1), profile.duration
    (28.8, NotAvailable(reason='the file holds no durations'))
    """
    waves = {wave: clean.one_row_a_person(wave=wave)[0] for wave in clean.wave_names}
    people = _each_once(clean)
    first = next(iter(waves.values()), people)
    visits = {wave: _visit(seen) for wave, seen in waves.items()} if len(waves) > 1 else {}
    answers = (
        clean.keep(pd.Index([row for seen in waves.values() for row in seen.frame.index]))
        if waves
        else people
    )
    early = _early_and_late(
        first, {name: values.loc[first.frame.index] for name, values in _background(first).items()}
    )
    if visits and not isinstance(early, NotAvailable):
        early = replace(early, wave=next(iter(waves)))
    columns = _of_people(clean, _background(people))
    if visits:
        columns |= _first_answers([name for name in columns if name in clean.frame], people, clean)
    categories, amounts = [], {}
    for name, values in columns.items():
        if _is_amount(name, values, people):
            amounts[name] = _spread(pd.to_numeric(values))
        else:
            categories += _counted(name, values)
    return SampleProfile(
        categories=pd.DataFrame(categories, columns=list(CATEGORY_COLUMNS)),
        amounts=amounts,
        duration=_durations(answers),
        fielded=_fielded(answers),
        turnout=Turnout(
            invited=invited,
            answered=clean.source.n_rows if clean.people == clean.rows else people.people,
            analysed=people.people,
        ),
        early_and_late=early,
        visits=visits,
    )


def _each_once(clean: Responses) -> Responses:
    """Keep everybody's first row, of the first wave that they were seen in."""
    if clean.people == clean.rows:
        return clean
    rows = clean.about["respondent"]
    if waves := clean.wave_names:
        order = clean.about["wave"].astype("str").map({wave: k for k, wave in enumerate(waves)})
        rows = rows[order.sort_values(kind="stable").index]
    return clean.keep(clean.frame.index[clean.frame.index.isin(rows.index[~rows.duplicated()])])


def _first_answers(items: Sequence[str], people: Responses, clean: Responses) -> dict[str, pd.Series]:
    """Take the first answer that each person gave: a wave may ask what those before it did not."""
    waves = {wave: k for k, wave in enumerate(clean.wave_names)}
    order = clean.about["wave"].astype("str").map(waves).sort_values(kind="stable").index
    given = clean.frame.loc[order, list(items)].groupby(clean.about.loc[order, "respondent"]).first()
    who = people.about["respondent"]
    return {name: pd.Series(given[name].reindex(who).to_numpy(), who.index) for name in items}


def _visit(seen: Responses) -> Visit:
    return Visit(seen.people, _fielded(seen), _durations(seen))


def _durations(people: Responses) -> Spread | NotAvailable:
    duration = pd.to_numeric(people.about.get("duration", pd.Series(dtype=float)), errors="coerce")
    return _spread(duration) if duration.notna().any() else NotAvailable("the file holds no durations")


def _background(people: Responses) -> dict[str, pd.Series]:
    items = people.instrument.items
    asked = {
        id_: people.frame[id_]
        for id_ in people.frame
        if (items[id_].role in BACKGROUND or _of_a_trait(people, id_))
        and items[id_].kind in ("single_choice", "scale", "number", "slider")
    }
    told = {}
    for name in people.about:
        values = people.about[name]
        if name in _NO_BACKGROUND or ":" in name or pd.api.types.is_datetime64_any_dtype(values.dtype):
            continue
        if not pd.api.types.is_numeric_dtype(values.dtype):
            values = values.astype("string").str.strip().replace("", pd.NA).astype(object)
            if values.nunique() > MOST_LEVELS:
                continue
        if values.notna().any() and name not in asked:
            told[str(name)] = values
    return {**asked, **told}


def _of_people(clean: Responses, columns: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """Leave out what differs between rows of one person in one wave: it is no characteristic of people."""
    if not clean.several_in_a_wave:
        return dict(columns)
    whose = [clean.about[name] for name in ("respondent", "wave") if name in clean.about]
    rows = clean.frame.join(clean.about.drop(columns=clean.frame.columns, errors="ignore"))
    return {name: values for name, values in columns.items() if rows[name].groupby(whose).nunique().max() < 2}


def _of_a_trait(people: Responses, id_: str) -> bool:
    """Age or country are no less background for being terms of a hypothesis."""
    construct = people.instrument.theory.constructs.get(people.instrument.items[id_].construct_id or "")
    return construct is not None and construct.domain.startswith("demographic")


def _is_amount(name: str, values: pd.Series, people: Responses) -> bool:
    if name in people.instrument.items:
        return people.instrument.scale_of(name) is None
    return bool(pd.api.types.is_numeric_dtype(values.dtype) and values.nunique() > 2)


def _counted(name: str, values: pd.Series) -> list[tuple[str, str, int, float]]:
    sizes = values.dropna().value_counts().sort_index()
    missing = int(values.isna().sum())
    rows = [(name, code_as_text(level), int(n), float(n / sizes.sum())) for level, n in sizes.items()]
    return [*rows, *([(name, "", missing, np.nan)] if missing else [])]


def _spread(values: pd.Series) -> Spread:
    there = values.dropna().astype(float)
    if there.empty:
        nothing = np.nan
        return Spread(0, nothing, nothing, nothing, nothing, nothing, nothing, nothing, len(values))
    lower, median, upper = np.quantile(there, [0.25, 0.5, 0.75])
    return Spread(
        len(there),
        float(there.mean()),
        float(there.std(ddof=1)) if len(there) > 1 else np.nan,
        float(median),
        float(lower),
        float(upper),
        float(there.min()),
        float(there.max()),
        missing=len(values) - len(there),
    )


def _started(people: Responses) -> pd.Series:
    column = next((name for name in ("started", "submitted", "ended") if name in people.about), None)
    if column is None:
        return pd.Series(pd.NaT, index=people.frame.index)
    return pd.to_datetime(people.about[column], errors="coerce")


def _fielded(people: Responses) -> Fielding | NotAvailable:
    times = _started(people).dropna()
    if times.empty:
        return NotAvailable("the file does not say when people answered")
    days = times.dt.strftime("%Y-%m-%d")
    return Fielding(str(days.min()), str(days.max()), int(days.nunique()))


def _early_and_late(people: Responses, columns: Mapping[str, pd.Series]) -> EarlyAndLate | NotAvailable:
    times = _started(people).dropna().sort_values(kind="stable")
    each = int(len(times) * SHARE_OF_EACH)
    if times.empty:
        return NotAvailable("the file does not say when people answered")
    if each < FEWEST:
        return NotAvailable(f"the first and the last quarter have fewer than {FEWEST} respondents")
    if times.iloc[each - 1] >= times.iloc[-each]:
        return NotAvailable("respondents cannot be told apart by when they answered")
    first, last = times.index[:each], times.index[-each:]
    rows = []
    for name, values in columns.items():
        own = values.loc[first], values.loc[last]
        test = _of_means if _is_amount(name, values, people) else _of_shares
        rows.append((name, "background", *test(*own)))
    for name, values in _construct_means(people).items():
        rows.append((name, "construct", *_of_means(values.loc[first], values.loc[last])))
    found = pd.DataFrame(rows, columns=[name for name in COMPARISON_COLUMNS if name != "pvalue_adjusted"])
    found = found[found["pvalue"].notna()].reset_index(drop=True)
    found["pvalue_adjusted"] = holm(found["pvalue"].to_numpy())
    return EarlyAndLate(found[list(COMPARISON_COLUMNS)], each, each)


def _construct_means(people: Responses) -> dict[str, pd.Series]:
    found = {}
    for id_ in dict.fromkeys(people.instrument.items[name].construct_id for name in people.frame):
        items = [one.id for one in people.instrument.items_of(id_)] if id_ else []
        scaled = [name for name in items if name in people.frame and _is_scale(name, people)]
        if id_ and scaled:
            found[id_] = people.frame[scaled].mean(axis=1)
    return found


def _is_scale(name: str, people: Responses) -> bool:
    scale = people.instrument.scale_of(name)
    return people.instrument.items[name].kind == "scale" and scale is not None and scale.ordered


def _of_means(early: pd.Series, late: pd.Series) -> tuple[str, float, float, float, float, float, float]:
    one, other = (pd.to_numeric(part).dropna().astype(float) for part in (early, late))
    if min(len(one), len(other)) < 2 or one.std() + other.std() == 0:
        return "t", np.nan, np.nan, np.nan, np.nan, np.nan, np.nan
    test = stats.ttest_ind(one, other, equal_var=False)
    pooled = (one.var() * (len(one) - 1) + other.var() * (len(other) - 1)) / (len(one) + len(other) - 2)
    d = (one.mean() - other.mean()) / np.sqrt(pooled)
    return "t", one.mean(), other.mean(), float(test.statistic), float(test.df), float(test.pvalue), float(d)


def _of_shares(early: pd.Series, late: pd.Series) -> tuple[str, float, float, float, float, float, float]:
    counts = pd.DataFrame({"early": early.value_counts(), "late": late.value_counts()}).fillna(0.0)
    counts = counts[counts.sum(axis=1) > 0]
    if len(counts) < 2 or (counts.sum() == 0).any():
        return "chi2", np.nan, np.nan, np.nan, np.nan, np.nan, np.nan
    test = stats.chi2_contingency(counts.to_numpy(), correction=False)
    v = np.sqrt(test.statistic / counts.to_numpy().sum())
    return "chi2", np.nan, np.nan, float(test.statistic), float(test.dof), float(test.pvalue), float(v)
