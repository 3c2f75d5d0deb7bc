"""The plan: trades with their reasons, what they cost and save, and how good they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from .base import Noun
from .holding_period import Term
from .policy import Policy
from .tax_bill import TaxBill
from .wash_states import WashState

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["optimal", "feasible", "heuristic", "fallback", "infeasible"]
"""optimal: proven within the gap asked for. feasible: not proven so far. heuristic: made by the router, no bound.
fallback: the solver failed and the router's plan stands in. infeasible: no plan keeps all rules, this one breaks them
least."""


ReasonCode = Literal[
    "sheltered_correction",
    "location",
    "raise_cash",
    "harvest",
    "clean_out",
    "washed",
    "going_back",
    "absorbed",
    "split",
    "taxable_gain",
    "no_gain",
    "contribution",
    "idle_cash",
    "replacement",
    "reinvest",
    "own_target",
    "factor",
    "not_held",
]
"""Why a trade is made; docs/household.md says what each means."""


class Reason(Noun):
    """Why a trade is in the plan."""

    code: ReasonCode
    """A stable word for programs (docs/household.md says what each means)."""
    text: str
    """A sentence for people."""
    next_best: str = ""
    """The next-best way to do the same, in words; empty where there is none."""
    next_best_costs: float | None = None
    """Dollars by which the plan's objective would be higher that way (it may be a little lower, within the gap)."""


class Trade(Noun):
    """One order: shares of one lot sold, or of one security bought, in one account."""

    account: str
    """The account's id."""
    symbol: str
    """The security's symbol."""
    side: Literal["buy", "sell"]
    """buy or sell."""
    quantity: Annotated[float, Field(gt=0)]
    """Shares, to six decimals."""
    lot: str | None = None
    """The lot sold from; none for a purchase."""
    proceeds: float
    """Cash in from a sale (positive) or out for a purchase (negative), after the half-spread, in dollars and cents."""
    gain: float | None = None
    """Gain of a sale in a taxable account, negative for a loss, in dollars and cents; none elsewhere."""
    term: Term | None = None
    """short or long, of a sale in a taxable account; none elsewhere."""
    reason: Reason
    """Why."""


class ClassWeight(Noun):
    """One asset class against its target, before and after."""

    asset_class: str
    """The class."""
    target: float
    """Target weight."""
    lower: float
    """Lower end of the band."""
    upper: float
    """Upper end of the band."""
    before: float
    """Dollars before the trades, contributions and withdrawals already counted in cash."""
    after: float
    """Dollars after the trades."""


class FactorExposure(Noun):
    """The household's exposure to a factor against its band, before and after."""

    factor: str
    """The factor."""
    lower: float
    """Lower end of the band, in the household's value."""
    upper: float
    """Upper end of the band."""
    before: float
    """Dollars before the trades, loading times dollars held."""
    after: float
    """Dollars after the trades."""


class SecurityWeight(Noun):
    """A security with a target of its own, before and after."""

    symbol: str
    """The security."""
    target: float
    """Target weight."""
    lower: float
    """Lower end of the band."""
    upper: float
    """Upper end of the band."""
    before: float
    """Dollars before the trades."""
    after: float
    """Dollars after the trades."""


ViolationRule = Literal["minimum_cash", "maximum_cash", "limit", "band", "do_not_hold"]


class Violation(Noun):
    """A hard rule that no plan could keep together with the others, and by how much this one breaks it."""

    rule: ViolationRule
    """minimum_cash, maximum_cash, limit, band or do_not_hold."""
    where: str
    """The account's id, the limit's or the band's name, or account/lot."""
    amount: float
    """By how much it is missed, in dollars and cents; orders, for the number of trades."""
    text: str
    """In words."""
    conflicts: tuple[str, ...] = ()
    """The rules that stand in its way, in words."""


class LimitUse(Noun):
    """A limit of the policy, what the plan uses of it, and what more of it would be worth."""

    name: str
    """short_gain, long_gain, net_gain, loss, bill, turnover or trades."""
    amount: float
    """The limit."""
    used: float
    """What the plan uses, in the same unit."""
    binding: bool
    """Whether the plan would be better with more of it."""
    worth: float | None = None
    """What a dollar more of it would save, in dollars; none where that is not known (a number of orders, a plan that
    is not the program's)."""
    text: str
    """In words, with the trades that use most of it."""


