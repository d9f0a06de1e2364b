"""What cleaning rules can look at: each index by name, or the reason why it cannot be computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.errors import NotAvailable, ResponsesError, counted
from coprod_measure.instrument.definition import Item
from coprod_measure.responses import person_fit_indices, screening
from coprod_measure.responses.dataset import SEVERAL_ROWS, Responses
from coprod_measure.responses.item_choice import chosen_items, item_sets, not_rated, span_of
from coprod_measure.responses.order_shown import answers_as_shown

Compute = Callable[[Responses, tuple[str, ...]], np.ndarray | NotAvailable]
Simulate = Callable[[Responses, tuple[str, ...], int], np.ndarray | NotAvailable]


@dataclass(frozen=True, slots=True)
class Index:
    """An index of quality.

    Attributes
    ----------
    family : str
        Kind of evidence; marks of one family count once.
    compute : callable
        (responses, on) to an array of shape (n,) with NaN where it does not exist.
    needs_on : bool
        Whether ``on`` must be given.
    simulate : callable or None
        (responses, on, seed) to the index among simulated people who follow the model, for cut-offs.
    """

    family: str
    words: str
    compute: Compute
    needs_on: bool = False
    simulate: Simulate | None = None


def _by_role(role: str) -> Callable[[Responses], list[Item]]:
    return lambda responses: [
        responses.instrument.items[id_]
        for id_ in responses.shown.columns
        if responses.instrument.items[id_].role == role
    ]


def _control(role: str, missed: Callable[[np.ndarray, Item], np.ndarray]) -> Compute:
    """Count control items that were answered and missed; NaN for who answered none."""

    def compute(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
        items = [item for item in _by_role(role)(responses) if not on or item.id in on]
        if not items:
            return NotAvailable(f"the data hold no item with the role {role!r}")
        answers = responses.shown[[item.id for item in items]].to_numpy()
        failed = sum(missed(answers[:, j], item) for j, item in enumerate(items))
        return np.where(np.isnan(answers).all(axis=1), np.nan, failed)

    return compute


def _agreed(role: str) -> Compute:
    """1 for who gave the expected answer to all items of the role, 0 for who did not or said nothing."""

    def compute(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
        items = [item for item in _by_role(role)(responses) if not on or item.id in on]
        boxes = [one for one in _boxes(responses, role) if not on or one.partition(":")[0] in on]
        if not items and not boxes:
            return NotAvailable(f"the data hold no item with the role {role!r}")
        yes = [np.isin(responses.shown[item.id].to_numpy(), item.right_codes) for item in items]
        yes += [_numbers(responses.about[box]) == 1 for box in boxes]
        agreed: np.ndarray = np.all(yes, axis=0).astype(float)
        return agreed

    return compute


def _boxes(responses: Responses, role: str) -> list[str]:
    """Name the boxes that are to be ticked: multiple choice is answered by boxes, or a single one."""
    boxes = [
        item
        for item in responses.instrument.items.values()
        if item.role == role and item.kind == "multiple_choice"
    ]
    ticked = [f"{item.id}:{code}" for item in boxes for code in item.expected]
    return [name for name in ticked if name in responses.about]


def _about(column: str, words: str) -> Compute:
    def compute(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
        if column not in responses.about:
            return NotAvailable(f"the file does not say {words}")
        return _numbers(responses.about[column])

    return compute


def _seconds_per_item(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
    if "duration" not in responses.about:
        return NotAvailable("the file does not say how long respondents took")
    answered = _given(responses, list(responses.shown))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(answered > 0, _numbers(responses.about["duration"]) / answered, np.nan)


def _fastest_page(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
    pages = [name for name in responses.about if name.startswith("page:") and (not on or name[5:] in on)]
    if not pages:
        return NotAvailable("the file holds no times of single pages")
    seconds = responses.about[pages].to_numpy(dtype=float)
    return np.where(np.isnan(seconds).all(axis=1), np.nan, np.fmin.reduce(seconds, axis=1))


def _repeated(column: str, words: str) -> Compute:
    """Count earlier rows with the same value, inside wave, category and so on; empty ones repeat nothing."""

    def compute(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
        about = responses.about
        if column not in about:
            return NotAvailable(f"the file does not say {words}")
        keys = [about[name] for name in (column, *SEVERAL_ROWS) if name in about]
        earlier = about.groupby([key.to_numpy() for key in keys], dropna=False).cumcount().to_numpy()
        empty = about[column].isna() | (about[column].astype("str") == "")
        return np.where(empty, np.nan, earlier.astype(float))

    return compute


def _answered(responses: Responses, on: tuple[str, ...]) -> np.ndarray:
    items = [item.id for item in chosen_items(responses, on, rated=False)]
    return _given(responses, items).astype(float)


def _given(responses: Responses, items: Sequence[str]) -> np.ndarray:
    """Answers of each row to some items, counted item by item."""
    count = np.zeros(responses.n, dtype=np.int64)
    for id_ in items:
        count += ~np.isnan(responses.shown[id_].to_numpy())
    return count


def _missingness(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
    items = [item.id for item in chosen_items(responses, on, rated=False)]
    if not items:
        return NotAvailable("the data hold no items of constructs")
    asked = np.zeros(responses.n)
    unanswered = np.zeros(responses.n)
    names, places = pd.Index([]), np.empty(0)
    for id_ in items:
        kind = responses.missing[id_].array
        if isinstance(kind, pd.Categorical):
            if kind.categories is not names:
                names = kind.categories
                places = names.get_indexer(["not_shown", "unanswered"])
            codes = kind.codes
            asked += (codes != places[0]) | (codes < 0)
            unanswered += (codes == places[1]) & (codes >= 0)
        else:
            asked += np.asarray(kind != "not_shown")
            unanswered += np.asarray(kind == "unanswered")
    return np.where(asked > 0, unanswered / np.maximum(asked, 1), 1.0)


def _diligence(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
    """Mean self-reported care as a share of the scale's length, keyed."""
    items = [item for item in _by_role("diligence")(responses) if item.scale_id is not None]
    if not items:
        return NotAvailable("the data hold no item with the role 'diligence'")
    shares = []
    for item in items:
        codes = responses.instrument.scales[str(item.scale_id)].codes
        shares.append((responses.frame[item.id].to_numpy() - codes[0]) / (codes[-1] - codes[0]))
    there = ~np.isnan(shares)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(there.any(axis=0), np.nansum(shares, axis=0) / there.sum(axis=0), np.nan)


