"""What was not answered: how much, in which patterns, whether at random, and what was planned that way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from coprod_measure.errors import CoprodError, NotAvailable
from coprod_measure.estimation.missing.mcar import McarTest, little_mcar_test
from coprod_measure.estimation.missing.saturated import UnusableColumnsError
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.item_choice import chosen_items

RATE_COLUMNS = ("item", "construct", "n", "answered", "unanswered", "not_shown", "not_applicable", "rate")
PATTERN_COLUMNS = ("n", "n_missing", "missing")
AUXILIARY_COLUMNS = ("variable", "item", "r", "n")
_AUXILIARY_FROM = 0.10
_TOO_FEW = "it needs two rated items"


@dataclass(frozen=True, slots=True, repr=False)
class MissingAnswers(Shown):
    """Result of :func:`missing_answers`.

    Attributes
    ----------
    rates : pandas.DataFrame
        One row an item (:data:`RATE_COLUMNS`); ``rate`` is unanswered over shown, so planned missing does not
        count.
    patterns : pandas.DataFrame
        One row a pattern, most frequent first (:data:`PATTERN_COLUMNS`); ``missing`` names the items that
        were shown and have no answer.
    coverage : pandas.DataFrame
        Share of respondents who answered both items of a pair; the diagonal, one item.
    coverage_shown : pandas.DataFrame
        The same among those to whom both were shown, so that planned missing does not count; NaN where a pair
        was shown to nobody.
    little : McarTest or NotAvailable
        Little's test over the rated items, among people who were shown the same questions: what was planned
        not to be asked is no pattern.
    little_people, little_sets : int
        Respondents in the test, and how many different sets of questions they were shown.
    auxiliary : pandas.DataFrame
        Other variables whose values go with not answering an item (:data:`AUXILIARY_COLUMNS`), strongest
        first: candidates for auxiliary variables under FIML.
    n, n_complete, n_complete_shown : int
        Respondents; those who answered every item; those who left nothing unanswered that they were shown.
    """

    rates: pd.DataFrame
    patterns: pd.DataFrame
    coverage: pd.DataFrame
    coverage_shown: pd.DataFrame
    little: McarTest | NotAvailable
    little_people: int
    little_sets: int
    auxiliary: pd.DataFrame
    n: int
    n_complete: int
    n_complete_shown: int

    def table(self) -> pd.DataFrame:
        """One row an item."""
        return self.rates


def missing_answers(
    responses: Responses, on: Sequence[str] = (), *, test: bool = True, most_patterns: int | None = None
) -> MissingAnswers:
    """Describe what was not answered.

    Parameters
    ----------
    on : sequence of str
        Items or constructs; all items of constructs when empty.
    test : bool
        Whether to run Little's test (EM over all patterns; seconds with a hundred items).
    most_patterns : int, optional
        Leave the test out when there are more patterns.

    Returns
    -------
    MissingAnswers
        Rates, patterns, coverage, Little's test, candidates for auxiliary variables.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> file = cm.shipped_folder("data/sample") / "bfi" / "bfi.csv"
    >>> responses = cm.read_responses(file, cm.read_instrument("bfi25"))
    >>> cm.missing_answers(responses).rates[["item", "answered", "unanswered"]].head(1).to_numpy().tolist()
    [['A1', 2784, 16]]
    """
    items = [item.id for item in chosen_items(responses, on, rated=False)]
    answers = responses.frame[items].to_numpy()
    hidden = _hidden(responses, items)
    patterns = _patterns(np.isnan(answers) & ~hidden, items)
    if not test:
        little = _Little(NotAvailable("it was not asked for"))
    elif most_patterns is not None and len(patterns) > most_patterns:
        little = _Little(NotAvailable(f"there are more than {most_patterns:,} patterns of missing answers"))
    else:
        little = _little(responses, on)
    both = coverage(answers)
    seen = coverage(np.where(hidden, np.nan, 0.0))
    among_shown = np.divide(both, seen, out=np.full_like(both, np.nan), where=seen > 0)
    return MissingAnswers(
        rates=_rates(responses, items),
        patterns=patterns,
        coverage=pd.DataFrame(both, index=items, columns=items),
        coverage_shown=pd.DataFrame(among_shown, index=items, columns=items),
        little=little.test,
        little_people=little.people,
        little_sets=little.sets,
        auxiliary=_auxiliary(responses, items),
        n=responses.n,
        n_complete=int((~np.isnan(answers)).all(axis=1).sum()),
        n_complete_shown=int((responses.missing[items] != "unanswered").all(axis=1).sum()),
    )


def coverage(answers: np.ndarray) -> np.ndarray:
    """Share of rows in which both columns of a pair are answered.

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p), NaN where missing.

    Returns
    -------
    numpy.ndarray
        Shape (p, p).
    """
    there = (~np.isnan(answers)).astype(float)
    shares: np.ndarray = there.T @ there / max(len(there), 1)
    return shares


def _rates(responses: Responses, items: Sequence[str]) -> pd.DataFrame:
    rows = []
    for id_ in items:
        kind = responses.missing[id_].astype("str")
        counts = [int((kind == name).sum()) for name in ("", "unanswered", "not_shown", "not_applicable")]
        shown = responses.n - counts[2]
        rate = counts[1] / shown if shown else np.nan
        construct = responses.instrument.items[id_].construct_id
        rows.append((id_, construct or "", responses.n, *counts, rate))
    return pd.DataFrame(rows, columns=list(RATE_COLUMNS))


def _hidden(responses: Responses, items: Sequence[str]) -> np.ndarray:
    """Find the cells of questions that were not shown."""
    hidden: np.ndarray = (responses.missing[list(items)] == "not_shown").to_numpy(dtype=bool)
    return hidden


def _distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Different rows of a table of truths in order of appearance, and which of them each row is.

    Sixty-four columns at a time are one number: sorting rows as such takes minutes for a million people.
    """
    packed = np.packbits(rows, axis=1)
    words = np.ascontiguousarray(np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))).view(np.uint64)
    place = np.zeros(len(rows), dtype=np.int64)
    for word in words.T:
        number, different = pd.factorize(word)
        place, _ = pd.factorize(place * len(different) + number)
    first = np.empty(place.max(initial=-1) + 1, dtype=np.int64)
    first[place[::-1]] = np.arange(len(rows))[::-1]
    return rows[first], place


