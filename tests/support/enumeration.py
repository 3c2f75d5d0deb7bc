"""The least objective of tiny households at flat rates, by enumeration: a linear program for every side and region."""

from decimal import Decimal
from itertools import product

import numpy as np
from scipy.optimize import linprog

from lotroute.models import loss_limit, tax_bill

UP, DOWN, FREE = (0, np.inf), (-np.inf, 0), (-np.inf, np.inf)
ZERO, S, L, BOTH = (0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)
"""Coefficients of S, L and 1."""


def seven_regions(limit):
    """The regions of a bill at flat rates: bounds on S, L and S + L, and o, i, u, s, l as sums of S, L and 1.

    o and i are ordinary and preferential gain, u the loss used, s and l the losses carried on.
    """
    used, beyond = (0, 0, limit), (-np.inf, -limit)
    return [
        (UP, UP, FREE, (S, L, ZERO, ZERO, ZERO)),
        (UP, DOWN, UP, (BOTH, ZERO, ZERO, ZERO, ZERO)),
        (DOWN, UP, UP, (ZERO, BOTH, ZERO, ZERO, ZERO)),
        (FREE, FREE, (-limit, 0), (ZERO, ZERO, (-1, -1, 0), ZERO, ZERO)),
        ((-limit, np.inf), FREE, beyond, (ZERO, ZERO, used, ZERO, (-1, -1, -limit))),
        (beyond, DOWN, FREE, (ZERO, ZERO, used, (-1, 0, -limit), (0, -1, 0))),
        (FREE, UP, beyond, (ZERO, ZERO, used, (-1, -1, -limit), ZERO)),
    ]


def enumerated_optimum(problem):
    """The least objective over every region of the bill and everything that each group may do.

    A group is bought, harvested, or cleaned out: its recent lots are sold in full and the rest is harvested with them.
    """
    lots, buys = problem.lots, problem.buys
    group, bought = problem.group[lots.security], problem.group[buys.security]
    recent = np.array([
        (problem.accounts[a], lot.id) in problem.wash.recent.get(problem.groups[g], ())
        for a, lot, g in zip(lots.account, problem.held, group, strict=True)
    ])  # fmt: skip
    groups = sorted({*group[lots.is_loss & lots.open]})
    best = np.inf
    for chosen in product(("buy", "harvest", "clean out"), repeat=len(groups)):
        sides = dict(zip(groups, chosen, strict=True))
        side = np.array([sides.get(g, "buy") for g in group])
        sell = np.where(side == "clean out", lots.open, lots.free & ~(lots.is_loss & (side == "buy")))
        buy = buys.free & np.array([sides.get(g, "buy") == "buy" for g in bought])
        must = recent & (side == "clean out")
        best = min(best, *(least(problem, sell, buy, region, must) for region in regions_of(problem)))
    return best


def regions_of(problem):
    return seven_regions(float(loss_limit(problem.household.taxpayer.filing_status)))


