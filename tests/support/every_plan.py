"""Every possible plan of a tiny household: all sales and purchases in whole shares."""

from itertools import product

from lotroute.solver.accounting.orders import Order


def every_plan(home, policy, shortfall):
    """Yield all orders in whole shares that leave no account more than `shortfall` dollars below its minimum.

    No single purchase takes more than the account would have after selling all of its lots.
    """
    counted = policy.limits.trades is not None or policy.limits.minimum_trade is not None
    choices = [[*every_sale_and_purchase(home, account, counted, shortfall)] for account in home.accounts]
    for parts in product(*choices):
        yield [order for part in parts for order in part]


def every_sale_and_purchase(home, account, counted, shortfall):
    """Yield the orders of an account; if orders are counted or paid, a security is only sold or only bought (O3)."""
    one_side = counted or account.commission > 0
    fund = home.security
    menu = [*fund] if account.menu is None else account.menu
    held = sum(each.quantity * fund[each.symbol].price * (1 - fund[each.symbol].half_spread) for each in account.lots)
    most = max(account.cash + held - account.minimum_cash, 0.0) + 0.01
    levels = [sorted({*range(int(each.quantity) + 1), each.quantity}) for each in account.lots]
    for sold in product(*levels):
        sales = [
            Order(account.id, each.symbol, "sell", float(shares), each.id)
            for each, shares in zip(account.lots, sold, strict=True)
            if shares
        ]
        cash = (
            account.cash
            - account.minimum_cash
            + shortfall
            + sum(order.quantity * fund[order.symbol].price * (1 - fund[order.symbol].half_spread) for order in sales)
        )
        open_ = [symbol for symbol in menu if not (one_side and symbol in {order.symbol for order in sales})]
        funds = [(fund[symbol], most / (fund[symbol].price * (1 + fund[symbol].half_spread))) for symbol in open_]
        for bought in purchases(funds, cash):
            yield sales + [Order(account.id, symbol, "buy", float(shares)) for symbol, shares in bought]


def purchases(funds, cash):
    """Yield every set of purchases that the cash pays for, each fund up to its number of shares."""
    if not funds:
        yield []
        return
    (first, most), *rest = funds
    cost = first.price * (1 + first.half_spread)
    for shares in range(int(min(max(cash, 0.0) / cost, most)) + 1):
        for others in purchases(rest, cash - shares * cost):
            yield [(first.symbol, shares), *others] if shares else others
