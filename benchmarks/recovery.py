"""How often hypotheses are found where they hold, and where they do not: ``python -m benchmarks.recovery``.

For each hypothesis answers are drawn from a population in which it holds and from one in which it does not
(:mod:`.populations`, :mod:`.designed_populations`); the study's own tests judge them. What was counted stands
in ``recovery_counts.csv``: a later run goes on with the next sample. Delete the rows of a hypothesis whose
test or population changed. ``--processes 0`` takes all processors, ``--scheduler`` a Dask cluster, ``--keep
FOLDER`` keeps each sample at once, so that a run that was stopped loses none. Writes
``docs/reference/hypothesis-recovery.md``; ``python -m benchmarks.recovery 0`` writes that page alone.
"""

from __future__ import annotations

import argparse
import platform
import time
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy

from benchmarks.designed_populations import PLACES, designed
from benchmarks.populations import Population, population
from coprod_measure.errors import CoprodError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.order_claims import order_over_time
from coprod_measure.structure.results import NOT_TESTABLE
from coprod_measure.workers import Workers, cores

N = 1200
MOST_FALSE = 0.07
FEWEST = 50
"""Samples from which a share above :data:`MOST_FALSE` is called a failure."""
ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "hypothesis-recovery.md"
COUNTS = Path(__file__).with_name("recovery_counts.csv")
_TRULY = ("H1i", "H1l", "H6l", "H5h", "H7c", "H10a", "H10j", "H11g", "H1i, order over waves")
"""Hypotheses whose other population is the opposite, not nothing: there a contradiction is right."""
ORDER = "H1i, order over waves"
SAMPLE = ("sample", "holds", "verdict", "std", "lower", "upper", "seconds", "error")
COLUMNS = (
    "hypothesis", "holds", "samples", "failed", "supported", "contradicted", "error", "inside", "seconds",
)  # fmt: skip
"""Of the counts that are kept."""
_HOW: dict[str, dict[str, Any]] = {
    "moderated": {"second_opinion": False},
    "necessity": {"permutations": 1000},
}


def sample(p: Population, number: int, holds: bool) -> tuple[object, ...]:
    """Draw and judge one sample; columns as :data:`SAMPLE`."""
    place = list(p.instrument.theory.hypotheses).index(p.hypothesis.id)
    drawn = p.draw(np.random.default_rng([number, place, int(holds)]), N, holds)
    start = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            judged = (_order if p.label == ORDER else _judged)(p, drawn, number)
    except CoprodError as error:
        judged = ("", "", "", "", str(error))
    return number, int(holds), *judged[:4], round(time.process_time() - start, 3), judged[4]


def _judged(p: Population, drawn: Responses, number: int) -> tuple[str, ...]:
    """Verdict, effect and interval, and why there is none."""
    row = judge(
        p.instrument.theory, drawn, [p.hypothesis.id], draws=1000, missing="listwise",
        seed=number, kinds=_HOW, verdicts_only=p.label != p.hypothesis.id,
    ).table().iloc[0]  # fmt: skip
    lost = str(row["reason"]) if row["verdict"] == NOT_TESTABLE else ""
    return str(row["verdict"]), *(f"{row[name]:.5g}" for name in ("std", "ci_lower", "ci_upper")), lost


def _order(p: Population, drawn: Responses, _: int) -> tuple[str, ...]:
    """What the report says of the order over waves, beside a verdict that rests on the first one."""
    _, reasons = order_over_time(p.hypothesis, Context(p.instrument.theory, drawn))
    codes = [one.code for one in reasons]
    if "no_order_over_time" in codes:
        raise CoprodError(str(dict(reasons[0].fields)))
    verdict = "supported" if "order_over_time" in codes else "contradicted"
    return verdict, "nan", "nan", "nan", ""


def _both(p: Population, number: int) -> list[tuple[object, ...]]:
    return [sample(p, number, holds) for holds in (True, False)]


def collect(
    p: Population, counted: pd.DataFrame, samples: int, seconds: float, workers: Workers | None = None
) -> pd.DataFrame:
    """Go on with the samples of a hypothesis until there are enough or its time is up; return its counts."""
    workers = workers or Workers()
    own = counted[counted["hypothesis"] == p.label].reset_index(drop=True)
    if own.empty:
        nothing = dict.fromkeys(COLUMNS, 0)
        own = pd.DataFrame([{**nothing, "hypothesis": p.label, "holds": holds} for holds in (1, 0)])
    own = own.astype({"error": float, "seconds": float})
    done, spent = int(own["samples"].min()), 0.0
    found: list[tuple[object, ...]] = []
    each, folder = 1 if workers.processes == 1 else 4 * workers.processes, workers.folder(lambda: p.label)
    for first in range(done, samples, each):
        if spent > seconds:
            break
        numbers = range(first, min(first + each, samples))
        for _, rows in workers.run_kept(partial(_both, p), numbers, folder, str, list):
            found += map(tuple, rows)
            spent += sum(float(str(row[6])) for row in rows)
    new = pd.DataFrame(found, columns=list(SAMPLE))
    for place, row in own.iterrows():
        added = _counts(new[new["holds"] == row["holds"]], p.truth * row["holds"])
        for name, count in added.items():
            own.loc[place, name] += count
    return own


