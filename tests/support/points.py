"""A point of the whole program from its trades: every other column follows from docs/formulation.md."""

from itertools import pairwise

import numpy as np

from lotroute.solver.formulation.blocks.sides import BUY


def column(program, label):
    return program.labels.index(label)


def columns(program, pattern, names):
    """The column of each name, labeled by `pattern`, such as `cash[{}]`."""
    return [column(program, pattern.format(name)) for name in names]


def complete_point(problem, model, sold, bought):
    """The point at which `sold` dollars by lot and `bought` dollars by purchase are traded, in the problem's order.

    Elastic rows have their shortfall in its column.
    """
    program, point = model.program, np.zeros(model.program.size)
    place = {label: i for i, label in enumerate(program.labels)}

    def put(values):
        for label, value in values.items():
            point[place[label]] = value

    sold, bought = np.asarray(sold, dtype=float), np.asarray(bought, dtype=float)
    sides, trades = model.sides, model.trades
    harvested = harvested_groups(problem, sold)
    two_sided = np.flatnonzero(sides.z >= 0)
    point[sides.z[two_sided]] = harvested[two_sided]
    for at, lot, side in zip(trades.sell.tolist(), trades.lot.tolist(), trades.side.tolist(), strict=True):
        group = problem.group[problem.lots.security[lot]]
        has_copy = sides.copied[group] and problem.lots.gain[lot] >= 0
        point[at] = sold[lot] if not has_copy or harvested[group] != (side == BUY) else 0.0
    point[trades.buy] = bought

    orders = orders_placed(problem, sold, bought)
    put({label: value for label, value in order_columns(problem, orders).items() if label in place})
    put(share_columns(problem, sold, bought, place))
    put(line_columns(problem, sold, place))
    cash = cash_after(problem, sold, bought)
    put({f"cash[{name}]": dollars for name, dollars in zip(problem.accounts, cash, strict=True)})
    put(drift_columns(problem, sides, sold, bought))
    put(to_target_columns(problem, sides, sold, bought))
    put({label: value for label, value in cash_misses(problem, cash).items() if label in place})
    put({label: value for label, value in unsold(problem, sold).items() if label in place})
    put({label: w for label, w in tax_columns(model.tax, problem, *net_gains(problem, sold)).items() if label in place})
    bill = model.tax.before + float(model.tax.bill @ point[model.tax.weight])
    put(limit_columns(problem, used(problem, sold, bought, bill, model.tax.before)))
    return point


def harvested_groups(problem, sold):
    """Whether a loss of a group is sold, by group."""
    lots, harvested = problem.lots, np.zeros(len(problem.groups), bool)
    harvested[problem.group[lots.security[(lots.gain < 0) & (sold > 0)]]] = True
    return harvested


# -- orders, whole shares, sale queues ---------------------------------------------------------------------------------


def orders_placed(problem, sold, bought):
    """Dollars by order: account, security and side."""
    lots, buys, found = problem.lots, problem.buys, {}
    for side, traded, amounts in (("sell", lots, sold), ("buy", buys, bought)):
        for account, security, amount in zip(traded.account.tolist(), traded.security.tolist(), amounts, strict=True):
            if amount > 0:
                key = account, security, side
                found[key] = found.get(key, 0.0) + amount
    return found


def order_columns(problem, orders):
    """f of the orders placed, and by how much each is below the minimum trade."""
    found, limit = {}, problem.policy.limits.minimum_trade
    for (account, security, side), amount in orders.items():
        name = f"{problem.accounts[account]}/{problem.symbols[security]} {side}"
        found[f"f[{name}]"] = 1.0
        count = f"orders[{problem.accounts[account]}/{side}]"
        found[count] = found.get(count, 0.0) + 1.0
        if limit is not None:
            held = problem.holdings[account, security] if side == "sell" else np.inf
            found[f"short[{name}]"] = max(min(limit.amount, held) - amount, 0.0)
    return found


def share_columns(problem, sold, bought, place):
    """n and e in accounts of whole shares, for interchangeable lots together; a fraction goes only with all of them."""
    found, lots, buys = {}, problem.lots, problem.buys
    for number in np.unique(lots.interchangeable):
        run = np.flatnonzero(lots.interchangeable == number)
        label, price = lots.label[run[0]], problem.price[lots.security[run[0]]]
        if f"n[{label}]" not in place:
            continue
        whole = bool((sold[run] >= lots.size[run]).all())
        found[f"n[{label}]"] = np.floor(lots.shares[run].sum()) if whole else sold[run].sum() / price
        if f"fraction[{label}]" in place:
            found[f"fraction[{label}]"] = float(whole)
    for label, security, amount in zip(buys.label, buys.security, bought, strict=True):
        if f"n[{label}]" in place:
            found[f"n[{label}]"] = amount / problem.price[security]
    return found


