"""Do the items point the way the instrument says? Those that do not are named; nothing is flipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.item_choice import chosen_items, item_sets, not_rated, to_one_span
from coprod_measure.responses.screening import pairwise_covariance

KEYING_COLUMNS = (
    "construct",
    "item",
    "reverse",
    "first_component",
    "r_drop",
    "alpha",
    "alpha_if_flipped",
    "verdict",
)


@dataclass(frozen=True, slots=True, repr=False)
class KeyingAudit(Shown):
    """Result of :func:`keying_audit`.

    Attributes
    ----------
    items : pandas.DataFrame
        One row an item (:data:`KEYING_COLUMNS`): ``reverse`` as the instrument has it, ``first_component``
        its loading on the first principal component of its keyed construct, ``r_drop`` the corrected
        item-total correlation, ``alpha_if_flipped`` the construct's alpha if this item alone were mirrored.
        ``verdict`` is ``"agrees"``, ``"against"`` (both signs are negative), ``"unclear"`` (they differ) or
        ``"constant"``.
    warnings : tuple of str
        One sentence an item that stands against its construct.
    not_judged : mapping
        Why items were not judged, to their ids.
    """

    items: pd.DataFrame
    warnings: tuple[str, ...]
    not_judged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """One row an item."""
        return self.items


def keying_audit(responses: Responses) -> KeyingAudit:
    """Compare each item's sign in the data with its keying in the instrument.

    Parameters
    ----------
    responses : Responses
        Keyed answers; items that cannot be judged are named in ``not_judged``.

    Returns
    -------
    KeyingAudit
        Every rated item with its signs and what mirroring it would do to alpha.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> file = cm.shipped_folder("data/sample") / "bfi" / "bfi.csv"
    >>> responses = cm.read_responses(file, cm.read_instrument("bfi25"))
    >>> cm.keying_audit(responses).table()[["item", "reverse", "verdict"]].head(1).to_numpy().tolist()
    [['A1', True, 'agrees']]
    """
    rows: list[tuple[object, ...]] = []
    warnings = []
    for construct, ids in item_sets(responses).items():
        chosen = [responses.instrument.items[id_] for id_ in ids]
        answers = to_one_span(responses, chosen, responses.frame[ids].to_numpy())
        signs = item_signs(pairwise_covariance(answers))
        for j, id_ in enumerate(ids):
            verdict = _verdict(signs.first_component[j], signs.r_drop[j])
            reverse = responses.instrument.items[id_].reverse
            rows.append(
                (
                    construct,
                    id_,
                    reverse,
                    signs.first_component[j],
                    signs.r_drop[j],
                    signs.alpha,
                    signs.alpha_if_flipped[j],
                    verdict,
                )
            )
            if verdict == "against":
                said = "reversed" if reverse else "not reversed"
                warnings.append(
                    f"{id_}: runs against {construct} (item-total correlation {signs.r_drop[j]:.2f}), though "
                    f"the instrument has it {said}{_gain(signs.alpha, signs.alpha_if_flipped[j])}"
                )
    return KeyingAudit(
        pd.DataFrame(rows, columns=list(KEYING_COLUMNS)), tuple(warnings), _not_judged(responses)
    )


def _not_judged(responses: Responses) -> dict[str, tuple[str, ...]]:
    found = not_rated(responses)
    sets = {id_ for ids in item_sets(responses).values() for id_ in ids}
    alone = [item.id for item in chosen_items(responses) if item.id not in sets]
    if alone:
        found["the only rated item of its construct"] = alone
    return {why: tuple(ids) for why, ids in found.items()}


def _gain(alpha: float, mirrored: float) -> str:
    if np.isnan(alpha) or np.isnan(mirrored):
        return ""
    return f"; mirrored, alpha would go from {alpha:.2f} to {mirrored:.2f}"


@dataclass(frozen=True, slots=True)
class ItemSigns:
    """Signs of the items of one construct; arrays of shape (p,)."""

    first_component: np.ndarray
    r_drop: np.ndarray
    alpha: float
    alpha_if_flipped: np.ndarray


def item_signs(covariance: np.ndarray) -> ItemSigns:
    """Compute what tells an item's direction from the covariances of its construct.

    Parameters
    ----------
    covariance : numpy.ndarray
        Shape (p, p), of the keyed items; rows of constant items are NaN or zero in effect.

    Returns
    -------
    ItemSigns
        First principal component of the correlations, oriented so that its loadings sum to a positive number;
        corrected item-total correlations; Cronbach's alpha (1951) as is and with each item mirrored.
    """
    p = len(covariance)
    varies = np.isfinite(np.diag(covariance)) & (np.diag(covariance) > 0)
    known = np.where(np.isfinite(covariance) & varies & varies[:, None], covariance, 0.0)
    deviation = np.where(varies, np.sqrt(np.where(varies, np.diag(known), 1.0)), 1.0)
    values, vectors = np.linalg.eigh(known / np.outer(deviation, deviation))
    component = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
    component *= 1.0 if component.sum() >= 0 else -1.0
    total, rows = known.sum(), known.sum(axis=1)
    own = np.diag(known)
    rest_variance = total - 2 * rows + own
    with np.errstate(divide="ignore", invalid="ignore"):
        r_drop = (rows - own) / np.sqrt(own * rest_variance)
    # Mirroring item j turns the sign of its p - 1 covariances, each of which the total holds twice.
    flipped = total - 4 * (rows - own)
    return ItemSigns(
        first_component=np.where(varies, component, np.nan),
        r_drop=np.where(varies & (rest_variance > 0), r_drop, np.nan),
        alpha=float(_alpha(np.array([total]), own.sum(), p)[0]),
        alpha_if_flipped=_alpha(flipped, own.sum(), p),
    )


def _alpha(total: np.ndarray, own: float, p: int) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, p / (p - 1) * (1 - own / total), np.nan)


def _verdict(component: float, r_drop: float) -> str:
    if np.isnan(component) or np.isnan(r_drop):
        return "constant"
    if component < 0 and r_drop < 0:
        return "against"
    return "agrees" if component >= 0 and r_drop >= 0 else "unclear"