def _counts(own: pd.DataFrame, truth: float) -> dict[str, float]:
    """Count verdicts, and sum errors and intervals that hold the truth (0 where there is none)."""
    judged = own[own["error"] == ""].astype({"std": float, "lower": float, "upper": float})
    inside = (judged["lower"] <= truth) & (truth <= judged["upper"])
    return {
        "samples": len(own),
        "failed": len(own) - len(judged),
        "supported": int(judged["verdict"].str.startswith("supported").sum()),
        "contradicted": int((judged["verdict"] == "contradicted").sum()),
        "error": 0.0 if np.isnan(truth) else float((judged["std"] - truth).sum()),
        "inside": int(inside.sum()),
        "seconds": float(own["seconds"].sum()),
    }


def summary(p: Population, counts: pd.DataFrame) -> list[dict[str, Any]]:
    """One row a population: share supported, false verdicts, bias and coverage."""
    rows: list[dict[str, Any]] = []
    for own in counts.itertuples():
        judged = own.samples - own.failed
        known = judged > 0 and not np.isnan(p.truth)
        rows.append(
            {
                "hypothesis": p.label,
                "kind": p.kind,
                "population": "holds" if own.holds else "does not hold",
                "samples": int(own.samples),
                "failed": int(own.failed),
                "supported": own.supported / judged if judged else np.nan,
                "contradicted": own.contradicted / judged if judged else np.nan,
                "bias": own.error / judged if known else np.nan,
                "coverage": own.inside / judged if known else np.nan,
            }
        )
    return rows


_HEAD = """\
# How often hypotheses are found

Made by `python -m benchmarks.recovery SAMPLES SECONDS`, SECONDS for each hypothesis; counts are kept,
and the next run goes on with the next sample. Answers of 1,200 people to what a hypothesis names (three
questions a construct, three facets a structure, one for H1l; loadings .75, whole codes) are drawn from a
population in
which it holds and from one in which it does not, and judged as a study judges them (level .05, one
hypothesis at a time, no missing answers). *Supported*: share with the verdict supported or supported in
part; where the hypothesis does not hold these are false. *Contradicted* is a false verdict too, unless the
other population is the opposite of the claim. Shares above 7 % of {fewest} samples or more are set **bold**
and are failures. Bias and coverage are those of the standardised effect and its 95 % interval, where all
variables are factors: scores of yes/no answers and sums have no population value on that scale.

Where they hold: paths of .15 (.1 with more than four causes, .056 of the 31 of H13e; three times that for a
yes/no outcome), indirect effects of .3 a step, interactions of .15 (of three variables: .3, only where the
condition is low), blocks of .2 a source, a first cause of four times the weight of others, outcomes that no
condition lower than 1.2 SD beneath them allows, gaps of .2, odds of exp(.4) a cause, correlations of .6 of
constructs told apart, groups half an SD apart from first to last, stages in their order with paths of .6,
a third of the people judging by the rule that each states, which explains .36 of the verdict (H11g). In H9e
exp(.4) are also the odds of one SD of the saving in money, which decides it; its amounts are log-normal.
Where not: those effects are zero; for mediated claims the last step is missing and direct paths stay;
another cause than the one claimed weighs most (of open questions none); constructs correlate at the cutoff
of .9; one facet has nothing to do with the factor; two stages have changed places; all judge by the sum.
H10e is about digital categories: half of the 1,200 are in one, and of them alone the claim is judged; of the
others the opposite is true.
H13e has 31 causes, which give its outcome 1.8 times the spread of others: its answers pile up at the ends of
their scale, the mean slope is 1 % too small (its errors are right), and its narrow interval misses the truth.
H1l claims that no path of three groups differs by .2: by its errors 6,500 people show that in four of
five samples (26 of 30 were supported), 1,200 never.

{versions}.

## One occasion

| hypothesis | kind | population | samples | failed | supported | contradicted | bias | coverage |
|---|---|---|---|---|---|---|---|---|"""