def line_columns(problem, sold, place):
    """e of the lots that have a lot behind them: 1 if sold out."""
    lots = problem.lots
    names = {f"sold_out[{label}]": float(done) for label, done in zip(lots.label, sold >= lots.size, strict=True)}
    return {name: done for name, done in names.items() if name in place}


# -- cash and drift ----------------------------------------------------------------------------------------------------


def cash_after(problem, sold, bought):
    """m by account."""
    lots, buys, h = problem.lots, problem.buys, problem.half_spread
    cash = problem.cash.copy()
    np.add.at(cash, lots.account, (1 - lots.cost) * sold)
    np.add.at(cash, buys.account, -(1 + h[buys.security]) * bought)
    for account, _, _ in orders_placed(problem, sold, bought):
        cash[account] -= problem.household.accounts[account].commission
    return cash


def cash_misses(problem, cash):
    """By how much cash is below the minimum (C2) and above the maximum (C3), by shortfall column."""
    rows = (("C2", problem.minimum - cash), ("C3", cash - problem.maximum))
    return {
        f"shortfall[{row}[{name}]]": max(dollars, 0.0)
        for row, shortfall in rows
        for name, dollars in zip(problem.accounts, shortfall.tolist(), strict=True)
    }


def held_after(problem, sold, bought):
    """Dollars by account and security."""
    held = problem.holdings.copy()
    np.add.at(held, (problem.lots.account, problem.lots.security), -sold)
    np.add.at(held, (problem.buys.account, problem.buys.security), bought)
    return held


def exposures(problem, sides, sold, bought):
    """For every band: kind, name in labels, X after the trades, lower and upper end; all 0 for a side not taken."""
    held, value = problem.counted @ held_after(problem, sold, bought), problem.target_value
    classes = held @ problem.exposure
    classes[problem.classes.index("cash")] += problem.counted @ cash_after(problem, sold, bought)
    for name, X, low, high in zip(problem.classes, classes, problem.lower, problem.upper, strict=True):
        yield "class", name, X, low * value, high * value
    factors, names = problem.factors, problem.names
    for name, X, low, high in zip(factors.name, held @ factors.loading, factors.lower, factors.upper, strict=True):
        yield "factor", f"factor {name}", X, low * value, high * value
    harvested = harvested_groups(problem, sold)
    for security, low, high in zip(names.security.tolist(), names.lower, names.upper, strict=True):
        name, group = f"name {problem.symbols[security]}", problem.group[security]
        band = held[security], low * value, high * value
        if not sides.copied[group]:
            yield "name", name, *band
            continue
        yield "name", f"{name}/{'harvest' if harvested[group] else 'buy'}", *band
        yield "name", f"{name}/{'buy' if harvested[group] else 'harvest'}", 0.0, 0.0, 0.0


def drift_columns(problem, sides, sold, bought):
    """What is outside each band, in its near and far part, and the shortfall of hard bands."""
    found = {}
    for kind, name, X, low, high in exposures(problem, sides, sold, bought):
        prices = problem.policy.drift_prices[kind]
        width = prices.near_width * max(problem.target_value, 0.0)
        for side, outside in (("over", X - high), ("under", low - X)):
            near = min(max(outside, 0.0), width)
            found[f"{side}_near[{name}]"] = near
            found[f"{side}_far[{name}]"] = max(outside, 0.0) - near
        if prices.hard:
            found[f"shortfall[D8[{name}]]"] = max(X - high, 0.0) + max(low - X, 0.0)
    return found


def to_target_columns(problem, sides, sold, bought):
    """What is beyond the free distances from the target of each class; nothing if it costs nothing."""
    policy, household, value = problem.policy, problem.household, problem.target_value
    if policy.to_target == "off" or policy.drift.near_cost == 0:
        return {}
    moves = any(account.contribution + account.withdrawal > 0 for account in household.accounts)
    untouched = exposures(problem, sides, 0 * sold, 0 * bought)
    found, targets = {}, {target.asset_class: target.weight for target in household.class_targets}
    for (kind, name, X, low, high), (*_, X0, _, _) in zip(
        exposures(problem, sides, sold, bought), untouched, strict=True
    ):
        if kind == "class":
            stays = low - 0.01 <= X0 <= high + 0.01 and policy.to_target == "small" and not (name == "cash" and moves)
            goal = targets[name] * value
            least, most = (min(X0, goal), max(X0, goal)) if stays else (goal, goal)
            found |= {f"over_target[{name}]": max(X - most, 0.0), f"under_target[{name}]": max(least - X, 0.0)}
    return found


