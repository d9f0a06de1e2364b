"""What groups are called: the instrument's labels of their codes, where it has any."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.instrument.definition import Instrument


def named_groups(values: pd.Series, instrument: Instrument | None = None) -> pd.Series:
    """Give every respondent's group its name.

    Parameters
    ----------
    values : pandas.Series
        Codes or names, called like the item that asked for them; gaps stay.
    instrument : Instrument, optional
        Knows what codes mean, where its item of the column's name has labels.

    Returns
    -------
    pandas.Series
        Text: ``Female`` for a labelled code, ``2`` for another whole number, anything else as it is.
    """
    labels = _labels_of(str(values.name), instrument)
    texts = values.astype(object).map(code_as_text, na_action="ignore")
    return texts.map(lambda text: labels.get(text, text), na_action="ignore")


def _labels_of(name: str, instrument: Instrument | None) -> Mapping[str, str]:
    """Code to label; nothing where labels would not tell groups apart, or would read like other codes."""
    scale = instrument.scale_of(name) if instrument and name in instrument.items else None
    labels = scale.labels.get(instrument.languages[0], ()) if scale and instrument else ()
    if not scale or len(set(labels)) < len(scale.codes) or not all(labels):
        return {}
    if any(label.replace(".", "", 1).replace("-", "", 1).isdigit() for label in labels):
        return {}
    return {str(code): label for code, label in zip(scale.codes, labels, strict=True)}
