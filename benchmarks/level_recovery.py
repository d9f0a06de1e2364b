"""How often intervals of effects within and between groups hold the truth, with few groups and with many.

``python -m benchmarks.level_recovery`` rewrites ``docs/reference/level-recovery.md``; ``--share 0.05`` draws
a twentieth of the samples, and prints instead.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from benchmarks.measurement_recovery import Generator, Record, as_table, over_samples
from benchmarks.pages import write_or_print
from coprod_measure.errors import NotAvailable
from coprod_measure.provenance import versions
from coprod_measure.structure.methods.two_level_mediation import two_level_mediation
from coprod_measure.structure.methods.within_between import within_between

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "level-recovery.md"
SAMPLES, MEDIATED, SIZE = 1000, 400, 20
GROUPS = (8, 25, 50)
SLOPES = {"within": 0.3, "between": 0.6, "difference": 0.3}
INDIRECT = 0.3


def slopes(rng: Generator, groups: int) -> Record:
    """Whether intervals of the slopes within and between groups, and of their difference, hold the truth."""
    g = np.repeat(np.arange(groups), SIZE)
    x = rng.normal(0, 0.5, groups)[g] + rng.normal(size=len(g))
    mean = (np.bincount(g, x) / SIZE)[g]
    y = 0.3 * (x - mean) + 0.6 * mean + rng.normal(0, 0.5, groups)[g] + rng.normal(size=len(g))
    effects = within_between(pd.DataFrame({"g": g, "x": x, "y": y}), "y", ["x"], ["g"], by="g").effects["x"]
    found: Record = {}
    for part, truth in SLOPES.items():
        c = effects[part]
        if isinstance(c, NotAvailable):
            continue
        found |= {f"est {part}": c.estimate, f"df {part}": c.df}
        found[f"covers {part}"] = float(c.ci_lower <= truth <= c.ci_upper)
        found[f"by z {part}"] = float(abs(c.estimate - truth) <= norm.ppf(0.975) * c.se)
    return found


def mediated(rng: Generator, groups: int) -> Record:
    """Whether the interval of an effect through a mediator between groups (2-1-1) holds the truth."""
    g = np.repeat(np.arange(groups), SIZE)
    x = rng.normal(size=groups)
    m = 0.5 * x + rng.normal(0, 0.6, groups)
    y = 0.6 * m + 0.2 * x + rng.normal(0, 0.4, groups)
    inner = rng.normal(size=len(g))
    frame = pd.DataFrame({"g": g, "x": x[g], "m": m[g] + inner, "y": y[g] + 0.3 * inner})
    frame["y"] += rng.normal(size=len(g))
    row = two_level_mediation(frame, "x", ["m"], "y", by="g", draws=2000).of("indirect")
    covers = row["ci_lower"] <= INDIRECT <= row["ci_upper"]
    return {"est": float(row["est"]), "covers": float(covers), "found": float(row["pvalue"] < 0.05)}


def slopes_table(samples: int) -> str:
    """Tabulate slopes."""
    rows = []
    for groups in GROUPS:
        mean, drawn = over_samples(partial(slopes, groups=groups), samples, [1, groups])
        rows += [
            {
                "groups": groups,
                "samples": drawn,
                "effect": part,
                "truth": truth,
                "mean estimate": f"{mean[f'est {part}']:.3f}",
                "mean df": f"{mean[f'df {part}']:.0f}",
                "coverage": f"{mean[f'covers {part}']:.1%}",
                "coverage, were it by z": f"{mean[f'by z {part}']:.1%}",
            }
            for part, truth in SLOPES.items()
            if f"est {part}" in mean
        ]
    return as_table(rows)


def mediation_table(samples: int) -> str:
    """Tabulate indirect effects between groups."""
    rows = []
    for groups in GROUPS[1:]:
        mean, drawn = over_samples(partial(mediated, groups=groups), samples, [2, groups])
        row = {"groups": groups, "samples": drawn, "truth": INDIRECT, "mean estimate": f"{mean['est']:.3f}"}
        rows.append(row | {"coverage": f"{mean['covers']:.1%}", "found": f"{mean['found']:.1%}"})
    return as_table(rows)


def page(share: float) -> str:
    """Write the page."""
    made_by = ", ".join(f"{name} {versions()[name]}" for name in ("python", "numpy", "scipy"))
    return f"""# What is found within and between groups where the truth is known

Made by `python -m benchmarks.level_recovery` ({made_by}); groups of {SIZE} people. Two standard errors of
simulation for a rate of 95 % are 1.4 points at 1,000 samples, 2.2 at 400.

## Slopes within and between groups

Groups differ in y by a standard deviation of 0.5 beside what x tells, people within them by 1. Intervals are
by t with Satterthwaite's degrees of freedom; the last column shows what the normal distribution would give,
which programs without degrees of freedom use. The slope between is that on the means that were seen.

{slopes_table(max(2, round(SAMPLES * share)))}

## An effect through a mediator between groups (2-1-1)

The cause is one of groups; means of groups are latent; intervals are Monte Carlo. Fewer than 10 groups are
refused.

{mediation_table(max(2, round(MEDIATED * share)))}
"""


if __name__ == "__main__":
    write_or_print(page, PAGE)
