"""What to know of clean answers before any model: keying, what is missing, who answered."""

from __future__ import annotations

from dataclasses import dataclass

from coprod_measure.fitting.threads import one_thread
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.keying import KeyingAudit, keying_audit
from coprod_measure.responses.missing import MissingAnswers, missing_answers
from coprod_measure.responses.profile import SampleProfile, sample_profile

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
    profile: SampleProfile
        Who the respondents are.
    """

    keying: KeyingAudit
    missing: MissingAnswers
    profile: SampleProfile


def answer_quality(responses: Responses, *, invited: int = 0) -> AnswerQuality:
    """Audit the keying, describe what is missing and who answered; ``invited``: to take part, where known.

    Little's test is left out, with the reason, beyond :data:`MOST_PATTERNS` patterns.
    """
    with one_thread():
        return AnswerQuality(
            keying_audit(responses),
            missing_answers(responses, most_patterns=MOST_PATTERNS),
            sample_profile(responses, invited=invited),
        )