def _patterns(gone: np.ndarray, items: Sequence[str]) -> pd.DataFrame:
    if not len(items):
        return pd.DataFrame(columns=list(PATTERN_COLUMNS))
    found, place = _distinct_rows(gone)
    counts = np.bincount(place)
    order = np.lexsort((found.sum(axis=1), -counts))
    rows = [
        (int(counts[i]), int(found[i].sum()), ", ".join(np.array(items, dtype=object)[found[i]]))
        for i in order
    ]
    return pd.DataFrame(rows, columns=list(PATTERN_COLUMNS))


@dataclass(frozen=True, slots=True)
class _Little:
    test: McarTest | NotAvailable
    people: int = 0
    sets: int = 0


def _little(responses: Responses, on: Sequence[str]) -> _Little:
    """Test the rated items that vary (the test compares means), among people who were shown the same ones.

    Statistics and df of the sets of people add up, as those of independent chi-squares do. Whole sets are
    passed over where nothing is to be compared or too few people are in them.
    """
    items = [item.id for item in chosen_items(responses, on)]
    if len(items) < 2:
        return _Little(NotAvailable(_TOO_FEW))
    answers = responses.frame[items].to_numpy()
    sets, member = _distinct_rows(_hidden(responses, items))
    tests: list[McarTest] = []
    reasons: list[str] = []
    people = 0
    for number, hidden in enumerate(sets):
        inside = answers[member == number][:, ~hidden]
        tested = _little_inside(inside, np.array(items)[~hidden])
        if isinstance(tested, NotAvailable):
            reasons.append(tested.reason)
            continue
        tests.append(tested)
        people += len(inside)
    if not tests:
        return _Little(NotAvailable("; ".join(dict.fromkeys(reasons))))
    statistic, df = sum(test.statistic for test in tests), sum(test.df for test in tests)
    patterns = sum(test.n_patterns for test in tests)
    settled = all(test.converged for test in tests)
    whole = McarTest(statistic, df, float(chdtrc(df, statistic)), patterns, settled)
    return _Little(whole, people, len(tests))


def _little_inside(answers: np.ndarray, items: np.ndarray) -> McarTest | NotAvailable:
    known = ~np.isnan(answers).all(axis=0)
    answers, items = answers[:, known], items[known]
    if answers.size:
        varies = np.nanmax(answers, axis=0) > np.nanmin(answers, axis=0)
        answers, items = answers[:, varies], items[varies]
    if answers.shape[1] < 2:
        return NotAvailable(_TOO_FEW)
    if len(answers) <= answers.shape[1]:
        return NotAvailable("fewer people than items were shown the same questions")
    try:
        with np.errstate(over="ignore"):
            return little_mcar_test(answers)
    except UnusableColumnsError as error:
        return NotAvailable(str(error.named(items.tolist())))
    except CoprodError as error:
        return NotAvailable(error.problems[0].cause)
    except np.linalg.LinAlgError:
        return NotAvailable("the covariances of the items are singular")


def _auxiliary(responses: Responses, items: Sequence[str]) -> pd.DataFrame:
    """Correlate being unanswered with every numeric variable outside the items asked about."""
    outside = [id_ for id_ in responses.frame.columns if id_ not in set(items)]
    numeric = [
        name
        for name in responses.about.columns
        if pd.api.types.is_numeric_dtype(responses.about[name].dtype) and ":" not in name and name != "flags"
    ]
    rows = []
    absent = {id_: (responses.missing[id_] == "unanswered").to_numpy(dtype=float) for id_ in items}
    absent = {id_: gone for id_, gone in absent.items() if 0.02 <= gone.mean() <= 0.98}
    for name in [*outside, *numeric]:
        values = (responses.frame if name in responses.frame else responses.about)[name].to_numpy(dtype=float)
        for id_, gone in absent.items():
            there = ~np.isnan(values)
            if there.sum() < 30 or np.ptp(values[there]) == 0 or np.ptp(gone[there]) == 0:
                continue
            r = float(np.corrcoef(values[there], gone[there])[0, 1])
            if abs(r) >= _AUXILIARY_FROM:
                rows.append((name, id_, r, int(there.sum())))
    rows.sort(key=lambda row: -abs(row[2]))
    return pd.DataFrame(rows, columns=list(AUXILIARY_COLUMNS))
