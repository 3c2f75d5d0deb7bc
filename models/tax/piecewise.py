"""The tax bill as the program sees it: the reach of (S, L), or of (S, L, O), cut into cells on which the law is affine.

S and L are net short-term and long-term gain, O is the ordinary income that the plan adds. The law of models/ runs on
affine functions of them over a convex part of the reach. If it compares two of them and the answer changes within the
part, the part is cut along the line (the plane) where they are equal: the law goes on below it, and runs above it
another time. This finds every kink of the law within reach without a second copy of the law.

Neighboring cells over which their cost is convex are joined into one *piece*. A linear program finds its way among the
cells of a piece by itself; only the choice between pieces needs binaries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Self, cast

from ..schema.money import ZERO
from .convex_parts import Planes, Point, fill_their_hull, half_of_polygon, half_of_polyhedron
from .tax_bill import taxes
from .taxpayer import Taxpayer

NOISE = 1e-12
"""Rounding error of floats, as a fraction of the dollars that are compared."""

ROUNDING = 1e-4
"""Dollars: numbers that differ by less count as equal, so that a kink at the edge of the
reach does not cut off a sliver."""


class Part:
    """A convex part of the reach with the given corners, on which the law runs: a polygon.

    `answers` are those of the comparisons that the law makes, in its order. If one changes within the part, the part
    becomes its half below the line, on which the law goes on. What was answered holds on both halves, and the law takes
    the same way there, so the half above is asked only what the whole could not answer. `cuts` has the corners of each
    whole with its half above.
    """

    __slots__ = ("answers", "asked", "corners", "cuts")

    def __init__(self, corners: tuple[Point, ...], answers: Sequence[int] = ()) -> None:
        self.corners = corners
        self.answers = [*answers]
        self.asked = 0
        self.cuts: list[tuple[tuple[Point, ...], Part]] = []

    def start(self) -> tuple[Affine, ...]:
        """Return S and L on this part, for one run of the law."""
        self.asked = 0
        return Affine(1.0, 0.0, 0.0, self), Affine(0.0, 1.0, 0.0, self)

    def sign(self, a: float, b: float, c: float, _: float) -> int:
        """Return 1, 0 or -1: a S + b L + c is above, equal to or below 0 on the part, cut along 0 if that changes."""
        low = high = a * self.corners[0][0] + b * self.corners[0][1]
        for s, ll in self.corners:
            height = a * s + b * ll
            if height < low:
                low = height
            elif height > high:
                high = height
        low, high, equal = low + c, high + c, ROUNDING + NOISE * abs(c)
        if low < -equal and high > equal:
            heights = [a * s + b * ll + c for s, ll in self.corners]
            self.cuts.append((self.corners, Part(half_of_polygon(self.corners, heights), self.answers)))
            self.corners = half_of_polygon(self.corners, [-height for height in heights])
            return -1
        return 1 if high > equal else -1 if low < -equal else 0


class Solid(Part):
    """A part of the reach of (S, L, O): a polyhedron. `planes` has the numbers of those that each corner lies on."""

    __slots__ = ("planes",)

    def __init__(self, corners: tuple[Point, ...], planes: Planes, answers: Sequence[int] = ()) -> None:
        super().__init__(corners, answers)
        self.planes = planes

    @classmethod
    def box(cls, *reach: tuple[float, float]) -> Self:
        """Return the box with these ends along S, L and O. Its planes are 0 to 5."""
        corners: dict[Point, set[int]] = {}
        for ends in product((0, 1), repeat=3):
            corner = tuple(side[end] for side, end in zip(reach, ends, strict=True))
            corners.setdefault(corner, set()).update(2 * axis + end for axis, end in enumerate(ends))
        return cls(tuple(corners), tuple(map(frozenset, corners.values())))

    def start(self) -> tuple[Affine, ...]:
        """Return S, L and O on this part, for one run of the law."""
        return *super().start(), Affine(0.0, 0.0, 0.0, self, 1.0)

    def sign(self, a: float, b: float, c: float, o: float) -> int:
        """Return 1, 0 or -1: a S + b L + o O + c is above, equal to or below 0 on the part, cut along 0 if that
        changes.
        """
        heights = [a * at_s + b * at_l + o * at_o + c for at_s, at_l, at_o in self.corners]
        low, high, equal = min(heights), max(heights), ROUNDING + NOISE * abs(c)
        if low < -equal and high > equal:
            cut = 1 + max(max(on) for on in self.planes)
            above = half_of_polyhedron(self.corners, self.planes, heights, cut)
            self.cuts.append((self.corners, Solid(*above, self.answers)))
            heights = [-height for height in heights]
            self.corners, self.planes = half_of_polyhedron(self.corners, self.planes, heights, cut)
            return -1
        return 1 if high > equal else -1 if low < -equal else 0


class Affine:
    """The function a S + b L + o O + c on a part, as a number that the law can run on.

    A comparison cuts the part if its answer changes within it.
    """

    __slots__ = ("a", "b", "c", "o", "part")

    def __init__(self, a: float, b: float, c: float, part: Part, o: float = 0.0) -> None:
        self.a = a
        self.b = b
        self.c = c
        self.o = o
        self.part = part

    def at(self, point: Point) -> float:
        """Return the value at a point, of two or three coordinates."""
        beyond = self.o * point[2] if len(point) == 3 else 0.0
        return self.a * point[0] + self.b * point[1] + beyond + self.c

    def __add__(self, other: Affine | Decimal) -> Affine:
        if isinstance(other, Affine):
            return Affine(self.a + other.a, self.b + other.b, self.c + other.c, self.part, self.o + other.o)
        return Affine(self.a, self.b, self.c + float(other), self.part, self.o)

    __radd__ = __add__

    def __neg__(self) -> Affine:
        return Affine(-self.a, -self.b, -self.c, self.part, -self.o)

    def __sub__(self, other: Affine | Decimal) -> Affine:
        if isinstance(other, Affine):
            return Affine(self.a - other.a, self.b - other.b, self.c - other.c, self.part, self.o - other.o)
        return Affine(self.a, self.b, self.c - float(other), self.part, self.o)

    def __rsub__(self, other: Decimal) -> Affine:
        return Affine(-self.a, -self.b, float(other) - self.c, self.part, -self.o)

    def __mul__(self, rate: Decimal) -> Affine:
        factor = float(rate)
        return Affine(self.a * factor, self.b * factor, self.c * factor, self.part, self.o * factor)

    __rmul__ = __mul__

    def _compared(self, other: Affine | Decimal) -> int:
        """-1, 0 or 1: below, equal to or above the other on the part, cut if that changes."""
        part = self.part
        number = part.asked
        part.asked = number + 1
        if number < len(part.answers):
            return part.answers[number]
        if isinstance(other, Affine):
            answer = part.sign(self.a - other.a, self.b - other.b, self.c - other.c, self.o - other.o)
        else:
            answer = part.sign(self.a, self.b, self.c - float(other), self.o)
        part.answers.append(answer)
        return answer

    def __lt__(self, other: Affine | Decimal) -> bool:
        return self._compared(other) < 0

    def __gt__(self, other: Affine | Decimal) -> bool:
        return self._compared(other) > 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A convex part of the reach with the given corners, and what the law gives on it."""

    corners: tuple[Point, ...]
    law: tuple[Affine, ...]
    costs: Sequence[Affine]
    """The functions that must be convex on a piece."""

    def same_law(self, other: Cell) -> bool:
        """Whether two cells have the same law: equal results at the corners of both."""
        return all(
            abs(mine.at(corner) - yours.at(corner)) <= ROUNDING
            for mine, yours in zip(self.law, other.law, strict=True)
            for corner in self.corners + other.corners
        )