def unsold(problem, sold):
    """What is left of each lot that may not be held, by shortfall column."""
    lots = problem.lots
    return {
        f"shortfall[R4[{label}]]": left for label, left in zip(lots.label, (lots.size - sold).tolist(), strict=True)
    }


# -- gains and limits --------------------------------------------------------------------------------------------------


def net_gains(problem, sold):
    """S and L."""
    lots, (short, long) = problem.lots, problem.net_so_far
    return short + lots.gain[lots.short] @ sold[lots.short], long + lots.gain[lots.long] @ sold[lots.long]


def tax_columns(netted, problem, short, long):
    """b of the piece that contains (S, L), and the weights of the corners of a triangle of its cell."""
    places = [
        (parts, number, corners)
        for number, piece in enumerate(netted.pieces, start=1)
        for cell in piece
        for corners in triangles(cell.corners)
        if (parts := shares(corners, (short, long))) is not None
    ]
    parts, number, corners = max(places, key=lambda place: min(place[0]))
    assert min(parts) > -1e-9, (short, long, parts)
    size, columns = netted.width, corners_of(netted.pieces[number - 1])
    weights = {
        f"w[{number}/{columns.index(corner) + 1}]": size * max(part, 0.0)
        for corner, part in zip(corners, parts, strict=True)
    }
    return weights | {f"b[{number}]": 1.0}


def corners_of(piece):
    """The corners of a piece's cells, in the order of their columns."""
    return list(dict.fromkeys(corner for cell in piece for corner in cell.corners))


def triangles(corners):
    """A convex polygon as triangles; a point or segment as it is. Corners within 1e-6 of each other count as one."""
    corners = [a for i, a in enumerate(corners) if all(np.abs(np.subtract(a, b)).max() > 1e-6 for b in corners[:i])]
    if len(corners) < 3:
        return [corners]
    return [(corners[0], *pair) for pair in pairwise(corners[1:])]


def shares(corners, place):
    """The weights of up to three corners at a place; negative outside them. None if three are on one line."""
    if len(corners) == 1:
        return [1.0]
    first, *sides = np.array([np.subtract(corner, place) for corner in corners])
    sides = np.array([side - first for side in sides])
    if len(corners) == 2:
        part = float(-first @ sides[0] / (sides[0] @ sides[0]))
        return [1 - part, part]
    across = float(np.linalg.det(sides))
    if abs(across) <= 1e-9 * np.abs(sides).max():
        return None
    parts = np.linalg.solve(sides.T, -first).tolist()
    return [1 - sum(parts), *parts]


GAINS = {"short_gain": 1, "long_gain": 2, "net_gain": 3, "gain_share": 9}
LIMIT_ROWS = {**GAINS, "loss": 4, "bill": 5, "added_tax": 8, "turnover": 6, "trades": 7}


def used(problem, sold, bought, bill, before):
    """The amount that each limit is compared with, in dollars or orders."""
    payer, lots = problem.household.taxpayer, problem.lots
    short = payer.realized_short + lots.gain[lots.short] @ sold[lots.short]
    long = payer.realized_long + lots.gain[lots.long] @ sold[lots.long]
    return {
        "short_gain": short,
        "long_gain": long,
        "net_gain": short + long,
        "loss": -np.minimum(lots.gain, 0.0) @ sold,
        "bill": bill,
        "turnover": (sold.sum() + bought.sum()) / 2,
        "trades": float(len(orders_placed(problem, sold, bought))),
        "added_tax": bill - before,
        "gain_share": short + long,
    }


def limit_unit(problem, name):
    """Dollars in a unit of a limit."""
    if name != "gain_share":
        return max(problem.market_value, 0.0) if name == "turnover" else 1.0
    payer, home = problem.household.taxpayer, problem.household
    lots = [lot for account in home.accounts if account.kind == "taxable" for lot in account.lots]
    known = [lot for lot in lots if lot.basis_per_share is not None]
    gains = [lot.quantity * (home.security[lot.symbol].price - lot.basis_per_share) for lot in known]
    return sum(gain for gain in gains if gain > 0) + max(payer.realized_short + payer.realized_long, 0)


