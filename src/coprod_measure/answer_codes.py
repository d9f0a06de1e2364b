"""Numbers among answers that look like codes for a missing answer, such as -99."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import CoprodWarning

Floats = NDArray[np.float64]
_MOST_CODES = 3
_MOST_ANSWERS = 200
"""A column of more different numbers is no answer on a scale."""
_USUAL = re.compile(r"-[1789]|[89]|-?(77+|88+|99+|9+[78])")
"""How codes for missing answers are usually written: -1, 9, -99, 98, 999, 88."""


def suspected_codes(found: Floats) -> Floats:
    """Find answers so far from the others that they look like codes for a missing answer.

    ``found``: different answers, ascending. A few answers are suspected that lie as far from the rest as the
    rest reaches, that are negative where the rest begins above 0, or 8 and 9 beside 1 to 7 or fewer.

    Examples
    --------
    >>> suspected_codes(np.array([-99.0, 1, 2, 3, 4, 5, 999])).tolist()
    [-99.0, 999.0]
    """
    rest = found
    while rest.size > 2:
        steps = np.diff(rest)
        widest = int(np.argmax(steps)) + 1
        low, high = rest[:widest], rest[widest:]
        few, most = (low, high) if low.size < high.size else (high, low)
        step = steps[widest - 1]
        negative = most is high and low[-1] < 0.0 < high[0] and step >= 2.0
        eight_or_nine = (
            most is low and step >= 2.0 and low[0] >= 1.0 and low[-1] <= 7.0 and set(high) <= {8.0, 9.0}
        )
        far = step >= max(3.0, most[-1] - most[0])
        if most.size < 2 or few.size > _MOST_CODES or not (far or negative or eight_or_nine):
            break
        rest = most
    return found[~np.isin(found, rest)]


def said_of_codes(found: Floats, name: str) -> list[str]:
    """Say which answers of a variable look like codes for a missing answer (see :func:`suspected_codes`)."""
    codes = suspected_codes(found)
    return [_said(codes, found[~np.isin(found, codes)], [name])] if codes.size else []


def _said(codes: Floats, rest: Floats, names: Sequence[str]) -> str:
    listed, columns = ", ".join(f"{value:.0f}" for value in codes), ", ".join(map(str, names))
    return (
        f"{listed} among the answers {rest[0]:.0f} to {rest[-1]:.0f} of {columns} looks like a code "
        "for a missing answer, and counts as an answer: if it is one, make it missing first (of a command "
        "that reads a table by --missing-codes)"
    )


def codes_among_numbers(values: Floats, names: Sequence[str], besides: Collection[str] = ()) -> list[str]:
    """Say which columns of numbers seem to hold usual codes for missing answers beside whole answers.

    ``values``: shape (n, p), one column a name; gaps are NaN. ``besides``: names that are not looked at.

    Examples
    --------
    >>> codes_among_numbers(np.array([[1.0, 4], [-99, 5], [3, 5], [2, 99.5]]), ["a", "b"])[0][:37]
    '-99 among the answers 1 to 3 of a loo'
    """
    if not values.size:
        return []
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    alike: dict[tuple[float, ...], list[str]] = {}
    odd = ((low <= -1.0) & (low == np.round(low))) | ((high >= 8.0) & (high == np.round(high)))
    for k in np.flatnonzero(odd).tolist():
        if names[k] in besides or not any(_USUAL.fullmatch(f"{end:g}") for end in (low[k], high[k])):
            continue
        found = np.unique(values[~np.isnan(values[:, k]), k])
        if found.size > _MOST_ANSWERS or (found != np.round(found)).any():
            continue
        codes = suspected_codes(found)
        rest = found[~np.isin(found, codes)]
        # A count that begins at 0 may well reach 9.
        usual = all(_USUAL.fullmatch(f"{one:g}") and (rest[0] >= 1.0 or abs(one) > 9.0) for one in codes)
        if codes.size and usual:
            alike.setdefault((*codes, rest[0], rest[-1]), []).append(names[k])
    return [_said(np.array(seen[:-2]), np.array(seen[-2:]), own) for seen, own in alike.items()]


def warn_of_codes(values: Floats, names: Sequence[str]) -> None:
    """Warn of columns that seem to hold codes for missing answers (:func:`codes_among_numbers`)."""
    for words in codes_among_numbers(values, names):
        warnings.warn(words, CoprodWarning, stacklevel=3)
