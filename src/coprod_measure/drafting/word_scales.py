"""The order of answers in words, where a file holds the words and not their order."""

from __future__ import annotations

from collections.abc import Iterable

# Each line is one common scale from low to high; words that mean the same stand at the same place.
_SCALES: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("strongly disagree", "completely disagree", "totally disagree", "disagree strongly"),
        ("disagree", "mostly disagree"),
        ("somewhat disagree", "slightly disagree", "rather disagree", "tend to disagree"),
        ("neither agree nor disagree", "neutral", "undecided", "neither", "neither/nor"),
        ("somewhat agree", "slightly agree", "rather agree", "agree somewhat", "tend to agree"),
        ("agree", "mostly agree"),
        ("strongly agree", "completely agree", "totally agree", "agree strongly"),
    ),
    (
        ("never",),
        ("almost never", "very rarely"),
        ("rarely", "seldom"),
        ("occasionally",),
        ("sometimes",),
        ("often", "frequently"),
        ("very often", "usually", "most of the time", "almost always"),
        ("always",),
    ),
    (
        ("not at all", "none"),
        ("slightly", "a little", "a little bit"),
        ("somewhat",),
        ("moderately", "a moderate amount"),
        ("quite a bit", "a lot", "very", "very much"),
        ("extremely", "a great deal", "completely"),
    ),
    (
        ("very dissatisfied", "extremely dissatisfied"),
        ("dissatisfied",),
        ("somewhat dissatisfied", "slightly dissatisfied"),
        ("neither satisfied nor dissatisfied", "neutral"),
        ("somewhat satisfied", "slightly satisfied"),
        ("satisfied",),
        ("very satisfied", "extremely satisfied"),
    ),
    (
        ("very unlikely", "extremely unlikely"),
        ("unlikely",),
        ("somewhat unlikely", "slightly unlikely"),
        ("neither likely nor unlikely", "neutral"),
        ("somewhat likely", "slightly likely"),
        ("likely",),
        ("very likely", "extremely likely"),
    ),
    (
        ("very inaccurate",),
        ("moderately inaccurate", "inaccurate"),
        ("slightly inaccurate",),
        ("neither accurate nor inaccurate",),
        ("slightly accurate",),
        ("moderately accurate", "accurate"),
        ("very accurate",),
    ),
    (
        ("unimportant", "not important", "not at all important"),
        ("slightly important", "of little importance"),
        ("moderately important",),
        ("important",),
        ("very important",),
        ("extremely important",),
    ),
    (("very poor", "very bad"), ("poor", "bad"), ("fair",), ("good",), ("very good",), ("excellent",)),
    (
        ("stimme überhaupt nicht zu", "stimme gar nicht zu"),
        ("stimme nicht zu",),
        ("stimme eher nicht zu",),
        ("teils/teils", "teils, teils", "weder noch", "unentschieden", "neutral"),
        ("stimme eher zu",),
        ("stimme zu",),
        ("stimme voll zu", "stimme voll und ganz zu", "stimme völlig zu"),
    ),
    (
        ("trifft überhaupt nicht zu", "trifft gar nicht zu"),
        ("trifft nicht zu",),
        ("trifft eher nicht zu",),
        ("teils/teils", "teils, teils"),
        ("trifft eher zu",),
        ("trifft zu",),
        ("trifft voll zu", "trifft voll und ganz zu", "trifft völlig zu"),
    ),
    (
        ("nie",),
        ("sehr selten", "fast nie"),
        ("selten",),
        ("manchmal",),
        ("oft", "häufig"),
        ("sehr oft", "sehr häufig"),
        ("immer",),
    ),
)  # fmt: skip


def is_known(labels: Iterable[str]) -> bool:
    """Whether all labels stand on one scale whose order is known.

    Examples
    --------
    >>> is_known(["Agree", "Strongly agree", "Disagree"])
    True
    """
    return _scale_of(labels) is not None


def in_order(labels: Iterable[str]) -> list[str]:
    """Sort labels from low to high where they are those of a known scale, by the alphabet where not.

    Examples
    --------
    >>> in_order(["Often", "Never", "Sometimes"])
    ['Never', 'Sometimes', 'Often']
    """
    found = sorted(labels)
    places = _scale_of(found)
    return found if places is None else sorted(found, key=lambda label: places[_plain(label)])


def _scale_of(labels: Iterable[str]) -> dict[str, int] | None:
    wanted = {_plain(label) for label in labels}
    for scale in _SCALES:
        places = {word: place for place, words in enumerate(scale) for word in words}
        if wanted and wanted <= set(places):
            return places
    return None


def _plain(label: str) -> str:
    return " ".join(label.casefold().split()).rstrip(".")
