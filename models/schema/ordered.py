"""What orders and the trades of a plan have in common."""

from __future__ import annotations

from typing import Literal, Protocol


class Ordered(Protocol):
    """The fields that a replay and the wash-sale ledger read from an order or from a plan's trade.

    `account` is the account's id, `quantity` is in shares, and `lot` is the lot sold from (None for a purchase).
    """

    @property
    def account(self) -> str: ...  # noqa: D102
    @property
    def symbol(self) -> str: ...  # noqa: D102
    @property
    def side(self) -> Literal["buy", "sell"]: ...  # noqa: D102
    @property
    def quantity(self) -> float: ...  # noqa: D102
    @property
    def lot(self) -> str | None: ...  # noqa: D102
