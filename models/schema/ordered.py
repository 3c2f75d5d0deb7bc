"""What is read of a trade, whether an order or a plan states it."""

from __future__ import annotations

from typing import Literal, Protocol


class Ordered(Protocol):
    """What the ledger reads of a trade."""

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
