"""What was done to a file between the platform and the analysis, ready for JSON."""

from __future__ import annotations

from coprod_measure.responses.dataset import Responses


def audit(responses: Responses) -> dict[str, object]:
    """Account for an import and its cleaning.

    Returns ``file`` (name, hash, platform, why, rows), ``instrument``, ``mapping`` (item to column),
    ``reversed`` (items mirrored by keying), ``missing`` (cells of each kind), ``left_out`` (columns),
    ``cleaning`` (rules, hash, date), ``flow``, ``changes`` (rows of the log by rule), ``respondents``,
    ``warnings``. Nothing in it identifies a person.
    """
    source, rules = responses.source, responses.rules
    kinds = ("not_shown", "unanswered", "not_applicable")
    cells = {kind: int((responses.missing == kind).to_numpy().sum()) for kind in kinds}
    items = responses.instrument.items
    return {
        "file": {
            "name": source.name,
            "sha256": source.sha256,
            "platform": source.platform,
            "recognised_by": source.recognised_by,
            "rows": source.n_rows,
            "synthetic": source.synthetic,
        },
        "instrument": {"id": responses.instrument.id, "sha256": responses.instrument.sha256},
        "form": responses.form,
        "mapping": dict(source.columns),
        "reversed": [id_ for id_ in responses.frame.columns if items[id_].reverse],
        "missing": cells,
        "left_out": list(responses.unmapped),
        "cleaning": None
        if rules is None
        else {"name": rules.name, "sha256": rules.sha256, "dated": rules.dated, "min_flags": rules.min_flags},
        "flow": responses.flow.to_dict("records"),
        "changes": {str(rule): int(n) for rule, n in responses.log["rule"].value_counts(sort=False).items()},
        "respondents": responses.n,
        "warnings": list(responses.warnings),
    }
