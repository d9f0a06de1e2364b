"""What to know of clean answers before any model: do items run the right way, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from coprod_measure.fitting.threads import one_thread
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.keying import KeyingAudit, keying_audit
from coprod_measure.responses.missing import MissingAnswers, missing_answers

MOST_PATTERNS = 2_000
"""Patterns up to which Little's test is run unasked: beyond, it takes minutes and compares single people."""


@dataclass(frozen=True, slots=True)
class AnswerQuality:
    """Result of :func:`answer_quality`.

    Attributes
    ----------
    keying : KeyingAudit
        Items that run against their construct.
    missing : MissingAnswers
        Rates, patterns, coverage, Little's test.
    """

    keying: KeyingAudit
    missing: MissingAnswers


def answer_quality(responses: Responses) -> AnswerQuality:
    """Audit the keying and describe what is missing.

    Little's test is left out, with the reason, beyond :data:`MOST_PATTERNS` patterns.
    """
    with one_thread():
        return AnswerQuality(keying_audit(responses), missing_answers(responses, most_patterns=MOST_PATTERNS))
