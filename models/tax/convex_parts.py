"""Convex parts of the reach of the bill: polygons in (S, L), polyhedra in (S, L, O), in dollars.

A polygon is its corners in order around it; a segment has two corners, a point one. A polyhedron is its corners, each
with the numbers of the planes that it lies on.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, ...]
"""S, L and, in a polyhedron, O, in dollars."""

Planes = tuple[frozenset[int], ...]
"""The numbers of the planes that each corner of a polyhedron lies on."""

SAME_SIZE = 1e-9
"""A hull that is larger than its parts by no more than this fraction of them has nothing else in it."""

TINY = 1e-4
"""Square dollars, or dollars of a segment, by which a hull may be larger because of rounding."""

ON_THE_PLANE = 1e-7
"""Dollars: a corner that is no farther from a cut lies on it."""


def half_of_polygon(corners: Sequence[Point], heights: Sequence[float]) -> tuple[Point, ...]:
    """Return the corners of the half of a polygon on which a function is 0 or more; `heights` has it at the corners."""
    found: list[Point] = []
    for i, (here, height) in enumerate(zip(corners, heights, strict=True)):
        before, at_before = corners[i - 1], heights[i - 1]
        if height * at_before < 0:
            share = height / (height - at_before)
            found.append(tuple(h + share * (b - h) for h, b in zip(here, before, strict=True)))
        if height >= 0:
            found.append(here)
    return tuple(dict.fromkeys(found))


def half_of_polyhedron(
    corners: Sequence[Point], planes: Planes, heights: Sequence[float], cut: int
) -> tuple[tuple[Point, ...], Planes]:
    """Return the half of a polyhedron on which a function is 0 or more: its corners and their planes.

    `heights` has the function at the corners; where it is 0 lies the plane of number `cut`. Two corners are the ends of
    an edge if no other corner lies on all planes that they share (Motzkin et al. 1953, the double description).
    """
    found: list[Point] = []
    on: list[frozenset[int]] = []
    above = [i for i, height in enumerate(heights) if height > ON_THE_PLANE]
    below = [i for i, height in enumerate(heights) if height < -ON_THE_PLANE]
    for i, height in enumerate(heights):
        if height >= -ON_THE_PLANE:
            found.append(corners[i])
            on.append(planes[i] if height > ON_THE_PLANE else planes[i] | {cut})
    for i in above:
        for j in below:
            shared = planes[i] & planes[j]
            if any(shared <= other for k, other in enumerate(planes) if k not in (i, j)):
                continue
            share = heights[i] / (heights[i] - heights[j])
            found.append(tuple(p + share * (q - p) for p, q in zip(corners[i], corners[j], strict=True)))
            on.append(shared | {cut})
    return tuple(found), tuple(on)


def fill_their_hull(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether two convex parts that do not overlap fill their convex hull. Each is its corners, in any order."""
    axes = _axes([*one, *other])
    parts = [[tuple(point[axis] for axis in axes) for point in part] for part in (one, other)]
    if len(axes) == 3:
        return _fill_a_solid(*parts)
    first, second, whole = (_area(_hull(part)) for part in (*parts, parts[0] + parts[1]))
    return whole <= (first + second) * (1 + SAME_SIZE) + TINY


def _axes(points: Sequence[Point]) -> list[int]:
    """The axes along which the points differ, and others if these are fewer than two."""
    moving = [axis for axis in range(len(points[0])) if len({point[axis] for point in points}) > 1]
    return (moving + [axis for axis in range(2) if axis not in moving])[: max(2, len(moving))]


def _fill_a_solid(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether two polyhedra fill their hull. False if rounding leaves no volume to tell by."""
    import numpy as np
    from scipy.spatial import ConvexHull, QhullError

    points = np.array([*one, *other])
    points = (points - points.min(axis=0)) / np.ptp(points, axis=0)  # Qhull's tolerances are of the widest axis
    try:
        first, second, whole = (ConvexHull(part).volume for part in (points[: len(one)], points[len(one) :], points))
    except QhullError:
        return False
    return bool(whole <= (first + second) * (1 + SAME_SIZE))


def _hull(points: Sequence[Point]) -> list[Point]:
    """The corners of the convex hull, counterclockwise (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) <= 2:
        return ordered
    chains = []
    for way in (ordered, ordered[::-1]):
        chain: list[Point] = []
        for point in way:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        chains.append(chain[:-1])
    return chains[0] + chains[1]


def _turn(one: Point, two: Point, three: Point) -> float:
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


def _area(corners: Sequence[Point]) -> float:
    """The area of a polygon; for a segment, the sum of its sides along the axes."""
    if len(corners) == 2:
        (s0, l0), (s1, l1) = corners
        return abs(s1 - s0) + abs(l1 - l0)
    return abs(sum(_turn(corners[0], *pair) for pair in pairwise(corners))) / 2
