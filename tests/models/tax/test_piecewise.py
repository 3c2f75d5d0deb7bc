"""The cells of the bill: the law on each, the reach covered, pieces convex."""

from collections import Counter
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from points import shares, triangles
from tax_reaches import CASES, case, chunks, found, weighed

from lotroute.models import Taxpayer, loss_limit, net, taxes
from lotroute.models.tax.piecewise import Part, law, pieces
from lotroute.models.tax.tax_year import tax_year

CENT = 0.01
CLOSE = 1e-3
"""Dollars that the law on a cell may be off by: corners and slopes are floats."""


# -- random taxpayers and reaches --------------------------------------------------------------------------------------


def worksheet(taxpayer, short, long):
    owed = taxes(taxpayer, Decimal(float(short)), Decimal(float(long)))
    return [float(line) for line in (owed.total, owed.netting.short_carried, owed.netting.long_carried)]


def inside(rng, corners):
    """A random point of a convex part, one time in four on its edge."""
    parts = rng.dirichlet(np.ones(len(corners)))
    if rng.random() < 0.25:
        parts[rng.permutation(len(corners))[2:]] = 0.0
    return tuple((parts / parts.sum()) @ np.array(corners))


def measure(corners):
    """The area of a polygon, the length of a segment, 1 of a point."""
    corners = np.array(corners)
    wide = np.ptp(corners, axis=0) > 0
    if not wide.all():
        return float(np.ptp(corners, axis=0).sum()) if wide.any() else 1.0
    s, ll = corners.T
    return abs(float(s @ np.roll(ll, -1) - ll @ np.roll(s, -1))) / 2


@pytest.mark.parametrize("seeds", chunks(CASES, 100), ids=str)
def test_on_every_cell_the_law_is_the_worksheet_s(seeds):
    """At the corners, which are kinks, on the edges and within."""
    for seed in seeds:
        rng, (taxpayer, _, _) = np.random.default_rng(seed), case(seed)
        for cell in (cell for piece in found(seed) for cell in piece):
            for place in (*cell.corners, *(inside(rng, cell.corners) for _ in range(3))):
                lines = [line.at(place) for line in cell.law]
                assert lines == pytest.approx(worksheet(taxpayer, *place), abs=CLOSE), (seed, place)


def beside(cell, place):
    """How far a place lies outside a cell, as a part of what its triangle's sides are."""
    parts = [shares(corners, place) for corners in triangles(cell.corners)]
    return min((-min(part) for part in parts if part is not None), default=np.inf)


@pytest.mark.parametrize("seeds", chunks(CASES, 100), ids=str)
def test_the_cells_cover_the_reach_and_do_not_overlap(seeds):
    for seed in seeds:
        _, short, long = case(seed)
        box = [(short[0], long[0]), (short[1], long[0]), (short[1], long[1]), (short[0], long[1])]
        parts = [cell for piece in found(seed) for cell in piece]
        together = sum(measure(cell.corners) for cell in parts)
        assert together == pytest.approx(measure(box), rel=1e-6), (seed, len(parts))
        for cell in parts:
            s, ll = np.array(cell.corners).T
            assert short[0] - CLOSE <= s.min() <= s.max() <= short[1] + CLOSE, seed
            assert long[0] - CLOSE <= ll.min() <= ll.max() <= long[1] + CLOSE, seed
        rng = np.random.default_rng(seed)
        for _ in range(5):
            place = rng.uniform(*short), rng.uniform(*long)
            assert min(beside(cell, place) for cell in parts) < 1e-6, (seed, place)
            assert sum(beside(cell, place) < -1e-6 for cell in parts) <= 1, (seed, place)


@pytest.mark.parametrize("seeds", chunks(CASES, 100), ids=str)
def test_on_every_piece_the_cost_is_the_most_of_its_cells(seeds):
    for seed in seeds:
        rng, costs = np.random.default_rng(seed), weighed(case(seed)[0])
        for piece in found(seed):
            functions = [costs(cell.law)[0] for cell in piece]
            for cell, function in zip(piece, functions, strict=True):
                for place in (inside(rng, cell.corners) for _ in range(3)):
                    assert max(f.at(place) for f in functions) <= function.at(place) + CLOSE, (seed, place)