def _longstring(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
    answers = answers_as_shown(responses, [item.id for item in chosen_items(responses, on)])
    return answers if isinstance(answers, NotAvailable) else screening.longstring(answers)


def _variability(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
    return _on_matrix(responses, on, screening.intraindividual_variability, fewest=2, keyed=False)


def _even_odd(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
    sets = item_sets(responses, on)
    if len(sets) < 5:
        return NotAvailable(
            f"even-odd needs at least five scales, the data hold {len(sets)}{_others(responses, on)}"
        )
    items = [id_ for ids in sets.values() for id_ in ids]
    places = np.split(np.arange(len(items)), np.cumsum([len(ids) for ids in sets.values()])[:-1])
    return screening.even_odd(_rows(responses.frame, items), places)


def _synonyms(antonyms: bool) -> Compute:
    word = "antonyms" if antonyms else "synonyms"

    def compute(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
        items = [item.id for item in chosen_items(responses, on)]
        if len(items) < 3:
            return NotAvailable(f"psychometric {word} need at least three items")
        answers = _rows(responses.shown, items)
        pairs = screening.item_pairs(answers, antonyms=antonyms)
        if len(pairs) < 3:
            return NotAvailable(
                f"only {counted(len(pairs), 'pair of items correlates', 'pairs of items correlate')} beyond "
                f"{'-' if antonyms else ''}.60; psychometric {word} need three"
            )
        return screening.pair_consistency(answers, pairs)

    return compute


def _mahalanobis(tail: bool) -> Compute:
    def compute(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
        items = [item.id for item in chosen_items(responses, on)]
        if responses.n <= len(items) or len(items) < 2:
            few = len(items) < 2
            cause = (
                f"the data hold {len(items)} rated items{_others(responses, on)}"
                if few
                else f"{counted(responses.n, 'respondent')} for {len(items)} items: too few"
            )
            return NotAvailable(cause)
        distance = screening.mahalanobis(_rows(responses.shown, items))
        if np.isnan(distance).all():
            return NotAvailable("the covariances of the items are singular")
        return screening.mahalanobis_p(distance, len(items)) if tail else distance

    return compute


def _person_total(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
    return _on_matrix(responses, on, screening.person_total, fewest=3, keyed=True)


def _identical(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
    return _on_matrix(responses, on, screening.earlier_twins, fewest=20, keyed=False)


def _on_matrix(
    responses: Responses,
    on: tuple[str, ...],
    compute: Callable[[screening.Answers], np.ndarray],
    *,
    fewest: int,
    keyed: bool,
) -> np.ndarray | NotAvailable:
    """Apply an index to the rated items; scales of different length are brought to 0 to 1 first."""
    items = chosen_items(responses, on)
    if len(items) < fewest:
        return NotAvailable(
            f"needs at least {fewest} rated items, the data hold {len(items)}{_others(responses, on)}"
        )
    frame = responses.frame if keyed else responses.shown
    rows = _rows(frame, [item.id for item in items])
    spans = [span_of(responses, item) for item in items]
    return compute(rows if len(set(spans)) < 2 else screening.Rows(rows.columns, *np.array(spans).T))


def _rows(frame: pd.DataFrame, items: Sequence[str]) -> screening.Rows:
    return screening.Rows([frame[id_].to_numpy() for id_ in items])


def _others(responses: Responses, on: tuple[str, ...]) -> str:
    """Say how many items an index does not look at, and why."""
    left = [f"{len(ids)} {why}" for why, ids in not_rated(responses, on).items()]
    return f" (not judged: {', '.join(left)})" if left else ""


def _column(responses: Responses, on: tuple[str, ...]) -> np.ndarray | NotAvailable:
    name = on[0]
    if name in responses.about:
        return _numbers(responses.about[name])
    if name in responses.shown:
        answers: np.ndarray = responses.shown[name].to_numpy()
        return answers
    raise ResponsesError(
        f"a cleaning rule looks at {name!r}, which is neither an item nor a kept column",
        cure="Add it to the columns to keep, or mend the rule",
        code="missing-column",
    )


def _numbers(column: pd.Series) -> np.ndarray:
    numbers: np.ndarray = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return numbers


INDICES: Mapping[str, Index] = {
    "consent": Index("consent", "1 when consent was given, else 0", _agreed("consent")),
    "screening": Index("screening", "1 when all screening questions let the person in", _agreed("screening")),
    "preview": Index("preview", "1 for a preview or test answer", _about("preview", "which are previews")),
    "finished": Index("completion", "1 when the end was reached", _about("finished", "who reached the end")),
    "progress": Index("completion", "per cent of the questionnaire", _about("progress", "how far they came")),
    "answered": Index("completion", "number of answered items", _answered),
    "missingness": Index("completion", "share of the items shown that were not answered", _missingness),
    "duplicate_respondent": Index(
        "duplicate", "earlier rows with the same id", _repeated("respondent", "who answered")
    ),
    "duplicate_person": Index(
        "duplicate",
        "earlier rows of the same person",
        _repeated("person", "the panel number of a person; ids are the rule same_id's"),
    ),
    "duplicate_device": Index(
        "duplicate",
        "earlier rows from the same device",
        _repeated("device", "from which device answers came"),
    ),
    "identical_answers": Index("duplicate", "earlier rows with exactly the same answers", _identical),
    "duration": Index("speed", "seconds in all", _about("duration", "how long respondents took")),
    "seconds_per_item": Index("speed", "seconds for each answered item", _seconds_per_item),
    "fastest_page": Index("speed", "seconds on the quickest page", _fastest_page),
    "attention_failed": Index(
        "attention",
        "instructed items answered otherwise",
        _control("attention", lambda x, item: ~np.isnan(x) & ~np.isin(x, item.right_codes)),
    ),
    "bogus_failed": Index(
        "bogus",
        "impossible answers to bogus items",
        _control("bogus", lambda x, item: np.isin(x, item.failing)),
    ),
    "diligence": Index("diligence", "self-reported care, 0 to 1", _diligence),
    "longstring": Index("invariability", "longest run of identical answers as shown", _longstring),
    "irv": Index("invariability", "standard deviation of a person's answers", _variability),
    "even_odd": Index("consistency", "even-odd inconsistency, -1 to 1", _even_odd),
    "synonyms": Index("consistency", "correlation over like items", _synonyms(antonyms=False)),
    "antonyms": Index("consistency", "correlation over opposite items", _synonyms(antonyms=True)),
    "person_total": Index("consistency", "correlation with the other people's means", _person_total),
    "guttman": Index(
        "consistency",
        "Guttman errors as a share of the most possible",
        person_fit_indices.guttman,
        simulate=person_fit_indices.simulated_guttman,
    ),
    "lz": Index(
        "consistency",
        "standardised likelihood of the answers under graded scales",
        person_fit_indices.lz,
        simulate=person_fit_indices.simulated_lz,
    ),
    "mahalanobis": Index("distance", "squared Mahalanobis distance", _mahalanobis(tail=False)),
    "mahalanobis_p": Index("distance", "its chi-square tail", _mahalanobis(tail=True)),
    "column": Index("column", "a number in a kept column or an item", _column, needs_on=True),
    "value": Index("value", "single answers", _column, needs_on=True),
}
