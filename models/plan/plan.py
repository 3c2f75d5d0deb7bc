"""The plan: trades with their reasons, what they cost and save, and how good they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import field_validator

from ..policy.policy import Policy
from ..schema.record import Record, old_names
from ..tax.tax_bill import TaxBill
from ..wash_sales.after_plan import WashWindow
from ..wash_sales.loss_status import LossStatus
from .certificate import Certificate
from .statements import Blocked, ClassWeight, FactorExposure, LimitUse, MarginalRate, SecurityWeight, Violation, Wait
from .trades import Trade

if TYPE_CHECKING:
    import pandas as pd


class Plan(Record):
    """What to trade, why, at what cost, and how much a better plan could save."""

    household: str
    """The household's id."""
    trade_date: date
    """The trade date."""
    market_value: float
    """The household's total value before tax, in dollars."""
    target_value: float
    """Its value V as it counts toward targets, in dollars: less where targets are after tax."""
    policy: Policy
    """The policy the plan was made under."""
    trades: tuple[Trade, ...]
    """Sales before purchases in each account."""
    objective: float
    """Dollars; the sum of `parts`. Doing nothing costs the drift as it stands and nothing else."""
    parts: dict[str, float]
    """tax, later, waiting, drift, trading, location, substitution and limits, in dollars."""
    tax_before: TaxBill
    """The bill without the plan."""
    tax_after: TaxBill
    """The bill with the plan."""
    marginal: tuple[MarginalRate, ...] = ()
    """What the next dollars of short-term and long-term gain cost, before and after the plan."""
    warnings: tuple[str, ...] = ()
    """What this plan touches that the bill does not count (docs/tax.md)."""
    classes: tuple[ClassWeight, ...]
    """Asset classes against their targets."""
    factors: tuple[FactorExposure, ...] = ()
    """Factors against their bands."""
    names: tuple[SecurityWeight, ...] = ()
    """Securities with targets of their own."""
    limits: tuple[LimitUse, ...] = ()
    """The policy's limits and what the plan uses of them."""
    waits: tuple[Wait, ...] = ()
    """Lots at a short-term gain that are long-term soon, and what waiting saves."""
    cash_after: dict[str, float]
    """Cash after the trades, by account, in dollars and cents."""
    violations: tuple[Violation, ...] = ()
    """Hard rules that could not be kept; empty unless the status is infeasible."""
    blocked: tuple[Blocked, ...] = ()
    """Lots that could not be sold and securities that could not be bought on this date, and until when."""
    wash_windows: tuple[WashWindow, ...] = ()
    """What not to buy, and what not to sell at a loss, in the days after these trades, and until when."""
    loss_statuses: tuple[LossStatus, ...] = ()
    """What becomes of every loss that the trades realize, by which purchase and which rule."""
    baselines: dict[str, float]
    """Objectives of two other ways to trade the same household, in dollars: `route` (the router) and `nothing` (no
    trade; absent where that breaks a hard rule). `compare` solves for more."""
    certificate: Certificate
    """How good it is."""

    _old_names = old_names(value="market_value", wash_sales="loss_statuses")

    @field_validator("parts", mode="before")
    @classmethod
    def _current_parts(cls, parts: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
        """Read the part `substitution` by its former name, `preference`, too."""
        if not isinstance(parts, dict):
            return parts
        return {"substitution" if part == "preference" else part: dollars for part, dollars in parts.items()}

    @classmethod
    def load(cls, path: str | Path) -> Plan:
        """Read a plan from a JSON file. Raises InputError with every fault."""
        from ..schema.json_files import load_json

        return load_json(cls, Path(path), "plan")

    def save(self, path: str | Path) -> None:
        """Write the plan as JSON. Reading it back gives an equal plan."""
        Path(path).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    def trades_frame(self) -> pd.DataFrame:
        """The trades as a table, one row a trade, the reason in two columns `reason` (the code) and `why` (the
        sentence).
        """
        import pandas as pd

        columns = [name for name in Trade.model_fields if name != "reason"]
        rows = [
            trade.model_dump(exclude={"reason"}) | {"reason": trade.reason.code, "why": trade.reason.text}
            for trade in self.trades
        ]
        return pd.DataFrame(rows, columns=[*columns, "reason", "why"])

    def loss_statuses_frame(self) -> pd.DataFrame:
        """What becomes of the plan's losses as a table, one row a status."""
        import pandas as pd

        return pd.DataFrame([status.model_dump() for status in self.loss_statuses], columns=[*LossStatus.model_fields])

    def wash_windows_frame(self) -> pd.DataFrame:
        """The wash windows as a table, one row a window, symbols as `VTI;ITOT`."""
        import pandas as pd

        rows = [window.model_dump() | {"symbols": ";".join(window.symbols)} for window in self.wash_windows]
        return pd.DataFrame(rows, columns=[*WashWindow.model_fields])
