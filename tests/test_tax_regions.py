"""The seven regions of the tax bill hold the law, cut to a reach as well, and the block's bill is the worksheet's."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from lotroute.models import Household, Policy, net, tax_bill
from lotroute.solver.highs import solve_program
from lotroute.solver.problem import build_problem
from lotroute.solver.program import Program
from lotroute.solver.sides import add_sides
from lotroute.solver.tax import QUANTITIES, add_tax, reachable_regions, regions
from lotroute.solver.trades import add_trades

LIMITS = (3000.0, 1500.0)
SEVEN = ["both gains", "short gain left", "long gain left", "loss all used"]
SEVEN += ["long loss carried", "both carried", "short loss carried"]
CORNERS = (0.0, 1.0, 1499.0, 1500.0, 1501.0, 2999.0, 3000.0, 3001.0, 6000.0, 50_000.0)
TODAY = date(2026, 6, 15)


def names(*args):
    return [region.name for region in reachable_regions(*args)]


def random_reach(rng):
    """Whole dollars, so that sums are exact, often on the lines that bound the regions; one side in four is a point."""

    def amount():
        return float(rng.choice(CORNERS) * rng.choice((-1, 1)) if rng.random() < 0.5 else rng.integers(-9000, 9000))

    sides = []
    for _ in range(2):
        low, high = sorted((amount(), amount()))
        sides.append((low, low if rng.random() < 0.25 else high))
    return sides


def random_point(rng, reach):
    """A point of the reach, often on its edges or on the lines that bound the regions."""
    low, high = reach
    corners = [corner for size in CORNERS for corner in (size, -size) if low <= corner <= high]
    return float(rng.choice([low, high, rng.integers(low, high + 1), *corners]))


def contains(region, short, long):
    bounded = ((short, region.short), (long, region.long), (short + long, region.net))
    return all(low <= value <= high for value, (low, high) in bounded)


def law(region, short, long):
    return [a * short + b * long + c for a, b, c in region.law]


def worksheet(short, long, limit):
    netting = net(Decimal(short), Decimal(long), Decimal(limit))
    lines = netting.ordinary, netting.preferential, netting.loss_used, netting.short_carried, netting.long_carried
    return [float(line) for line in lines]


# -- the regions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", LIMITS)
def test_a_point_in_a_region_is_taxed_by_its_law(limit):
    rng = np.random.default_rng(int(limit))
    seen = set()
    for _ in range(2000):
        short, long = (random_point(rng, (-50_000.0, 50_000.0)) for _ in range(2))
        inside = [region for region in regions(limit) if contains(region, short, long)]
        assert inside, (short, long)
        for region in inside:
            assert law(region, short, long) == worksheet(short, long, limit), (region.name, short, long)
        seen |= {region.name for region in inside}
    assert seen == set(SEVEN)


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("seed", range(10))
def test_the_regions_of_a_reach_hold_every_point_of_it_and_the_law(limit, seed):
    rng = np.random.default_rng(seed)
    for _ in range(100):
        short_reach, long_reach = random_reach(rng)
        reachable = reachable_regions(limit, short_reach, long_reach)
        assert reachable
        for _ in range(10):
            short, long = random_point(rng, short_reach), random_point(rng, long_reach)
            inside = [region for region in reachable if contains(region, short, long)]
            assert inside, (short_reach, long_reach, short, long)
            for region in inside:
                assert law(region, short, long) == worksheet(short, long, limit), (region.name, short, long)


def test_regions_are_cut_to_the_reach():
    [gains, short_left, long_left, used, *_] = reachable_regions(3000.0, (-500.0, 4000.0), (-5000.0, 700.0))
    assert (gains.short, gains.long) == ((0, 4000), (0, 700))
    assert (short_left.short, short_left.long, short_left.net[0]) == ((0, 4000), (-5000, 0), 0)
    assert (long_left.short, long_left.long, long_left.net[0]) == ((-500, 0), (0, 700), 0)
    assert (used.short, used.net) == ((-500, 4000), (-3000, 0))


@pytest.mark.parametrize(
    ("short", "long", "entered"),
    [
        ((0, 10), (0, 10), ["both gains"]),
        ((0, 10), (-10, 0), ["short gain left", "loss all used"]),
        ((20, 30), (-10, 0), ["short gain left"]),
        ((-10, 0), (20, 30), ["long gain left"]),
        ((-1500, 0), (-1500, 0), ["loss all used"]),
        ((-3000, 0), (-9000, -3000), ["long loss carried"]),
        ((-9000, -3000), (-9000, 0), ["both carried"]),
        ((-9000, -5000), (0, 2000), ["short loss carried"]),
        ((-9000, 9000), (-9000, 9000), SEVEN),
    ],
)
def test_regions_met_along_an_edge_only_are_left_out(short, long, entered):
    assert names(3000.0, short, long) == entered


@pytest.mark.parametrize("limit", LIMITS)
def test_a_reach_of_one_point_is_one_region(limit):
    rng = np.random.default_rng(int(limit))
    for _ in range(500):
        short, long = (random_point(rng, (-20_000.0, 20_000.0)) for _ in range(2))
        [region] = reachable_regions(limit, (short, short), (long, long))
        assert law(region, short, long) == worksheet(short, long, limit), (short, long)


@pytest.mark.parametrize("limit", LIMITS)
def test_every_region_of_a_reach_has_a_point_of_it(limit):
    rng = np.random.default_rng(int(limit))
    for _ in range(500):
        reach = random_reach(rng)
        for region in reachable_regions(limit, *reach):
            (s_low, s_high), (l_low, l_high), (low, high) = region.short, region.long, region.net
            assert s_low + l_low <= high, (reach, region.name)
            assert s_high + l_high >= low, (reach, region.name)


@pytest.mark.parametrize(("short", "long"), [((0, 0), (0, 5000)), ((0, 5000), (0, 0)), ((-9000, -3000), (0, 0))])
def test_a_reach_along_the_line_between_two_regions_is_one_region(short, long):
    """No long-term gain or loss at all, say."""
    assert len(names(3000.0, short, long)) == 1


# -- the block, solved alone -------------------------------------------------------------------------------------------


def household(**taxpayer):
    """Four lots of $100,000 in cents a share, with gains and losses of 50 cents a dollar, short-term and long-term."""
    lots = [
        {"id": f"{term}-{basis}", "symbol": "A", "quantity": 100_000, "basis_per_share": basis}
        | {"acquired": TODAY - timedelta(days)}
        for term, days in (("short", 100), ("long", 1000))
        for basis in (0.5, 1.5)
    ]
    rates = {"short": 0.31, "long": 0.17, "state": 0.05, "surtax": 0.038}
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": rates} | taxpayer,
            "accounts": [{"id": "joint", "kind": "taxable", "lots": lots}],
            "securities": [{"symbol": "A", "price": 1, "exposures": "stock", "half_spread": 0}],
            "targets": [{"asset_class": "stock", "weight": 1}],
        }
    )


def bill_at(home, short, long):
    """The tax part, and what is netted, of the block solved alone with sales pinned that realize these gains."""
    problem, program = build_problem(home, Policy()), Program()
    trades = add_trades(program, problem, add_sides(program, problem))
    netted = add_tax(program, problem, trades)
    program.costs.pop("trading")
    label = problem.lots.label.tolist()
    for term, gain in (("short", short), ("long", long)):
        for basis, amount in ((0.5, max(gain, 0)), (1.5, max(-gain, 0))):
            column = trades.sell[label.index(f"joint/{term}-{basis}")]
            program.add_rows([f"{term}-{basis}"], [(0, column, 1.0)], 2 * amount, 2 * amount)
    outcome = solve_program(program, unit=1.0, gap=0.0, time_limit=60.0)
    assert program.violations(outcome.point, 1e-4) == []
    lines = {name: sum(outcome.point[c] * factor for c, factor in netted.expressions[name]) for name in QUANTITIES}
    return outcome.bound, program.part("tax", outcome.point), lines


@pytest.mark.parametrize("seed", range(30))
def test_the_block_s_bill_is_the_worksheet_s(seed):
    rng = np.random.default_rng(seed)
    amounts = (0.0, 700.0, 3000.0, 8000.0, 40_000.0)
    home = household(
        filing_status=("single", "married_separately")[seed % 2],
        short_carryforward=rng.choice(amounts),
        long_carryforward=rng.choice(amounts),
        realized_short=rng.choice(amounts) * rng.choice((-1, 1)),
        realized_long=rng.choice(amounts) * rng.choice((-1, 1)),
    )
    short, long = (random_point(rng, (-50_000.0, 50_000.0)) for _ in range(2))
    bound, tax, lines = bill_at(home, short, long)
    bill = tax_bill(home.taxpayer, Decimal(short), Decimal(long))
    before = tax_bill(home.taxpayer, Decimal(0), Decimal(0))
    assert tax == pytest.approx(bill.total - before.total, abs=0.02)
    assert bound == pytest.approx(tax, abs=0.001)
    assert lines == pytest.approx(
        {
            "ordinary": bill.ordinary,
            "preferential": bill.preferential,
            "loss_used": bill.loss_used,
            "short_carried": bill.short_carryforward,
            "long_carried": bill.long_carryforward,
        },
        abs=0.01,
    )
