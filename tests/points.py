"""A point of the whole program from its trades: what docs/formulation.md says every other column then is."""

import numpy as np

from lotroute.solver.tax import regions


def column(program, label):
    return program.labels.index(label)


def columns(program, pattern, names):
    """The columns `pattern` (`cash[{}]`) of each name."""
    return [column(program, pattern.format(name)) for name in names]


def complete_point(problem, model, sold, bought):
    """The point at which `sold` dollars by lot and `bought` dollars by purchase are traded, as problem lists them."""
    program, point = model.program, np.zeros(model.program.size)
    point[model.trades.sell], point[model.trades.buy] = sold, bought
    cash = cash_after(problem, sold, bought)
    point[columns(program, "cash[{}]", problem.accounts)] = cash
    for side, near, far in drift_columns(problem, sold, bought):
        point[columns(program, f"{side}_near[{{}}]", problem.classes)] = near
        point[columns(program, f"{side}_far[{{}}]", problem.classes)] = far
    lots = problem.lots
    harvested = {problem.groups[problem.group[k]] for k in lots.security[(lots.gain < 0) & (np.asarray(sold) > 0)]}
    for group, z in model.sides.items():
        point[z] = problem.groups[group] in harvested
    name, short, long = net_gains(problem, model, sold)
    for label, value in ((f"b[{name}]", 1.0), (f"S[{name}]", short), (f"L[{name}]", long)):
        point[column(program, label)] = value
    return point


def cash_after(problem, sold, bought):
    """m by account."""
    lots, buys, h = problem.lots, problem.buys, problem.half_spread
    cash = problem.cash.copy()
    np.add.at(cash, lots.account, (1 - h[lots.security]) * sold)
    np.add.at(cash, buys.account, -(1 + h[buys.security]) * bought)
    return cash


def class_after(problem, sold, bought):
    """X by class."""
    held = problem.exposure[problem.lots.security].T @ (problem.lots.size - sold)
    exposure = held + problem.exposure[problem.buys.security].T @ bought
    exposure[problem.classes.index("cash")] += cash_after(problem, sold, bought).sum()
    return exposure


def drift_columns(problem, sold, bought):
    """(side, near, far) by class: what lies outside the band, the near part first."""
    exposure, value = class_after(problem, sold, bought), problem.value
    width = problem.policy.drift.near_width * max(value, 0.0)
    for side, outside in (("over", exposure - problem.upper * value), ("under", problem.lower * value - exposure)):
        near = np.clip(outside, 0.0, width)
        yield side, near, np.maximum(outside, 0.0) - near


def net_gains(problem, model, sold):
    """The region built that (S, L) lies in, S and L."""
    payer, lots = problem.household.taxpayer, problem.lots
    short = payer.realized_short - payer.short_carryforward + lots.gain[lots.short] @ sold[lots.short]
    long = payer.realized_long - payer.long_carryforward + lots.gain[lots.long] @ sold[lots.long]
    limit = 1500.0 if payer.filing_status == "married_separately" else 3000.0
    built = {region.name for region in model.tax.regions}
    outside = {region.name: outside_region(region, short, long) for region in regions(limit) if region.name in built}
    return min(outside, key=outside.get), short, long


def outside_region(region, short, long):
    """How far a point of the plane lies outside a region, at most 0 within it."""
    bounded = ((short, region.short), (long, region.long), (short + long, region.net))
    return max(max(low - value, value - high) for value, (low, high) in bounded)


def random_trades(problem, rng):
    """Trades that keep every row: random sales, more where a floor needs it, then purchases of what is not sold."""
    lots, buys, h = problem.lots, problem.buys, problem.half_spread
    levels = rng.choice([0.0, 0.0, 1.0, rng.random()], size=len(lots.size))
    sold = np.where(lots.free, levels, 0.0) * lots.size
    short_of_cash = cash_after(problem, sold, np.zeros(len(buys.limit))) < problem.floor
    sold = np.where(lots.free & short_of_cash[lots.account], lots.size, sold)
    spare = np.maximum(cash_after(problem, sold, np.zeros(len(buys.limit))) - problem.floor, 0.0)
    harvested = problem.group[lots.security[(lots.gain < 0) & (sold > 0)]]
    bought = np.zeros(len(buys.limit))
    for account in range(len(problem.accounts)):
        resold = lots.security[(lots.account == account) & (sold > 0)]
        open_ = buys.free & (buys.account == account) & ~np.isin(buys.security, resold)
        open_ &= ~np.isin(problem.group[buys.security], harvested)
        chosen = np.flatnonzero(open_)
        if len(chosen):
            parts = rng.dirichlet(np.ones(len(chosen) + 1))[: len(chosen)]
            bought[chosen] = parts * rng.choice([0.0, 0.5, 1.0]) * spare[account] / (1 + h[buys.security[chosen]])
    return sold, bought


def dollars(problem, orders):
    """Dollars sold by lot and bought by purchase of written orders."""
    sold, bought = np.zeros(len(problem.lots.size)), np.zeros(len(problem.buys.limit))
    price = {security.symbol: security.price for security in problem.household.securities}
    lot, buy = problem.lots.label.tolist(), problem.buys.label.tolist()
    for order in orders:
        amount = order.quantity * price[order.symbol]
        if order.side == "sell":
            sold[lot.index(f"{order.account}/{order.lot}")] += amount
        else:
            bought[buy.index(f"{order.account}/{order.symbol}")] += amount
    return sold, bought