def least(problem, sell, buy, region, must):
    """The optimum in one region of the bill with the lots in `sell` and the purchases in `buy` open; infinity if none.

    Lots in `must` are sold in full. Columns: sold, bought, and by class over near, over far, under near, under far,
    over and under the target, in hundred-thousandths of what the household holds.
    """
    lots, buys, h, policy = problem.lots, problem.buys, problem.half_spread, problem.policy
    payer, rates, unit = problem.household.taxpayer, problem.household.taxpayer.rates, problem.size * 1e-5
    sold, bought, classes = len(sell), len(buy), len(problem.classes)
    drift, width = sold + bought + 4 * classes, sold + bought + 6 * classes

    # cash of every account, as a row of the trades, and exposure of every class
    m = np.zeros((len(problem.accounts), width))
    m[lots.account, np.arange(sold)] = 1 - h[lots.security]
    m[buys.account, sold + np.arange(bought)] = -1 - h[buys.security]
    X = np.zeros((classes, width))
    X[:, :sold] = -problem.exposure[lots.security].T
    X[:, sold : sold + bought] = problem.exposure[buys.security].T
    X[problem.classes.index("cash")] += m.sum(axis=0)
    over, under = X.copy(), -X
    for c in range(classes):
        over[c, sold + bought + c : sold + bought + 2 * classes : classes] = -1
        under[c, sold + bought + 2 * classes + c : drift : classes] = -1
    start = problem.class_before
    beyond, short = X.copy(), -X
    beyond[:, drift : drift + classes] = short[:, drift + classes :] = -np.eye(classes)
    least_class, most_class = stays_between(problem)
    net_gain = np.zeros((3, width))
    net_gain[0, :sold], net_gain[1, :sold] = lots.gain * lots.short, lots.gain * lots.long
    net_gain[2] = net_gain[0] + net_gain[1]
    so_far = np.array([payer.realized_short - payer.short_carryforward, payer.realized_long - payer.long_carryforward])
    so_far = np.array([*so_far, so_far.sum()])
    low, high = np.array(region[:3]).T
    rows = np.vstack([-m, over, under, beyond, short, net_gain, -net_gain])
    right = np.concatenate(
        [
            problem.cash - problem.floor,
            problem.upper * problem.target_value - start,
            start - problem.lower * problem.target_value,
            most_class - start,
            start - least_class,
            high - so_far,
            so_far - low,
        ]
    )
    kept = np.isfinite(right)

    law = np.array(region[3], dtype=float)
    later = problem.later_years
    v_short, v_long = later.carried_short, later.carried_long
    price = np.array([rates.all_in_short, rates.all_in_long, -rates.all_in_short, -v_short, -v_long]) @ law
    cost = net_gain[0] * price[0] + net_gain[1] * price[1] - later.deferral * net_gain[2]
    cost[: sold + bought] += np.concatenate([h[lots.security] + lots.waiting, h[buys.security]])
    cost[:sold] -= problem.forgone[lots.account, lots.security]
    cost[sold : sold + bought] += problem.forgone[buys.account, buys.security]
    near, far = [np.full(classes, dollars) for dollars in (policy.drift.near_cost, policy.drift.far_cost)]
    pull = np.full(2 * classes, policy.drift.near_cost * {"off": 0, "small": 0.5, "exact": 1}[policy.to_target])
    cost[sold + bought :] = np.concatenate([near, far, near, far, pull])
    before = tax_bill(payer, Decimal(0), Decimal(0))
    constant = price @ [*so_far[:2], 1] - before.total
    constant += v_short * before.short_carryforward + v_long * before.long_carryforward

    is_near, limit = np.full(classes, policy.drift.near_width * max(problem.target_value, 0)), np.full(classes, np.inf)
    most = np.concatenate([np.where(sell, lots.size, 0), np.where(buy, np.inf, 0), is_near, limit, is_near, limit])
    most = np.append(most, np.full(2 * classes, np.inf))
    lowest = np.zeros(width)
    lowest[:sold] = np.where(must, lots.size, 0)
    answer = linprog(cost, A_ub=rows[kept], b_ub=right[kept] / unit, bounds=np.stack([lowest, most], axis=1) / unit)
    assert answer.status in (0, 2), answer.message  # an optimum, or infeasible
    return answer.fun * unit + constant if answer.status == 0 else np.inf


def stays_between(problem):
    """The dollars between which each class is not pulled to its target: its own and the target's, or the target's."""
    value, start = problem.target_value, problem.class_before
    moves = any(account.contribution + account.withdrawal > 0 for account in problem.household.accounts)
    ends = []
    for name, weight, low, high, X in zip(
        problem.classes, problem.weight, problem.lower, problem.upper, start, strict=True
    ):
        stays = low * value - 0.01 <= X <= high * value + 0.01 and not (name == "cash" and moves)
        own = X if stays and problem.policy.to_target == "small" else weight * value
        ends.append((min(own, weight * value), max(own, weight * value)))
    return np.array(ends).T


def rounding(problem, plan):
    """Half a cent per trade, part and line of the bill, two millionths of a share per trade, and 1e-9 of all held."""
    shares = sum(2e-6 * problem.household.security[trade.symbol].price for trade in plan.trades)
    return 0.005 * (len(plan.trades) + len(plan.parts) + 4) + shares + 1e-9 * problem.size