@pytest.mark.parametrize("seeds", chunks(CASES, 100), ids=str)
def test_every_piece_is_convex(seeds):
    """A place between two of its cells lies in one of its cells."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        for piece in (piece for piece in found(seed) if len(piece) > 1):
            for _ in range(5):
                one, other = (inside(rng, piece[i].corners) for i in rng.integers(len(piece), size=2))
                between = tuple(np.array([one, other]).mean(axis=0))
                assert min(beside(cell, between) for cell in piece) < 1e-6, (seed, between)


@pytest.mark.parametrize("seeds", chunks(CASES, 250), ids=str)
def test_along_a_line_there_is_a_piece_more_for_each_kink_downwards(seeds):
    """So one where the law is convex. A kink of less than a dime, over the shorter of its sides, may be either."""
    for seed in seeds:
        taxpayer, short, long = case(seed)
        costs = weighed(taxpayer)
        for reach in ((short, long[:1] * 2), (short[:1] * 2, long)):
            axis = int(reach[0][0] == reach[0][1])
            parts = pieces(law(taxpayer), costs, *reach)
            places = sorted(
                (min(corner[axis] for corner in cell.corners), max(corner[axis] for corner in cell.corners), f)
                for piece in parts
                for cell in piece
                for f in ((costs(cell.law)[0].a, costs(cell.law)[0].b)[axis],)
            )
            falls = [
                (before - after) * min(middle - low, high - middle)
                for (low, middle, before), (_, high, after) in pairwise(places)
            ]
            least, most = (sum(fall > least for fall in falls) for least in (0.1, 1e-9))
            assert least <= len(parts) - 1 <= most, (seed, axis)


# -- by hand -----------------------------------------------------------------------------------------------------------


def payer(status="single", **income):
    return Taxpayer.model_validate({"filing_status": status, "year": 2026} | income)


FLAT = {"rates": {"short": 0.3, "long": 0.1}, "year": None}


@pytest.mark.parametrize(
    ("taxpayer", "short", "long", "slopes", "convex"),
    [
        (payer(**FLAT), (0, 5000), (0, 5000), 1, True),  # affine
        (payer(**FLAT), (0, 0), (-9000, 0), 2, True),  # beyond the limit a loss is worth less
        (payer(**FLAT), (0, 5000), (-9000, 0), 2, True),
        (payer(**FLAT), (-9000, 0), (0, 5000), 3, False),  # what exceeds a short-term loss is taxed at less
        (payer(**FLAT), (0, 0), (-9000, 9000), 3, False),  # the last dollar of loss saves more than one of gain costs
        (payer(**FLAT), (0, 5000), (-1000, 1000), 2, False),
        (payer(), (0, 900_000), (0, 0), 9, True),  # the deduction, seven brackets, and the threshold in one of them
        (payer(ordinary_income=60_000), (0, 0), (0, 0), 1, True),
        (payer(ordinary_income=700_000), (0, 20_000), (0, 20_000), 1, True),
    ],
)
def test_pieces_by_hand(taxpayer, short, long, slopes, convex):
    costs = weighed(taxpayer)
    parts = pieces(law(taxpayer), costs, short, long)
    found = {(round(f.a, 6), round(f.b, 6)) for piece in parts for cell in piece for f in costs(cell.law)}
    assert len(found) == slopes
    assert (len(parts) == 1) == convex


def test_long_term_gain_that_the_brackets_push_up_needs_a_choice():
    """Ordinary income below the top of the 0 % band: a dollar of it costs 12 cents, then 27 where it pushes a gain out
    of the band, then 22 where there is nothing more to push.
    """
    taxpayer = payer(ordinary_income=40_000)
    parts = pieces(law(taxpayer), weighed(taxpayer), (0, 60_000), (20_000, 20_000))
    assert len(parts) > 1
    rates = [round(cell.law[0].a, 4) for piece in parts for cell in piece]
    assert {0.12, 0.27, 0.22} <= set(rates)


def test_two_cells_over_a_kink_downwards_are_not_joined():
    """The lesser of two lines needs a choice, the larger does not."""
    box = (0.0, 10.0), (0.0, 10.0)
    lesser = pieces(lambda S, L: (min(S, L),), lambda lines: lines, *box)
    larger = pieces(lambda S, L: (max(S, L),), lambda lines: lines, *box)
    assert [len(piece) for piece in lesser] == [1, 1]
    assert [len(piece) for piece in larger] == [2]


@pytest.mark.parametrize("width", [0.0, 0.02, 5.0])
def test_cells_that_are_apart_are_not_joined(width):
    """Slopes of 0, -1, 5 and 4: the first and the last are convex together, but not with what lies between."""

    def run(S, _):
        return (0 * S - max(0 * S, S - Decimal(10)) + 6 * max(0 * S, S - Decimal(20)) - max(0 * S, S - Decimal(30)),)

    parts = pieces(run, lambda lines: lines, (0.0, 40.0), (0.0, width))
    ends = [[s for cell in piece for s, _ in cell.corners] for piece in parts]
    assert sorted((round(min(each)), round(max(each))) for each in ends) == [(0, 10), (10, 30), (30, 40)]


def test_a_kink_along_the_edge_of_the_reach_cuts_nothing_off():
    [[cell]] = pieces(lambda S, L: (max(Decimal(0), S),), lambda lines: lines, (0.0, 10.0), (0.0, 10.0))
    assert cell.law[0].at((4.0, 2.0)) == 4.0


def test_equal_laws_on_both_sides_of_a_line_are_one_cell():
    [[cell]] = pieces(lambda S, L: (max(S, L) + min(S, L),), lambda lines: lines, (0.0, 10.0), (0.0, 10.0))
    assert cell.law[0].at((4.0, 2.0)) == pytest.approx(6.0)


def test_affine_functions_count_as_numbers_do():
    corners = ((0.0, 0.0), (10.0, 0.0), (0.0, 10.0))
    S, L = Part(corners).start()
    both = Decimal("0.5") * S + (Decimal(3) - L) * Decimal(2) + Decimal(1) - S
    assert both.at((4.0, 2.0)) == 0.5 * 4 + (3 - 2) * 2 + 1 - 4
    assert Decimal(11) > S
    assert Decimal(-1) < S
    assert not S > S
    assert not S < S
    part = S.part
    assert S < L  # from here on, below the line where the two are equal
    assert part.corners == ((0.0, 0.0), (5.0, 5.0), (0.0, 10.0))
    [(whole, above)] = part.cuts
    assert (whole, above.corners, above.answers) == (corners, ((0.0, 0.0), (10.0, 0.0), (5.0, 5.0)), part.answers[:-1])


@pytest.mark.parametrize("seeds", chunks(CASES, 100), ids=str)
def test_what_a_whole_part_answered_need_not_be_asked_on_its_halves(monkeypatch, seeds):
    """Cells and laws are those of a search that asks every comparison anew on every part."""

    def lines(pieces_):
        return [[(cell.corners, [(f.a, f.b, f.c) for f in cell.law]) for cell in piece] for piece in pieces_]

    quick, made = {seed: lines(found(seed)) for seed in seeds}, Part.__init__
    monkeypatch.setattr(Part, "__init__", lambda part, corners, _=(): made(part, corners))
    for seed in seeds:
        taxpayer, short, long = case(seed)
        assert lines(pieces(law(taxpayer), weighed(taxpayer), short, long)) == quick[seed]


SEVEN = {  # docs: o, i, u, s and l of S and L
    "both gains": (3000, 2000, (3000, 2000, 0, 0, 0)),
    "short gain left": (3000, -2000, (1000, 0, 0, 0, 0)),
    "long gain left": (-2000, 3000, (0, 1000, 0, 0, 0)),
    "loss all used": (-500, -400, (0, 0, 900, 0, 0)),
    "long loss carried": (-1000, -9000, (0, 0, 3000, 0, 7000)),
    "both carried": (-5000, -700, (0, 0, 3000, 2000, 700)),
    "short loss carried": (-9000, 2000, (0, 0, 3000, 4000, 0)),
}


@pytest.mark.parametrize(("short", "long", "lines"), SEVEN.values(), ids=SEVEN)
def test_netting_is_affine_around_a_place_of_each_of_its_regions(short, long, lines):
    [[cell]] = netted(3000, (short - 100, short + 100), (long - 100, long + 100))
    assert [line.at((short, long)) for line in cell.law] == pytest.approx(lines)


def netted(limit, *reach):
    def run(S, L):
        netting = net(S, L, Decimal(limit))
        lines = netting.ordinary, netting.preferential, netting.loss_used, netting.short_carried, netting.long_carried
        return tuple(S * Decimal(0) + line for line in lines)

    return pieces(run, lambda lines: lines, *reach)


@pytest.mark.parametrize("limit", [3000, 1500])
def test_the_cells_of_netting_are_its_seven_regions(limit):
    parts = [cell for piece in netted(limit, (-9000, 9000), (-9000, 9000)) for cell in piece]
    laws = {tuple(round(x, 6) for line in cell.law for x in (line.a, line.b, line.c)) for cell in parts}
    assert len(laws) == 7
    rng = np.random.default_rng(limit)
    for cell in parts:
        for place in (inside(rng, cell.corners) for _ in range(20)):
            netting = net(*map(Decimal, place), Decimal(limit))
            lines = netting.ordinary, netting.preferential, netting.loss_used, netting.short_carried
            assert [line.at(place) for line in cell.law[:4]] == pytest.approx([*map(float, lines)], abs=1e-6)


# -- kinks -------------------------------------------------------------------------------------------------------------


def test_every_kind_of_kink_is_met():
    """Reaches of the seeds above with the law of both sides of a kink in them, by what the forms' lines say where."""
    met = Counter(kink for seed in range(CASES) for kink in kinks(seed))
    wanted = {f"{kind} bracket {k}" for kind in ("rest in", "all in") for k in range(1, 7)}
    wanted |= {"0 % and above", "15 % and above", "line 25", "loss limit", "loss used", "gains netted"}
    wanted |= {"surtax", "surtax by the lesser", "investment income of nothing"}
    wanted |= {"minimum tax", "exemption phased out", "exemption gone", "exemption exceeded"}
    wanted |= {"addition", "full addition", "deduction", "loss partly of use", "state income of nothing"}
    few = {kink: met[kink] for kink in wanted if met[kink] < 5}
    assert not few, few


