"""The findings of an audit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ...models.schema.ordered import Ordered

HALF_CENT = Decimal("0.005000001")
"""How far a figure in cents may be from what it is, with what the last digits of long decimals may make of a half."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a plan: the rule, where, and what was found."""

    rule: str
    """plan, trade, lot, order, cash, limit, band, restriction, wash_sale, holding, collectible, basis, figure, tax,
    objective or certificate."""
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule} {self.where}: {self.message}"


def place(trade: Ordered) -> str:
    """Return where a trade is, for a finding: the account, the lot or else the symbol, and the side."""
    return f"{trade.account}/{trade.lot or trade.symbol} {trade.side}"
