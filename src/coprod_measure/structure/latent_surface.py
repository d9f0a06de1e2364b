"""A response surface among factors: structural after measurement, with products of latent variables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from coprod_measure.estimation.specification.writing import formula, unused
from coprod_measure.structure.variables import Variable

COLUMNS = ("parameter", "estimate", "se", "ci_lower", "ci_upper", "pvalue")


def latent_surface(
    x: Variable, y: Variable, z: Variable, data: pd.DataFrame, held: Sequence[str] = ()
) -> pd.DataFrame:
    """Estimate b1 to b5 and a1 to a5 among factors, by SAM (Rosseel and Loh 2022) with products of factors.

    Factors have the unit of their first item and are centred at their own means; the slopes are therefore
    moved to the mean of both first items, so that x = y means the same as for the scale means.

    Parameters
    ----------
    x, y, z : Variable
        Latent.
    data : pandas.DataFrame
        Their items, and what is ``held`` constant.

    Returns
    -------
    pandas.DataFrame
        One row a parameter; columns :data:`COLUMNS`.
    """
    from coprod_measure.fitting.settled import settled
    from coprod_measure.fitting.two_step.sam import sam

    means = [float(data[one.items[0]].mean()) for one in (x, y)]
    to_x, to_y = (sum(means) / 2 - mean for mean in means)
    items = [item for one in (x, y, z) for item in one.items]
    of_x, of_y, of_z = (unused(name, [*items, *held]) for name in "XYZ")
    factors = "\n".join(
        formula(name, "=~", *one.items) for name, one in zip((of_x, of_y, of_z), (x, y, z), strict=True)
    )
    controls = formula(of_z, "~", *held) if held else ""
    model = f"""{factors}
{controls}
{of_z} ~ c1*{of_x} + c2*{of_y} + b3*{of_x}:{of_x} + b4*{of_x}:{of_y} + b5*{of_y}:{of_y}
b1 := c1 + {2 * to_x:.10f}*b3 + {to_y:.10f}*b4
b2 := c2 + {2 * to_y:.10f}*b5 + {to_x:.10f}*b4
a1 := c1 + c2 + {2 * to_x:.10f}*b3 + {to_x + to_y:.10f}*b4 + {2 * to_y:.10f}*b5
a2 := b3 + b4 + b5
a3 := c1 - c2 + {2 * to_x:.10f}*b3 + {to_y - to_x:.10f}*b4 - {2 * to_y:.10f}*b5
a4 := b3 - b4 + b5
a5 := b3 - b5
"""
    rows = settled(sam(model, data.dropna())).parameters
    free = rows[rows["label"].isin(["b3", "b4", "b5"]) & (rows["op"] == "~")].assign(
        lhs=lambda own: own["label"]
    )
    shown = pd.concat([rows[rows["op"] == ":="], free])
    shown = shown.rename(columns={"lhs": "parameter", "est": "estimate"})[list(COLUMNS)]
    return shown.sort_values("parameter", key=lambda own: own.str.replace("b", "0")).reset_index(drop=True)
