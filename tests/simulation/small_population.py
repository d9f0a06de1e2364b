"""A small population whose file tests add to, and samples of it."""

from __future__ import annotations

from pathlib import Path

from coprod_measure.simulation.answers import SimulatedSample, simulate
from coprod_measure.simulation.population import Population
from coprod_measure.simulation.population_file import read_population

HEAD = """
id: small
title: Small
instrument: etgar2007
form: demo
seed: 1
correlation: 0.3
constructs: {sit_trust: {%s}, drv_control: {}, propensity: {}}
paths: {propensity: {drv_control: 0.4, sit_trust: 0.2}}
"""


def population(folder: Path, text: str, trust: str = "", head: str = HEAD) -> Population:
    """Read it with more text; ``trust``: what is special of the construct ``sit_trust``."""
    path = folder / "population.yaml"
    path.write_text(head.replace("%s", trust) + text, encoding="utf-8")
    return read_population(path)


def drawn(folder: Path, text: str, n: int = 20_000, trust: str = "", head: str = HEAD) -> SimulatedSample:
    return simulate(population(folder, text, trust, head), n=n, seed=3)
