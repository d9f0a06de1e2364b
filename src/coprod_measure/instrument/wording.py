"""The words that a respondent reads: the language asked for, placeholders filled."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from coprod_measure.instrument.definition import Instrument, Item, Scale

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
LANGUAGE_NAMES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
_NOT_APPLICABLE = {"en": "Does not apply", "de": "Trifft nicht zu"}


def item_text(
    instrument: Instrument, item: Item, language: str, fills: Mapping[str, str] | None = None
) -> str:
    """Wording of an item; the source language where no translation exists.

    ``instrument``: gives the source language and the default of each placeholder. ``fills``: placeholder to
    text; an empty mapping of None takes the instrument's defaults.
    """
    translation = item.translations.get(language)
    text = item.text if translation is None else translation.text
    return fill(text, placeholder_texts(instrument, language) | dict(fills or {}))


def placeholder_texts(instrument: Instrument, language: str) -> dict[str, str]:
    """Default text of each placeholder; that of the source language where there is no other."""
    return {**instrument.placeholders, **instrument.placeholder_translations.get(language, {})}


def fill(text: str, fills: Mapping[str, str]) -> str:
    """Replace ``{name}`` by its text; unknown names stay as they are."""
    return PLACEHOLDER.sub(lambda found: fills.get(found[1], found[0]), text)


def scale_labels(scale: Scale, language: str) -> tuple[str, ...]:
    """Labels of a scale; those of the first language where the one asked for has none."""
    return scale.labels.get(language) or next(iter(scale.labels.values()))


def options(scale: Scale, language: str) -> tuple[tuple[int, str], ...]:
    """Every code that a respondent can choose with its label, "does not apply" last."""
    found = tuple(zip(scale.codes, scale_labels(scale, language), strict=True))
    if scale.not_applicable is None:
        return found
    fallback = _NOT_APPLICABLE.get(language.split("-")[0], _NOT_APPLICABLE["en"])
    return (*found, (scale.not_applicable, scale.not_applicable_labels.get(language, fallback)))


def source_hash(text: str) -> str:
    """Hash of a source wording, so that a translation knows when it is stale (12 hexadecimal digits)."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]
