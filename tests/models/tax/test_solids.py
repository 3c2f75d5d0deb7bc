"""The bill as ordinary income varies too: cells and pieces of (S, L, O), judged by the worksheet and by volumes."""

from decimal import Decimal
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.spatial import ConvexHull
from tax_reaches import case, chunks, weighed

from lotroute.models import taxes
from lotroute.models.tax.convex_parts import fill_their_hull, half_of_polyhedron
from lotroute.models.tax.piecewise import Solid, law, pieces

CASES = 200
CLOSE = 1e-3


@cache
def reach_of(seed):
    """A taxpayer and the reach of S, L and O; a side of the box may have no length."""
    taxpayer, short, long = case(seed)
    rng = np.random.default_rng((seed, 3))
    low = float(rng.choice([0.0, 0.0, -6500.0, 15_000.0]))
    return taxpayer, short, long, (low, low + 10 ** rng.uniform(3, 5))


@cache
def found(seed):
    taxpayer, *reach = reach_of(seed)
    return pieces(law(taxpayer), weighed(taxpayer), *reach)


def worksheet(taxpayer, place):
    owed = taxes(taxpayer, *(Decimal(float(at)) for at in place))
    return [float(line) for line in (owed.total, owed.netting.short_carried, owed.netting.long_carried)]


def inside(rng, corners):
    return tuple(rng.dirichlet(np.ones(len(corners))) @ np.array(corners))


def moving(reach):
    return [axis for axis, (low, high) in enumerate(reach) if low < high]


def volume(points, reach):
    """Volume, area or length along the axes that move, each in parts of the reach."""
    axes = moving(reach)
    wide = np.array([reach[axis][1] - reach[axis][0] for axis in axes])
    points = np.array(points)[:, axes] / wide
    if len(axes) == 1:
        return float(np.ptp(points))
    return ConvexHull(points, qhull_options="QJ").volume


@pytest.mark.parametrize("seeds", chunks(CASES, 50), ids=str)
def test_on_every_cell_the_law_is_the_worksheet_s(seeds):
    for seed in seeds:
        rng, taxpayer = np.random.default_rng(seed), reach_of(seed)[0]
        for cell in (cell for piece in found(seed) for cell in piece):
            for place in (*cell.corners, inside(rng, cell.corners)):
                lines = [line.at(place) for line in cell.law]
                assert lines == pytest.approx(worksheet(taxpayer, place), abs=CLOSE), (seed, place)


@pytest.mark.parametrize("seeds", chunks(CASES, 50), ids=str)
def test_the_cells_fill_the_box(seeds):
    for seed in seeds:
        _, *reach = reach_of(seed)
        cells = [cell for piece in found(seed) for cell in piece]
        assert sum(volume(cell.corners, reach) for cell in cells) == pytest.approx(1, rel=1e-5), seed
        for cell in cells:
            points = np.array(cell.corners)
            for axis, (low, high) in enumerate(reach):
                assert low - CLOSE <= points[:, axis].min() <= points[:, axis].max() <= high + CLOSE, seed


@pytest.mark.parametrize("seeds", chunks(CASES, 50), ids=str)
def test_on_every_piece_the_cost_is_the_most_of_its_cells_and_the_piece_is_convex(seeds):
    """Between two places of a piece the worksheet costs no more than the line between them."""
    for seed in seeds:
        rng, taxpayer = np.random.default_rng(seed), reach_of(seed)[0]
        costs = weighed(taxpayer)
        for piece in found(seed):
            functions = [costs(cell.law)[0] for cell in piece]
            for cell, function in zip(piece, functions, strict=True):
                place = inside(rng, cell.corners)
                assert max(f.at(place) for f in functions) <= function.at(place) + CLOSE, (seed, place)
            for _ in range(5 if len(piece) > 1 else 0):
                ends = [inside(rng, piece[i].corners) for i in rng.integers(len(piece), size=2)]
                middle = tuple(np.mean(ends, axis=0))
                at = [float(costs(tuple(map(Decimal, worksheet(taxpayer, place))))[0]) for place in (*ends, middle)]
                assert at[2] <= (at[0] + at[1]) / 2 + CLOSE, (seed, ends)


