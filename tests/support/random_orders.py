"""Orders at random, whatever rules they break."""

from lotroute.solver.accounting.orders import Order


def some_orders(home, rng):
    """Orders at random, whatever rules they break: parts of lots, whole lots and purchases."""
    share = rng.choice([0.1, 0.3, 0.6])
    found = []
    for account in home.accounts:
        for lot in account.lots:
            part = lot.quantity if rng.random() < 0.5 else round(lot.quantity * rng.random(), 6)
            if part > 0 and rng.random() < share:
                found.append(Order(account.id, lot.symbol, "sell", part, lot.id))
        for symbol in home.buyable[account.id]:
            if rng.random() < share / 2:
                found.append(Order(account.id, symbol, "buy", round(1 + 100 * rng.random(), int(rng.choice([0, 6])))))
    return found
