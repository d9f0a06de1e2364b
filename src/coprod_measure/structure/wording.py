"""Reasons as plain English, with the ids of constructs; the report puts names in their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coprod_measure.errors import counted
from coprod_measure.structure.evidence import Reason
from coprod_measure.structure.kinds import KINDS

_NAMED = 4
_DESIGN = {"weights": "weights", "cluster": "clusters"}
_ROLES = {
    "source": "cause",
    "mediator": "mediator",
    "target": "outcome",
    "moderator": "moderator",
    "versus": "rival",
    "judged": "judged thing",
}


def in_words(reasons: Sequence[Reason]) -> str:
    """Word several reasons as one line.

    Examples
    --------
    >>> against = Reason("against", {"claims": (("a", "b"),)})
    >>> in_words([Reason("claims_shown", {"shown": 1, "of": 2}), against])
    '1 of 2 effects significant as expected; significant against expectation: a -> b'
    """
    return "; ".join(sentence(reason) for reason in reasons)


def sentence(reason: Reason) -> str:
    """Word one reason."""
    made = _SENTENCES.get(reason.code)
    if made is not None:
        return made(reason.fields)
    template = next(kind.words[reason.code] for kind in KINDS.values() if reason.code in kind.words)
    return template.format(**{name: _shown(value) for name, value in reason.fields.items()})


def _answered_apart(names: Sequence[str], told: Mapping[str, Any]) -> str:
    people, cure = counted(told["n"], "person", "people"), f"Collect {told['needed']} or more"
    if len(names) == 1:
        return f"{people} answered {names[0]}. {cure}"
    return f"{people} answered all of {' and '.join(names)}, others only some of them. {cure}"


def some_of(names: Sequence[str]) -> str:
    """Name the first few, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


class _Number(float):
    """A number in a sentence; the format ``p`` words a p value, ``chance`` a probability that draws tell."""

    def __format__(self, spec: str) -> str:
        match spec:
            case "p":
                return _p(self)
            case "chance":
                return _chance(self)
        return float.__format__(self, spec)


class _Count(int):
    """A number in a sentence; a format of words gives it its noun: ``{n:person|people}``, ``{n:row}``."""

    def __format__(self, spec: str) -> str:
        if len(spec) < 2 or not spec[0].isalpha():
            return int.__format__(self, spec)
        singular, _, plural = spec.partition("|")
        return counted(self, singular, plural)


def _p(value: float) -> str:
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".", 1)


def _chance(value: float) -> str:
    """Say no certainty, which draws cannot tell."""
    if min(value, 1 - value) >= 0.005:
        return f"{value:.0%}"
    return "more than 99%" if value > 0.5 else "less than 1%"