def limit_columns(problem, amounts):
    """The amount beyond each limit: a shortfall if it is hard, an excess if it is soft; whole for orders."""
    found = {}
    for name, row in LIMIT_ROWS.items():
        limit = getattr(problem.policy.limits, name)
        if limit is None:
            continue
        beyond = max(amounts[name] - limit.amount * limit_unit(problem, name), 0.0)
        label = f"shortfall[L{row}]" if limit.price is None else f"excess[L{row}]"
        found[label] = float(np.ceil(beyond)) if name == "trades" else beyond
    return found


# -- trades ------------------------------------------------------------------------------------------------------------


def random_trades(problem, rng):
    """Trades that keep every row that is not elastic.

    Random sales, all free lots of accounts below their floor, then purchases of what is not sold.
    """
    lots, buys, h = problem.lots, problem.buys, problem.half_spread
    levels = rng.choice([0.0, 0.0, 1.0, rng.random()], size=len(lots.size))
    sold = np.where(lots.free, levels, 0.0) * lots.size
    none = np.zeros(len(buys.limit))
    short_of_cash = cash_after(problem, sold, none) < problem.floor
    sold = keep_sizes(problem, np.where(lots.free & short_of_cash[lots.account], lots.size, sold))
    commission = np.array([account.commission for account in problem.household.accounts])
    spare = np.maximum(cash_after(problem, sold, none) - problem.floor, 0.0)
    harvested = harvested_groups(problem, sold)
    bought = none.copy()
    for account in range(len(problem.accounts)):
        resold = lots.security[(lots.account == account) & (sold > 0)]
        open_ = buys.free & (buys.account == account) & ~np.isin(buys.security, resold)
        open_ &= ~harvested[problem.group[buys.security]]
        chosen = np.flatnonzero(open_)
        if len(chosen):
            parts = rng.dirichlet(np.ones(len(chosen) + 1))[: len(chosen)]
            cash = max(spare[account] - commission[account] * len(chosen), 0.0)
            bought[chosen] = parts * rng.choice([0.0, 0.5, 1.0]) * cash / (1 + h[buys.security[chosen]])
    return sold, keep_purchase_sizes(problem, bought)


def keep_sizes(problem, sold):
    """Sales cut to the rules of size and order: whole shares, the sale queue, the minimum trade."""
    lots, sold = problem.lots, sold.copy()
    whole = np.array([account.whole_shares for account in problem.household.accounts])[lots.account]
    price = problem.price[lots.security]
    sold = np.where(whole & (sold < lots.size), np.floor(sold / price) * price, sold)
    for _ in range(len(sold)):  # do not sell a lot behind one that is not sold out
        ahead = lots.predecessor >= 0
        waits = ahead & (sold[lots.predecessor] < lots.size[lots.predecessor])
        sold[waits] = 0.0
    total = np.zeros_like(problem.holdings)
    np.add.at(total, (lots.account, lots.security), sold)
    least = np.minimum(least_order(problem)[lots.account], problem.holdings[lots.account, lots.security])
    sold[total[lots.account, lots.security] < least] = 0.0
    return sold


def keep_purchase_sizes(problem, bought):
    """Purchases cut to whole shares, if the account needs them, and to the minimum trade."""
    buys = problem.buys
    whole = np.array([account.whole_shares for account in problem.household.accounts])[buys.account]
    price = problem.price[buys.security]
    bought = np.where(whole, np.floor(bought / price) * price, bought)
    return np.where(bought < least_order(problem)[buys.account], 0.0, bought)


def least_order(problem):
    """Dollars of the smallest order, by account: the hard minimum, or $1 if orders are paid or counted."""
    limits = problem.policy.limits
    if limits.minimum_trade is not None:
        return np.full(len(problem.accounts), limits.minimum_trade.amount * (limits.minimum_trade.price is None))
    paid = [account.commission > 0 or limits.trades is not None for account in problem.household.accounts]
    return np.array(paid, dtype=float)


def dollars(problem, orders):
    """Dollars sold by lot and bought by purchase in the orders."""
    sold, bought = np.zeros(len(problem.lots.size)), np.zeros(len(problem.buys.limit))
    price = {security.symbol: security.price for security in problem.household.securities}
    lot, buy = problem.lots.label.tolist(), problem.buys.label.tolist()
    for order in orders:
        amount = order.quantity * price[order.symbol]
        if order.side == "sell":
            at = lot.index(f"{order.account}/{order.lot}")
            sold[at] = problem.lots.size[at] if order.quantity == problem.lots.shares[at] else sold[at] + amount
        else:
            bought[buy.index(f"{order.account}/{order.symbol}")] += amount
    return sold, bought
