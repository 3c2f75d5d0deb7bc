"""The plan: trades with their reasons, what they cost and save, and how good the plan is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import Field, field_validator, model_validator

from ..apply.after import apply
from ..policy.policy import Policy
from ..schema.amounts import count, dollars, in_words, signed
from ..schema.filled import Filled
from ..schema.record import Record, old_names
from ..tax.tax_bill import TaxBill
from ..wash_sales.after_plan import WashWindow
from ..wash_sales.loss_status import LossStatus
from .certificate import Certificate
from .money_flow import MoneyFlow
from .outside_band import OutsideBand
from .statements import (
    MONEY,
    PARTS,
    Blocked,
    ClassWeight,
    FactorExposure,
    LimitUse,
    MarginalRate,
    SecurityWeight,
    Violation,
    Wait,
    penalties,
)
from .trades import Explained, Trade
from .transfers import Transfer

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ..apply.fills import Fills
    from ..household.household import Household

IN_FRACTIONS = ("turnover", "gap_bp", "seconds")
"""Figures of a summary that are not dollars."""


class Plan(Record):
    """What to trade, why, at what cost, and how much a better plan could save."""

    household: str
    """The household's id."""
    trade_date: date
    """The day the plan is for."""
    market_value: float
    """W: the household's value before tax and before the trades, in dollars, with contributions
    added and withdrawals subtracted."""
    target_value: float
    """V: the household's value as it counts toward targets, in dollars. It is less than `market_value` if targets are
    after tax and the household has a traditional account or a 401(k)."""
    policy: Policy
    """The policy that the plan was made under."""
    filled: tuple[Filled, ...] = ()
    """What the tables of funds filled in of the securities that are held or traded, because the household's file left
    it out; default: no values."""
    trades: tuple[Trade, ...]
    """The trades. In each account, sales come before purchases."""
    objective: float
    """What the plan costs, in dollars: the sum of `parts`. Less is better. Doing nothing costs the drift as it stands
    and what already exceeds a soft limit."""
    parts: dict[str, float]
    """The parts of the objective, in dollars, negative for a saving: tax, later, waiting, drift, to_target,
    trading, location, substitution and limits."""
    tax_before: TaxBill
    """The year's tax bill without the plan."""
    tax_after: TaxBill
    """The year's tax bill with the plan."""
    marginal: tuple[MarginalRate, ...] = ()
    """What the next dollars of short-term and long-term gain cost in tax, without and with the plan."""
    warnings: tuple[str, ...] = ()
    """What the plan affects that the tax bill does not count (docs/tax.md), in words."""
    classes: tuple[ClassWeight, ...]
    """Asset classes against their targets, before and after the trades."""
    factors: tuple[FactorExposure, ...] = ()
    """Factors against their bands, before and after the trades."""
    names: tuple[SecurityWeight, ...] = ()
    """Securities with targets of their own, before and after the trades."""
    limits: tuple[LimitUse, ...] = ()
    """The policy's limits and how much of each the plan uses."""
    waits: tuple[Wait, ...] = ()
    """Lots at a short-term gain that soon turn long-term, and what waiting saves."""
    cash_after: dict[str, float]
    """Cash after the trades by account id, in dollars and cents."""
    money_flows: tuple[MoneyFlow, ...] = ()
    """What comes into each account and goes out of it, and from what that is raised."""
    transfers: tuple[Transfer, ...] = ()
    """The money that the plan moves because the household or the law asks for it, with the tax of each transfer."""
    outside_bands: tuple[OutsideBand, ...] = ()
    """The asset classes that are outside their bands after the trades, and what keeps each there."""
    violations: tuple[Violation, ...] = ()
    """Hard rules that the plan breaks, and by how much; empty if it keeps all of them."""
    blocked: tuple[Blocked, ...] = ()
    """Lots that could not be sold and securities that could not be bought on the trade date, the rule, and until when.
    The user's own restrictions are not listed."""
    wash_windows: tuple[WashWindow, ...] = ()
    """What not to buy, and what not to sell at a loss, in the days after these trades, and until when."""
    loss_statuses: tuple[LossStatus, ...] = ()
    """What becomes of every loss that the trades realize, and the purchase and rule that decide it."""
    baselines: dict[str, float]
    """Objectives of other ways to trade the same household, in dollars: `route` (the router) and `nothing` (no trade;
    absent if that breaks a hard rule), and those that `solve` was asked for beside. `compare` solves for more."""
    baseline_taxes: dict[str, float] = Field(default_factory=dict)
    """The year's tax under each of the baselines, in dollars."""
    explained: Explained = "full"
    """How far reasons are stated. codes: by their codes alone, `waits` are left out, and no further correction
    is priced. default: every reason has a sentence, and the largest trades have the price of the next-best
    way. full: every trade has it."""
    certificate: Certificate
    """How good the plan is, and what is proven about it."""

    _old_names = old_names(value="market_value", wash_sales="loss_statuses")

    @model_validator(mode="before")
    @classmethod
    def _without_to_target(cls, data: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
        """Read a plan made before the part `to_target`: it has none, under a policy that asks for none."""
        parts, policy = (data.get("parts"), data.get("policy")) if isinstance(data, dict) else (None, None)
        if not isinstance(parts, dict) or not isinstance(policy, dict) or "to_target" in {*parts, *policy}:
            return data
        return data | {"parts": parts | {"to_target": 0.0}, "policy": policy | {"to_target": "off"}}

    @field_validator("parts", mode="before")
    @classmethod
    def _current_parts(cls, parts: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
        """Accept the part `substitution` under its former name, `preference`, too."""
        if not isinstance(parts, dict):
            return parts
        return {"substitution" if part == "preference" else part: dollars for part, dollars in parts.items()}

    @classmethod
    def load(cls, path: str | Path) -> Plan:
        """Return a plan read from a JSON file. Raises InputError with every fault."""
        from ..schema.json_files import load_json

        return load_json(cls, Path(path), "plan")

    def save(self, path: str | Path) -> None:
        """Write the plan as JSON. Reading it back gives an equal plan."""
        Path(path).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    def apply(self, household: Household, fills: Fills | None = None) -> Household:
        """Return the household after this plan's trades, on its trade date and at its prices (docs/apply.md).

        `fills` are what was really filled: a file, a table, or rows with account, symbol, side and quantity, and if
        known price, lot and date; what they leave out was not filled. Raises InputError with every fault of them, and
        if the plan is for another household or day.
        """
        return apply(household, self, fills).household

    def __repr__(self) -> str:
        """Return the plan in a line."""
        words = f"{count(len(self.trades), 'trade')}, tax {signed(self.tax_after.total - self.tax_before.total)}"
        status = self.certificate.status
        return f"Plan({self.household!r}, {self.trade_date}: {words}, objective {dollars(self.objective)}, {status})"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Return the plan as a notebook shows it."""
        from .views.plan_card import plan_card

        found = self.summary()
        tax, gains = found["tax_change"], found["short_gain"] + found["long_gain"]
        losses = f"{dollars(found['losses'])} of losses in them" if found["losses"] else "no losses in them"
        numbers = [
            ("Tax this year", signed(tax), f"{dollars(found['tax_before'])} becomes {dollars(found['tax_after'])}"),
            ("Gains of the sales", dollars(gains), losses),
            ("Drift", dollars(found["drift_after"]), f"before {dollars(found['drift_before'])}"),
            ("Cost in all", dollars(self.objective), f"{dollars(found['penalties'])} of it penalties"),
        ]
        broken = [violation.text for violation in self.violations]
        moves = [f"{transfer.kind.capitalize()}: {transfer.text}" for transfer in self.transfers]
        title = f"{self.household}, {in_words(self.trade_date)}"
        return plan_card(title, self.certificate, numbers, self.target_value, self.classes, self.trades, moves, broken)

    def plot(self) -> Figure:
        """Return a picture of holdings against their bands, the year's tax by part, and what each account does.

        A notebook shows it; `savefig` writes it to a file. Raises ImportError without matplotlib.
        """
        try:
            from .views.plan_picture import account_words, draw_plan
        except ImportError:
            raise ImportError("a picture needs matplotlib: pip install lotroute[bench]") from None

        accounts = {flow.account: account_words(flow, self.trades) for flow in self.money_flows}
        title = f"{self.household}, {in_words(self.trade_date)}"
        return draw_plan(title, self.target_value, self.classes, (self.tax_before, self.tax_after), accounts)

    def summary(self) -> dict[str, Any]:
        """Return the figures that people quote of a plan, by name; docs/guide/notebook.md says what each is."""
        from .views.plan_tables import drift, of_trades, outside

        value, traded, charged = self.target_value, of_trades(self.trades), penalties(self.parts)
        tax = {"tax_before": self.tax_before.total, "tax_after": self.tax_after.total}
        found = {
            "household": self.household,
            "trade_date": self.trade_date,
            "status": self.certificate.status,
            "market_value": self.market_value,
            "objective": self.objective,
            "money": self.objective - charged,
            "penalties": charged,
            **tax,
            "tax_change": tax["tax_after"] - tax["tax_before"],
            **traded,
            "turnover": (traded["sold"] + traded["bought"]) / 2 / self.market_value if self.market_value > 0 else 0.0,
            "drift_before": drift(self.classes, value, "before"),
            "drift_after": drift(self.classes, value, "after"),
            "outside_before": outside(self.classes, value, "before"),
            "outside_after": outside(self.classes, value, "after"),
            "name_drift_before": drift(self.names, value, "before"),
            "name_drift_after": drift(self.names, value, "after"),
            "cash_after": sum(self.cash_after.values()),
            "gap": self.certificate.gap,
            "gap_bp": self.certificate.gap_bp,
            "rules_broken": len(self.violations),
            "seconds": self.certificate.seconds,
        }
        return {
            name: round(each, 2 + 4 * (name in IN_FRACTIONS)) if isinstance(each, float) else each
            for name, each in found.items()
        }

    def to_frames(self) -> dict[str, pd.DataFrame]:
        """Return the plan as pandas frames by name: `trades` as `trades_frame` gives them, `summary`, `tax` (the bill),
        `parts`, `baselines`, and one for each of its lists, such as `classes` and `money_flows`.
        """
        import pandas as pd

        from .views.plan_tables import frame_of

        lists = {name: _item(info.annotation) for name, info in Plan.model_fields.items()}
        found = {name: frame_of(getattr(self, name), kind) for name, kind in lists.items() if kind is not None}
        lines = [
            line._asdict() | {"change": line.after - line.before} for line in self.tax_after.worksheet(self.tax_before)
        ]
        parts = [(part, PARTS[part], part in MONEY, amount) for part, amount in self.parts.items()]
        beside = [(name, amount, self.baseline_taxes.get(name)) for name, amount in self.baselines.items()]
        return {
            "summary": pd.DataFrame([self.summary()]),
            **found,
            "trades": self.trades_frame(),
            "tax": pd.DataFrame(lines),
            "parts": pd.DataFrame(parts, columns=["part", "name", "money", "dollars"]),
            "baselines": pd.DataFrame(beside, columns=["name", "objective", "tax"]),
        }

    def trades_frame(self) -> pd.DataFrame:
        """Return the trades as a table, one row per trade, each with its household and trade date.

        The reason fills two columns: `reason` (the code) and `why` (the sentence).
        """
        import pandas as pd

        of_plan = {"household": self.household, "trade_date": self.trade_date}
        rows = [
            of_plan | trade.model_dump() | {"reason": trade.reason.code, "why": trade.reason.text}
            for trade in self.trades
        ]
        return pd.DataFrame(rows, columns=[*of_plan, *Trade.model_fields, "why"])

    def loss_statuses_frame(self) -> pd.DataFrame:
        """Return what becomes of the plan's losses as a table, one row per status."""
        import pandas as pd

        return pd.DataFrame([status.model_dump() for status in self.loss_statuses], columns=[*LossStatus.model_fields])

    def wash_windows_frame(self) -> pd.DataFrame:
        """Return the wash windows as a table, one row per window, with symbols written as `VTI;ITOT`."""
        import pandas as pd

        rows = [window.model_dump() | {"symbols": ";".join(window.symbols)} for window in self.wash_windows]
        return pd.DataFrame(rows, columns=[*WashWindow.model_fields])


def _item(annotation: Any) -> type[Record] | None:  # noqa: ANN401
    """The records in a list of them; None for anything else."""
    kind = next(iter(get_args(annotation)), None) if get_origin(annotation) is tuple else None
    return kind if isinstance(kind, type) and issubclass(kind, Record) else None