_SEVERAL = """\
## Waves, categories, countries, kinds of people, offers

The same people asked several times, about several things, or in several places.

- *waves*: three, of which .15 leave at each, the low in the first cause first. Half of the variance of a
  variable lasts and correlates .5 with that of others; the rest has a lag of .3, of its causes too where the
  claim holds. Two facets a structure, two phases of engagement.
- *stages*: two moves of three go forward, or as many back as forward; the first stages are left more
  (by the true stage, which answers show with error).
- *before and after*: what is wanted in a first wave, what was received in a second, from which .15 are
  missing; gaps as on one occasion.
- *order over waves*: three waves; each step moves the next one (.3 in all), beside stable differences of half
  of the variance; or the two steps in the middle have changed places. Counted is what the report says of the
  order over waves, beside the verdict.
- *exits*: the cause acts on the mediator (.4) and that on the log odds of the event (.5); or the cause acts
  past it.
- *categories*: twelve, two a person; slopes of .2, means half an SD apart from first to last, a gap carried
  but for a fifth of its size, or by half of its variance. People differ by .4 SD, categories by .3.
- *countries*: thirty, which differ by .25 SD; slopes of .25 over them, a slope that doubles with an SD of the
  fact; through a mediator .5 and .4.
- *kinds of people*: two, 1.6 SD apart in turn up and down; or one, whose answers correlate by .3. Points are
  shared out by what goals are worth, in fives.
- *offers*: three of ten tasks, each of three offers; part-worths of .4 to 1 over the range of an attribute;
  people differ by half.

| hypothesis | kind | population | samples | failed | supported | contradicted | bias | coverage |
|---|---|---|---|---|---|---|---|---|"""


def page(one_occasion: pd.DataFrame, several: pd.DataFrame, left_out: list[str]) -> str:
    """Write both tables in Markdown."""
    made = f"Seed 0 and up, one a sample; python {platform.python_version()}, numpy {np.__version__}, scipy "
    lines = [_HEAD.format(fewest=FEWEST, versions=made + scipy.__version__), *_rows(one_occasion)]
    elsewhere = {row.split(",")[0] for row in several.loc[several["samples"] > 0, "hypothesis"]}
    nowhere = ", ".join(id_ for id_ in left_out if id_ not in elsewhere)
    lines += [
        "",
        _SEVERAL,
        *_rows(several),
        "",
        f"Not drawn: {nowhere} (claims about firms, or without a sample yet).",
    ]
    return "\n".join(lines) + "\n"


def _rows(table: pd.DataFrame) -> Iterator[str]:
    for row in table[table["samples"] > 0].itertuples():
        nothing = row.population != "holds"
        wrong_way = 0.0 if nothing and row.hypothesis in _TRULY else row.contradicted
        false = (row.supported if nothing else 0.0, wrong_way)
        shares = [
            f"**{share:.1%}**" if wrong > MOST_FALSE and row.samples >= FEWEST else f"{share:.1%}"
            for share, wrong in zip((row.supported, row.contradicted), false, strict=True)
        ]
        bias = "" if np.isnan(row.bias) else f"{row.bias:.3f}"
        coverage = "" if np.isnan(row.coverage) else f"{row.coverage:.0%}"
        cells = (row.hypothesis, row.kind, row.population, row.samples, row.failed, *shares, bias, coverage)
        yield f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Take samples a hypothesis, 200 by default, the seconds each may take, and which rows (all)."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.recovery")
    asked.add_argument("samples", type=int, nargs="?", default=200)
    asked.add_argument("seconds", type=float, nargs="?", default=1e9, help="for each hypothesis")
    asked.add_argument("only", nargs="*", help="rows")
    asked.add_argument("--processes", type=int, default=1, help="0: all")
    asked.add_argument("--scheduler", default="")
    asked.add_argument("--keep", default=None)
    how = asked.parse_args()
    samples, seconds, only = how.samples, how.seconds, how.only
    workers = Workers(how.processes or cores(), how.scheduler, how.keep)
    instrument = read_instrument("etgar2007")
    counted = pd.read_csv(COUNTS) if COUNTS.exists() else pd.DataFrame(columns=list(COLUMNS))
    plain = {id_: population(instrument, id_) for id_ in instrument.theory.hypotheses}
    several = [designed(instrument, id_, design) for design, ids in PLACES.items() for id_ in ids]
    tables: list[list[dict[str, Any]]] = [[], []]
    for table, populations in zip(tables, (plain.values(), several), strict=True):
        for found in (one for one in populations if one is not None):
            wanted = samples if not only or {found.label, found.hypothesis.id} & set(only) else 0
            own = collect(found, counted, wanted, seconds, workers)
            table += summary(found, own)
            if wanted:
                counted = pd.concat([counted[counted["hypothesis"] != found.label], own])
                counted.to_csv(COUNTS, index=False, float_format="%.6g")
                print(table[-2], table[-1], sep="\n", flush=True)
    left_out = [id_ for id_, found in plain.items() if found is None]
    one_occasion, elsewhere = map(pd.DataFrame, tables)
    PAGE.write_text(page(one_occasion, elsewhere, left_out), encoding="utf-8")


if __name__ == "__main__":
    main()
