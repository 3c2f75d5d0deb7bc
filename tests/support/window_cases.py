"""A household with a loss lot, and trades that open a wash window."""

from datetime import timedelta

from feature_cases import TODAY, bands, lot

CUT = bands(stock=(0.2, 0.3), bond=(0.7, 0.8))
"""Bands for which stock must be sold down to 30 %."""


LOSS = lot("old", dollars=50_000, basis=130)


REST = lot("rest", "BOND", dollars=50_000)


def trade(symbol, side, days, quantity=1.0, account="joint", **changes):
    day = TODAY - timedelta(days)
    return {"account": account, "symbol": symbol, "side": side, "date": day, "quantity": quantity} | changes