def _shown(value: Any) -> object:
    if isinstance(value, tuple):
        return some_of(value)
    if isinstance(value, float):
        return _Number(value)
    return _Count(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _asked(fields: Mapping[str, Any]) -> str:
    """Say on how much of what a hypothesis names its verdict rests: of its causes, of its outcomes."""
    told = [f"{asked} of {of} {_ROLES[role]}s" for role, (asked, of) in fields.items() if asked < of]
    return f"for the {' and '.join(told)} that were asked"


def _claims_shown(fields: Mapping[str, Any]) -> str:
    noun = "effect" if fields["of"] == 1 else "effects"
    how = "significant" if fields.get("tested", True) else "shown"
    average = " by itself, their average is" if fields.get("by_average") else ""
    return f"{fields['shown']} of {fields['of']} {noun} {how} as expected{average}"


def _against(fields: Mapping[str, Any]) -> str:
    named = dict.fromkeys(fields["claims"])  # one effect may be claimed of several groups
    arrows = ", ".join(" -> ".join(part for part in claim if part) for claim in named)
    return f"significant against expectation: {arrows}"


def _weakest(fields: Mapping[str, Any]) -> str:
    who = fields["respondents"]
    people = "all respondents" if who == "all" else f"the respondents with {who}"
    model = (
        f"logistic regression of {fields['target']}" if fields["model"] == "logistic" else "structural model"
    )
    return f"decided by the weaker of {fields['of']} models, the {model} of {people}"


def _negligible(fields: Mapping[str, Any]) -> str:
    lower, upper, bound = fields["lower"], fields["upper"], fields["smallest_effect"]
    return (
        f"its {fields['coverage']:.0%} interval from {lower:.3f} to {upper:.3f} lies within -{bound:g} and "
        f"{bound:g}"
    )


def _beyond_range(fields: Mapping[str, Any]) -> str:
    arrow = " -> ".join(part for part in fields["claim"] if part)
    more = f" and {fields['number'] - 1} more" if fields["number"] > 1 else ""
    return (
        f"caution: {arrow}{more} has a standardised effect of {fields['size']:.2f}, beyond -1 and 1: look "
        "for causes that are almost the same, hardly measured factors or very few answers before you "
        "believe it"
    )


def _no_test(fields: Mapping[str, Any]) -> str:
    return (
        f"a claim of the kind '{fields['level'].replace('_', ' ')}' needs another test than a structural path"
    )


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "asked_in_part": _asked,
    "claims_shown": _claims_shown,
    "against": _against,
    "weakest_model": _weakest,
    "negligible": _negligible,
    "no_test": _no_test,
    "too_few_waves": lambda told: f"it needs {told['needed']} waves, these data have {told['found']}",
    "only_within_waves": lambda told: (
        f"it needs {told['needed']} waves, an earlier cause and a later effect with the earlier effect held "
        "constant, and rows of the same wave cannot show that"
    ),
    "other_unit": lambda told: f"it is about a {' or '.join(told['units'])}, these are answers of people",
    "answered_apart": lambda told: _answered_apart(tuple(dict.fromkeys(told["constructs"])), told),
    "in_no_version": lambda told: (
        f"no version of the form {told['form']} asks all of {some_of(told['constructs'])}, which the same "
        "people must answer"
    ),
    "too_few_people": lambda told: (
        f"{counted(told['n'], 'person', 'people')} answered what its test needs. Collect {told['needed']} "
        "or more"
    ),
    "without_order": lambda told: (
        f"the options of {some_of(told['constructs'])} have no order, so they are no amounts: claim a group "
        "difference, or a choice"
    ),
    "infinite": lambda told: (
        f"{some_of(told['items'])}: infinite values among the answers. Make them missing or correct them"
    ),
    "beyond_range": _beyond_range,
    "not_measured": lambda told: (
        f"not measured in these data: {some_of(told['constructs']) or 'one side of it'}"
    ),
    "lost_by_adjusting": lambda told: (
        f"by itself {_p(told['p'])}, adjusted for the number of hypotheses {_p(told['adjusted'])}"
    ),
    "no_controls": lambda told: (
        f"without the controls {some_of(told['controls'])}, which its kind of test does not take"
    ),
    "design_left_out": lambda told: (
        f"its test takes no {' and no '.join(_DESIGN[name] for name in told['named'])}"
    ),
    "within_groups": lambda told: (
        f"among the {counted(told['n'], 'person', 'people')} of {told['sorting']} {some_of(told['groups'])}"
    ),
    "within_known": lambda told: f"it is about {told['sorting']} called {some_of(told['groups'])} alone",
    "within_unknown": lambda told: (
        f"of everybody, though it is about {told['sorting']} called {some_of(told['words'])}: nothing says "
        "who is in which"
    ),
    "within_unmet": lambda told: (
        f"of everybody, though it is about {told['sorting']} called {some_of(told['words'])}: none is called "
        "so"
    ),
    "within_word_unmet": lambda told: f"no group of {told['sorting']} is called {some_of(told['words'])}",
    "within_few": lambda told: (
        f"it is about {told['sorting']} {some_of(told['groups'])}, of which "
        f"{counted(told['n'], 'person', 'people')} answered. Collect {told['needed']} or more"
    ),
    "across_known": lambda told: f"its paths are compared over {told['sorting']}",
    "failed": lambda told: f"its test could not be computed: {told['error']}",
}
