from coprod_measure.report.figures.stage_columns import crossings, place_in_columns


def test_crossings_are_counted_between_neighbouring_columns() -> None:
    layers = [["a", "b"], ["c", "d"]]
    assert crossings(layers, [("a", "c"), ("b", "d")]) == 0
    assert crossings(layers, [("a", "d"), ("b", "c")]) == 1
    assert crossings(layers, [("d", "a"), ("c", "b")]) == 1


def test_columns_are_sorted_so_that_paths_do_not_cross() -> None:
    sources, targets = [f"s{i}" for i in range(6)], [f"t{i}" for i in range(6)]
    edges = [(f"s{i}", f"t{5 - i}") for i in range(6)]
    placed = place_in_columns([sources, targets], edges)
    by_height = [sorted(column, key=placed.heights.__getitem__) for column in (sources, targets)]
    assert crossings(by_height, edges) == 0


def test_a_path_over_two_columns_gets_a_lane_of_its_own() -> None:
    placed = place_in_columns([["a"], ["b"], ["c"]], [("a", "c"), ("a", "b"), ("c", "a")])
    (lane,), (back,) = placed.lanes["a", "c"], placed.lanes["c", "a"]
    assert len({lane, back, placed.heights["b"]}) == 3
    assert placed.lanes["a", "b"] == ()
    assert min(lane, back) > 0
    assert max(lane, back) < placed.rooms
