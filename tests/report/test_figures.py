import numpy as np
import pandas as pd
import pytest
from lxml import etree
from matplotlib.figure import Figure

from coprod_measure.report.figures.answers import ItemAnswers, centre, draw_answers
from coprod_measure.report.figures.canvas import png_bytes, svg_text, wrapped
from coprod_measure.report.figures.flow import Departure, draw_flow
from coprod_measure.report.figures.forest import Estimate, draw_forest
from coprod_measure.report.figures.heat import draw_heat
from coprod_measure.report.figures.loadings import Loading, draw_loadings
from coprod_measure.report.figures.paths import Edge, Node, StageColumn, draw_paths
from coprod_measure.report.figures.power import PowerPanel, draw_power
from coprod_measure.report.figures.profiles import draw_profiles
from coprod_measure.report.figures.scree import draw_scree
from coprod_measure.report.figures.specification import draw_specification
from coprod_measure.report.figures.stage_flow import draw_stage_flow

NASTY = "<b>$x^2$ & 好 \U0001f600</b>"


def _all_figures() -> dict[str, Figure]:
    columns = [
        StageColumn(NASTY, (Node("a", NASTY), Node("b", "B", "R² = .2"))),
        StageColumn("2", (Node("c", "C"),)),
        StageColumn("3", (Node("d", "D"),)),
    ]
    edges = [
        Edge("a", "c", 0.4, True),
        Edge("a", "d", -0.2, True),
        Edge("d", "b", 0.05, False),
        Edge("a", "b", 0.1, True),
    ]
    return {
        "answers": draw_answers(
            [(NASTY, [ItemAnswers(NASTY, (0.2, 0.5, 0.3))])], ["low", "mid", NASTY], "Share"
        ),
        "flow": draw_flow(100, NASTY, [Departure(NASTY, 3)], "end"),
        "forest": draw_forest([Estimate(NASTY, 0.1, -0.1, 0.3, "not supported")], NASTY),
        "heat": draw_heat(np.array([[0.9, np.nan], [-0.2, 0.1]]), [NASTY, "y"], ["1", NASTY], strong=0.5),
        "loadings": draw_loadings([(NASTY, [Loading(NASTY, 0.4, 0.3, 0.5)])], 0.5, NASTY),
        "paths": draw_paths(columns, edges),
        "power": draw_power(
            [
                PowerPanel(
                    label=NASTY,
                    n=[100, 400],
                    power=[0.2, 0.9],
                    lower=[0.1, 0.8],
                    upper=[0.3, 0.95],
                    curve_n=[100, 400],
                    curve=[0.2, 0.9],
                    smallest=320,
                )
            ]
            * 4,
            0.8,
        ),
        "specification": draw_specification(
            pd.DataFrame(
                {
                    "estimate": [0.1, 0.3, -0.2],
                    "ci_lower": [0.0, 0.2, -0.4],
                    "ci_upper": [0.2, 0.4, -0.1],
                    "verdict": ["not supported", "supported", "contradicted"],
                    "planned": [False, True, False],
                    "cleaning": ["nobody excluded", "as planned", "as planned"],
                }
            ),
            [
                ("cleaning", "as planned", "a rather long choice: as planned"),
                ("cleaning", "nobody excluded", NASTY),
            ],
            NASTY,
        ),
        "profiles": draw_profiles(np.array([[-0.5, 0.4], [0.2, -0.1]]), [NASTY, "trust"], [NASTY, "Class 2"]),
        "scree": draw_scree([2.0, 0.6, 0.4], [1.2, 1.0, 0.8], 1, NASTY),
    }


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    return _all_figures()


def test_every_figure_is_one_well_formed_picture_with_its_text_escaped(figures: dict[str, Figure]) -> None:
    for name, figure in figures.items():
        svg = etree.fromstring(svg_text(figure, name))
        assert svg.tag.endswith("svg"), name
        assert NASTY in [text for text in svg.itertext() if "$" in text], name
        assert not svg.findall(".//{*}b"), name


def test_drawing_again_gives_the_same_bytes(figures: dict[str, Figure]) -> None:
    for name, figure in _all_figures().items():
        assert svg_text(figure, "x") == svg_text(figures[name], "x"), name