def kinks(seed):
    """The kinks in a reach: what holds in one of its cells and not in another."""
    taxpayer = case(seed)[0]
    if taxpayer.rates is not None:
        return set()
    middles = [np.mean(cell.corners, axis=0) for piece in found(seed) for cell in piece]
    states = [state(taxpayer, *middle) for middle in middles]
    return {kink for kink in states[0] if len({each[kink] for each in states} - {None}) > 1}


def state(taxpayer, short, long):
    """On which side of every kink a place is; none where there is no such kink."""
    rules, limit = tax_year(taxpayer.year, taxpayer.filing_status), loss_limit(taxpayer.filing_status)
    form, start = taxes(taxpayer, Decimal(short), Decimal(long)).form, rules.phase_out_start
    netting, unfloored = form.netting, form.adjusted_gross_income - form.deduction
    sides = {f"rest in bracket {k}": form.taxed_as_income > top for k, top in enumerate(rules.ordinary_tops, start=1)}
    sides |= {f"all in bracket {k}": form.taxable_income > top for k, top in enumerate(rules.ordinary_tops, start=1)}
    alone = form.minimum_income - start - rules.exemption / rules.phase_out_rate
    return sides | {
        "0 % and above": form.at_15 > 0,
        "15 % and above": form.at_20 > 0,
        "line 25": form.tax_without_gain_rates < form.tax_on_income + form.tax_on_gain,
        "loss limit": netting.loss_used == limit,
        "loss used": netting.loss_used > 0,
        "gains netted": netting.ordinary > 0 and netting.preferential > 0,
        "surtax": form.investment_tax > 0,
        "surtax by the lesser": form.investment_income < form.income_above_threshold,
        "investment income of nothing": form.investment_income > 0,
        "minimum tax": form.minimum_tax > 0,
        "exemption phased out": form.minimum_exemption < rules.exemption,
        "exemption gone": form.minimum_exemption == 0,
        "exemption exceeded": form.minimum_income > form.minimum_exemption,
        "addition": taxpayer.filing_status == "married_separately" and alone > 0,
        "full addition": taxpayer.filing_status == "married_separately"
        and alone > rules.exemption + rules.exemption / rules.phase_out_rate,
        "deduction": unfloored > 0,
        "loss partly of use": unfloored > 0 if netting.loss_used > 0 else None,
        "state income of nothing": form.adjusted_gross_income > netting.preferential,
    }
