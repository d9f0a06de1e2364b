from itertools import pairwise

from coprod_measure.report.figures.path_routes import lay_out
from coprod_measure.report.figures.stage_columns import crossings, place_in_columns


def test_crossings_are_counted_between_neighbouring_columns() -> None:
    layers = [["a", "b"], ["c", "d"]]
    assert crossings(layers, [("a", "c"), ("b", "d")]) == 0
    assert crossings(layers, [("a", "d"), ("b", "c")]) == 1
    assert crossings(layers, [("d", "a"), ("c", "b")]) == 1


def test_columns_are_sorted_so_that_paths_do_not_cross() -> None:
    sources, targets = [f"s{i}" for i in range(6)], [f"t{i}" for i in range(6)]
    edges = [(f"s{i}", f"t{5 - i}") for i in range(6)]
    placed = place_in_columns([sources, targets], edges, dict.fromkeys([*sources, *targets], 1.0))
    by_height = [sorted(column, key=placed.heights.__getitem__) for column in (sources, targets)]
    assert crossings(by_height, edges) == 0


def test_a_path_over_two_columns_gets_a_lane_of_its_own() -> None:
    placed = place_in_columns(
        [["a"], ["b"], ["c"]], [("a", "c"), ("a", "b"), ("c", "a")], {"a": 1.0, "b": 2.0, "c": 1.0}
    )
    (lane,), (back,) = placed.lanes["a", "c"], placed.lanes["c", "a"]
    assert len({lane, back, placed.heights["b"]}) == 3
    assert placed.lanes["a", "b"] == ()
    assert min(lane, back) > 0
    assert max(lane, back) < placed.length


def test_boxes_grow_with_the_paths_that_arrive_and_labels_never_share_a_place() -> None:
    sources = [f"s{i}" for i in range(9)]
    layout = lay_out([sources, ["t", "u"]], [*((s, "t") for s in sources), ("s0", "u"), ("t", "u")])
    assert layout.boxes["t"].height > 2 * layout.boxes["s5"].height
    labels = sorted(route.label[1] for route in layout.routes[:9])
    assert min(b - a for a, b in pairwise(labels)) > 0.12
    box = layout.boxes["t"]
    assert max(abs(label - box.level) for label in labels) < box.height / 2
    assert layout.routes[-1].towards == -1.0
    assert all(box.left + 1.2 <= layout.width for box in layout.boxes.values())
