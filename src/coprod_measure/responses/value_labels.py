"""Whether the labels that a typed file carries say what the instrument says."""

from __future__ import annotations

from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.answers import label_table
from coprod_measure.responses.columns import ColumnMap
from coprod_measure.responses.imports.raw_table import Export
from coprod_measure.responses.wordings import same_words


def label_differences(export: Export, columns: ColumnMap, instrument: Instrument) -> list[str]:
    """Name the items whose codes are labelled otherwise in the file than in the instrument.

    Returns one warning an item; a scale that runs the other way is called so.
    """
    warnings = []
    for id_, position in columns.items.items():
        scale = instrument.scale_of(id_)
        given = export.table.value_labels.get(position)
        if scale is None or not given:
            continue
        known, _ = label_table(scale)
        meant = {code: known.get(same_words(str(label))) for code, label in given.items()}
        other = {code: to for code, to in meant.items() if to is not None and to != code}
        if not other:
            continue
        turned = all(to == scale.reverse(float(code)) for code, to in other.items()) and len(other) > 1
        code, to = next(iter(other.items()))
        said = "runs the other way" if turned else f"has the label of {to:g} on {code:g}"
        warnings.append(
            f"{id_}: the file's scale {said}; codes were read as they stand. Recode the file, or the "
            f"instrument, if the labels are right"
        )
    return warnings
