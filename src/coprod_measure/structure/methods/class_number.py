"""How many classes: the bootstrap likelihood-ratio test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.structure.methods.mixture_em import Kernel, Mixture, Parameters, climb

# Random starts beside the known solution: the larger model needs more, or its likelihood comes out too small.
STARTS_SMALL, STARTS_LARGE = 2, 6
# Steps after which starts are compared, and how many of them go on.
SHORT, FOLLOWED = 20, 2
# Draws above the observed value after which more of them cannot make p small.
ENOUGH = 5


@dataclass(frozen=True, slots=True)
class BootstrapTest:
    """A number of classes tested against one more.

    Attributes
    ----------
    statistic : float
        Twice the difference of log likelihoods.
    draws, above : int
        Samples drawn from the smaller model, and how many had a larger statistic.
    """

    statistic: float
    draws: int
    above: int
    pvalue: float


def bootstrap_test(
    kernel: Kernel, small: Mixture, large: Mixture, *, draws: int, rng: np.random.Generator
) -> BootstrapTest:
    """Draw samples from the smaller model and fit both to each.

    Parameters
    ----------
    kernel : Kernel
        Of the data.
    small, large : Mixture
        With k and k + 1 classes.
    draws : int
        At most; it stops at five larger statistics, with p = 5 / draws so far (Besag and Clifford 1991).
    rng : numpy.random.Generator

    Notes
    -----
    McLachlan, G. J. (1987). On bootstrapping the likelihood ratio test statistic for the number of components
    in a normal mixture. *Applied Statistics*, 36, 318-324. The Lo-Mendell-Rubin test is not given: its proof
    fails (Jeffries 2003).
    """
    observed = 2 * (large.loglik - small.loglik)
    n = int(kernel.weight.sum())
    above, done = 0, 0
    while done < draws and above < ENOUGH:
        members = rng.choice(small.k, n, p=small.share / small.share.sum())
        sample = kernel.simulate(small.theta, members, rng)
        try:
            null = best_loglik(sample, small, STARTS_SMALL if small.k > 1 else 0, rng)
            more = best_loglik(sample, large, STARTS_LARGE, rng)
        except EstimationError:
            continue
        done += 1
        above += 2 * (more - null) >= observed
    p = above / done if above >= ENOUGH else (1 + above) / (1 + done)
    return BootstrapTest(observed, done, above, p)


def best_loglik(kernel: Kernel, known: Mixture, starts: int, rng: np.random.Generator) -> float:
    """Fit as many classes as ``known`` has, from it and from random starts."""
    theta: Parameters = {name: value[None] for name, value in known.theta.items()}
    share = known.share[None]
    if starts:
        drawn = kernel.start(known.k, starts, rng)
        # A sample in which nobody chose a category has fewer columns than the data: only random starts serve.
        fits = all(theta[name].shape[1:] == value.shape[1:] for name, value in drawn.items())
        if fits:
            theta = {name: np.concatenate([theta[name], value]) for name, value in drawn.items()}
            share = np.concatenate([share, np.full((starts, known.k), 1 / known.k)])
        else:
            theta, share = drawn, np.full((starts, known.k), 1 / known.k)
    theta, share, loglik, _ = climb(kernel, theta, share, tolerance=1e-2, most=SHORT)
    # Few starts lead: the others would only cost their way to the same or a lower maximum.
    leading = np.argsort(-loglik)[:FOLLOWED]
    theta = {name: value[leading] for name, value in theta.items()}
    *_, loglik, _ = climb(kernel, theta, share[leading], tolerance=1e-3, most=500)
    best = float(loglik.max())
    if not np.isfinite(best):
        raise EstimationError("every start ends in a class without spread", place="bootstrap")
    return best