@pytest.mark.parametrize("seed", range(0, CASES, 10))
def test_without_room_for_income_the_cells_are_those_of_gains_alone(seed):
    taxpayer, short, long, _ = reach_of(seed)
    flat = pieces(law(taxpayer), weighed(taxpayer), short, long)
    solid = pieces(law(taxpayer), weighed(taxpayer), short, long, (0.0, 0.0))
    assert [len(piece) for piece in solid] == [len(piece) for piece in flat]
    for ours, theirs in zip(solid, flat, strict=True):
        for cell, other in zip(ours, theirs, strict=True):
            corners = {tuple(round(at, 3) for at in corner[:2]) for corner in cell.corners}
            assert corners == {tuple(round(at, 3) for at in corner) for corner in other.corners}


def test_a_cube_cut_across_a_corner():
    """x + y + z ≤ 1 leaves a tetrahedron of 1/6; the rest has the other seven corners and the three on the edges."""
    cube = Solid.box((0.0, 1.0), (0.0, 1.0), (0.0, 1.0))
    heights = [1.5 - sum(corner) for corner in cube.corners]
    corners, planes = half_of_polyhedron(cube.corners, cube.planes, [-height for height in heights], 6)
    assert ConvexHull(np.array(corners)).volume == pytest.approx(0.5)
    assert len(corners) == 4 + 6
    assert sum(6 in on for on in planes) == 6  # the cut is a hexagon
    heights = [1 - sum(corner) for corner in cube.corners]
    corners, planes = half_of_polyhedron(cube.corners, cube.planes, heights, 6)
    assert sorted(corners) == [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)]
    assert sum(6 in on for on in planes) == 3


def test_random_cuts_keep_the_volume_and_only_corners():
    """Both halves together, and no point that Qhull does not call a corner."""
    rng = np.random.default_rng(1)
    for _ in range(50):
        solid = Solid.box((0.0, 10.0), (0.0, 20.0), (0.0, 5.0))
        corners, planes = solid.corners, solid.planes
        for cut in range(6, 12):
            plane, through = rng.normal(size=3), np.mean(rng.permutation(np.array(corners))[:3], axis=0)
            heights = [float(plane @ (np.array(corner) - through)) for corner in corners]
            whole = ConvexHull(np.array(corners)).volume
            halves = [half_of_polyhedron(corners, planes, [sign * h for h in heights], cut) for sign in (1, -1)]
            sizes = [ConvexHull(np.array(half[0])).volume for half in halves]
            assert sum(sizes) == pytest.approx(whole)
            corners, planes = halves[int(sizes[1] > sizes[0])]
            assert len(ConvexHull(np.array(corners)).vertices) == len(set(corners))


@pytest.mark.parametrize(
    ("shift", "fills"), [((1, 0, 0), True), ((1, 0.5, 0), False), ((0, 0, 1), True), ((1, 1, 0), False)]
)
def test_two_cubes_fill_their_hull_only_side_by_side(shift, fills):
    one = list(product((0.0, 1.0), repeat=3))
    other = [tuple(a + b for a, b in zip(corner, shift, strict=True)) for corner in one]
    assert fill_their_hull(one, other) == fills


def test_income_at_flat_rates_costs_the_short_rate_without_surtax():
    taxpayer, *_ = next(reach_of(seed) for seed in range(CASES) if reach_of(seed)[0].rates is not None)
    rates = taxpayer.rates
    added = (
        taxes(taxpayer, Decimal(500), Decimal(-200), Decimal(1000)).total
        - taxes(taxpayer, Decimal(500), Decimal(-200)).total
    )
    assert float(added) == pytest.approx(1000 * (rates.short + rates.state))
