"""WCAG 2.2 contrast (1.4.3 and 1.4.11) of the page's colours, in the light and the dark theme."""

import re
from importlib.resources import files

import pytest

from coprod_measure.report.figures import canvas

CSS = files("coprod_measure.report").joinpath("templates/report.css").read_text(encoding="utf-8")
THEMES = re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL)
TEXTS = [
    ("ink", "paper"),
    ("quiet", "paper"),
    ("link", "paper"),
    ("ink", "panel"),
    ("ink", "caution-panel"),
    ("caution", "caution-panel"),
    ("ink", "finding-panel"),
    ("finding", "finding-panel"),
]


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    shares = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself() -> None:
    assert _contrast("#000", "#ffffff") == pytest.approx(21)
    assert _contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark", "print"])
def test_every_text_can_be_read(theme: str) -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", theme))
    poor = {pair: _contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXTS}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES[:2], ids=["light", "dark"])
def test_every_line_of_a_figure_can_be_seen(theme: str) -> None:
    paper = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", theme))["paper"]
    lines = {"blue": canvas.BLUE, "vermilion": canvas.VERMILION, "green": canvas.GREEN}
    assert {name: c for name, c in lines.items() if _contrast(c, paper) < 3.0} == {}


def test_numbers_in_cells_can_be_read_at_every_shade() -> None:
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    from coprod_measure.report.figures.heat import ink_on

    shades = [step / 100 for step in range(-100, 101)]
    colours = {value: to_hex(mpl.colormaps[canvas.DIVERGING]((value + 1.15) / 2.3)) for value in shades}
    assert {v: c for v, c in colours.items() if _contrast(ink_on(v), c) < 4.5} == {}