def test_a_png_is_a_png(figures: dict[str, Figure]) -> None:
    assert png_bytes(figures["heat"], dpi=50).startswith(b"\x89PNG")


def test_the_middle_code_straddles_the_centre() -> None:
    assert centre(np.array([0.1, 0.2, 0.3, 0.4])) == pytest.approx(0.3)
    assert centre(np.array([0.2, 0.5, 0.3])) == pytest.approx(0.45)


def test_flow_ends_with_who_is_left(figures: dict[str, Figure]) -> None:
    words = list(etree.fromstring(svg_text(figures["flow"], "f")).itertext())
    assert "n = 97" in words
    assert "n = 3" in words


def test_every_path_shows_its_coefficient(figures: dict[str, Figure]) -> None:
    words = list(etree.fromstring(svg_text(figures["paths"], "p")).itertext())
    assert {".40", "−.20", ".05", ".10"} <= set(words)


def test_long_labels_are_cut_with_a_sign() -> None:
    assert wrapped("one two three four", 8, 1) == "one …"
    assert wrapped("", 8) == ""


@pytest.mark.filterwarnings("ignore:Glyph")
def test_no_text_of_a_figure_is_cut(figures: dict[str, Figure]) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    verdicts = ("supported", "supported in part", "contradicted", "not supported")
    wording = (
        "H1a  The more expertise consumers have, the more they are willing to take part in production. " * 2
    )
    forest = draw_forest([Estimate(wording, 0.1, -0.1, 0.3, verdict) for verdict in verdicts], "Effect")
    items = [ItemAnswers(wording, (0.1, 0.2, 0.4, 0.2, 0.1)), ItemAnswers(wording, (0.9, 0.1, 0, 0, 0))]
    answers = draw_answers([("Construct", items)], ["strongly disagree", "b", "c", "d", "e"], "Share")
    for name, figure in {**figures, "long forest": forest, "long answers": answers}.items():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        width, height = canvas.get_width_height()
        # What the layout knows of, and beyond that the texts that it was told to leave alone.
        whole = figure.get_tightbbox(canvas.get_renderer()).transformed(figure.dpi_scale_trans)
        written = [text for axes in figure.axes for text in axes.texts if text.get_text().strip()]
        for box in (whole, *(text.get_window_extent(canvas.get_renderer()) for text in written)):
            inside = min(box.x0, box.y0, width - box.x1, height - box.y1)
            assert inside >= -0.04 * figure.dpi, f"{name}: {box.extents} in {width} x {height}"


def test_a_drawing_in_a_page_has_room_on_both_sides() -> None:
    # The page's type is wider than the one that texts were measured in: a label at the edge was cut in browsers.
    svg = etree.fromstring(svg_text(_all_figures()["forest"], "f").encode())
    left, _, width, _ = map(float, svg.get("viewBox").split())
    inches = float(svg.get("style").partition("--inches: ")[2].split(";")[0])
    assert left <= -10.0
    assert width + left >= 72.0 * inches + 10.0


def test_a_drawing_is_laid_out_once_not_again_at_each_saving(figures: dict[str, Figure]) -> None:
    assert [name for name, figure in figures.items() if figure.get_layout_engine() is not None] == []


def test_a_wave_between_two_steps_has_its_bars_once() -> None:
    """Of 30 people in wave 2 ten are missing in wave 3: the second step alone would put bars elsewhere."""
    moves = [{(0, 0): 10, (0, 1): 10, (1, 1): 10}, {(0, 0): 5, (1, 1): 15}]
    (axes,) = draw_stage_flow(["1", "2", "3"], ["low", "high"], moves).axes
    paths = [band.get_paths()[0].get_extents() for band in axes.collections]
    bars = [box for box in paths if box.width < 0.2]
    assert len(bars) == 6
    middle = sorted({round(box.x0, 3) for box in bars})[1]
    low, high = sorted((box for box in bars if round(box.x0, 3) == middle), key=lambda box: box.y0)
    assert high.y0 > low.y1 + 0.1
    assert high.height == pytest.approx(2 * low.height)