class MarginalRate(Noun):
    """What the next dollars of gain cost, and how far that holds."""

    term: Term
    """short or long."""
    when: Literal["before", "after"]
    """Without the plan, or with it."""
    rate: float
    """What the next $1,000 of gain add to the year's tax, as a fraction of them."""
    rate_now: float
    """The same of the next dollar."""
    room: float | None
    """Dollars of gain until that changes, the distance to the next kink of the law; none where it never does."""
    rate_then: float | None
    """What a dollar adds beyond."""
    text: str
    """In words."""


class Wait(Noun):
    """A lot at a short-term gain that is long-term soon: what its sale costs today, and what then."""

    account: str
    """The account's id."""
    symbol: str
    """The security."""
    lot: str
    """The lot."""
    days: int
    """Days until a sale is long-term."""
    until: date
    """The first day on which it is."""
    sold: bool
    """Whether the plan sells of it today."""
    tax_today: float
    """What the sale adds to this year's bill today, of what is sold, else of the whole lot; dollars and cents."""
    tax_then: float
    """What the same sale adds if its gain is long-term."""
    text: str
    """In words."""


class WashWindow(Noun):
    """What not to do with an identity group in the days after the plan, so that no loss is washed."""

    rule: Literal["do_not_buy", "do_not_sell_at_a_loss"]
    """do_not_buy (in any account) or do_not_sell_at_a_loss (in a taxable account)."""
    group: str
    """The identity group."""
    symbols: tuple[str, ...]
    """Its securities."""
    until: date
    """The first day on which the rule no longer holds."""
    cause: str
    """The trade that is why."""


class Blocked(Noun):
    """Something the plan was not free to do, the rule that forbids it, and until when."""

    rule: Literal["wash_sale", "short_term_wait", "minimum_holding", "accounting_method", "collectible"]
    """wash_sale, short_term_wait, minimum_holding, accounting_method (a lot before it in line is closed) or collectible
    (a gain whose rate is not modelled)."""
    account: str | None = None
    """The account of the lot; none where a purchase is barred in every account."""
    symbol: str
    """The security."""
    lot: str | None = None
    """The lot that may not be sold; none where it is a purchase that is barred."""
    until: date | None = None
    """The first day on which the rule no longer forbids it, where that is known."""
    text: str
    """In words, with the trade that is the cause."""


class Certificate(Noun):
    """How good the plan is, and how that is known.

    Status says what the plan is, `limit` which limit stopped the search, `bound` and `gap` what is proven.
    """

    status: Status
    """optimal, feasible, heuristic, fallback or infeasible."""
    limit: Literal["time"] | None = None
    """The limit that stopped the search, if one did."""
    bound: float | None = None
    """No plan has an objective below this, in dollars; none where nothing is proven."""
    gap: float | None = None
    """Dollars that a better plan could save at most: objective less bound; none where nothing is proven."""
    gap_bp: float | None = None
    """The gap in basis points of the household's value."""
    tax_binaries: int | None = None
    """Binaries that the kinks of the tax bill needed within this household's reach; none where no program was
    solved."""
    method: str
    """What found the plan."""
    seconds: float
    """Wall time of the solve."""
    detail: str = ""
    """The solver's own words, or what went wrong."""


class Plan(Noun):
    """What to trade, why, at what cost, and how much a better plan could save."""

    household: str
    """The household's id."""
    trade_date: date
    """The trade date."""
    value: float
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
    """tax, later, waiting, drift, trading, location and limits, in dollars."""
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
    wash_sales: tuple[WashState, ...] = ()
    """What becomes of every loss that the trades realize, by which purchase and which rule."""
    baselines: dict[str, float]
    """Objectives of other ways to trade the same household, in dollars: `route` (the router), `nothing` (no trade at
    all; absent where that misses a hard rule), `free_lots` (the plan with any lot free to choose, where an account
    demands a method), `avoid` (the plan without wash sales, where the policy prices them), `whole_groups` (the plan
    where every trade near a wash window blocks its whole identity group, not only what the ledger would disallow)."""
    certificate: Certificate
    """How good it is."""

    @classmethod
    def load(cls, path: str | Path) -> Plan:
        """Read a plan from a JSON file. Raises InputError with every fault."""
        from .book import load_json

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

    def wash_sales_frame(self) -> pd.DataFrame:
        """What becomes of the plan's losses as a table, one row a state."""
        import pandas as pd

        return pd.DataFrame([state.model_dump() for state in self.wash_sales], columns=[*WashState.model_fields])

    def wash_frame(self) -> pd.DataFrame:
        """The wash windows as a table, one row a window, symbols as `VTI;ITOT`."""
        import pandas as pd

        rows = [window.model_dump() | {"symbols": ";".join(window.symbols)} for window in self.wash_windows]
        return pd.DataFrame(rows, columns=[*WashWindow.model_fields])