Piece = tuple[Cell, ...]
"""Cells that together are convex, and over which their cost is convex."""

Run = Callable[..., tuple[Affine, ...]]
"""The law: a function from S and L, or S, L and O, to its results."""

Costs = Callable[[tuple[Affine, ...]], Sequence[Affine]]
"""A function from the law's results to the functions that must be convex on a piece."""


def pieces(run: Run, costs: Costs, *reach: tuple[float, float]) -> list[Piece]:
    """Return the pieces of a reach, as few as joining neighbors gives.

    `reach` has the least and the most that S, L and, if it varies, O can be, in dollars.
    """
    if len(reach) == 3:
        return _joined(run, costs, Solid.box(*reach))
    (s0, s1), (l0, l1) = reach
    corners = dict.fromkeys([(s0, l0), (s1, l0), (s1, l1), (s0, l1)])
    return _joined(run, costs, Part(tuple(corners)))


def _joined(run: Run, costs: Costs, part: Part) -> list[Piece]:
    """The pieces of a convex part: for each cut, the last first, the pieces of the two halves, joined if possible."""
    results = run(*part.start())
    found: list[Piece] = [(Cell(part.corners, results, costs(results)),)]
    for corners, above in reversed(part.cuts):
        found = _with(found, _joined(run, costs, above), corners)
    return found


def _with(found: list[Piece], others: list[Piece], corners: tuple[Point, ...]) -> list[Piece]:
    """The pieces of the two halves of a convex part with the given corners, joined if possible."""
    cells = [cell for piece in found + others for cell in piece]
    if len(cells) == 2 and cells[0].same_law(cells[1]):
        return [(replace(cells[0], corners=corners),)]
    for piece in others:
        for position, other in enumerate(found):
            if _convex(other + piece) and _one_part(other, piece):
                found[position] = other + piece
                break
        else:
            found.append(piece)
    return found


def _convex(piece: Piece) -> bool:
    """Whether each cost is convex over the cells: on every cell, its own function is the maximum of all of them."""
    for functions in zip(*(cell.costs for cell in piece), strict=True):
        for cell, function in zip(piece, functions, strict=True):
            for corner in cell.corners:
                height = function.at(corner) + ROUNDING
                if any(other.at(corner) > height for other in functions):
                    return False
    return True


def _one_part(one: Piece, other: Piece) -> bool:
    """Whether two pieces together fill their convex hull."""
    return fill_their_hull(*([corner for cell in piece for corner in cell.corners] for piece in (one, other)))


def law(taxpayer: Taxpayer) -> Run:
    """Return the law of a taxpayer: T, s and ℓ as functions of S, L and O, in dollars (docs/formulation.md)."""

    def run(S: Affine, L: Affine, *more: Affine) -> tuple[Affine, ...]:
        owed = taxes(taxpayer, *map(_as_decimal, (S, L, *more)))
        lines = owed.total, owed.netting.short_carried, owed.netting.long_carried
        return tuple(line if isinstance(line, Affine) else ZERO * S + line for line in lines)

    return run


def _as_decimal(number: Affine) -> Decimal:
    """The same number: affine functions compute like decimals."""
    return cast("Decimal", number)
