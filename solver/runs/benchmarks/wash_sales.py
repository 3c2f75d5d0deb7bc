"""Wash sales of a plan for the whole household against plans made account by account, and the price of the rule.

Every generated household has traded heavily of late. The wash-sale ledger, run over all accounts of the household,
judges the trades of every plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from math import fsum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar

from ....models import Household, Plan, Policy
from ....models.wash_sales.history import WashHistory, forked, plan_events
from ...accounting.books import Books
from ...accounting.replay import replay
from ...accounting.violations import rounding
from ...api import TIME_LIMIT, solve
from .page import Part, Section, Tabled, number, spread, spread_table
from .report import Report, ended, run_cases, tried
from .without_wash_rules import account_by_account, without_wash_rules, without_windows

if TYPE_CHECKING:
    from ....models.schema.ordered import Ordered
    from ....models.wash_sales.ledger import Disposal, WashSaleLedger

WAYS = {
    "household": "whole household, with the rule",
    "accounts": "account by account",
    "unruled": "whole household, without the rule",
}
"""The plans whose wash sales are counted, by name, in words."""

ROWS = {
    "price": ("price of the rule, $", 2),
    "price_bp": ("price of the rule, bp of the value", 4),
    "price_of_windows": ("of which: price of the wash windows, $", 2),
    "gap": ("certified gap, $", 2),
    "seconds": ("seconds, whole household", 2),
}
"""What is reported over all households: fields of a case, in words, and their decimals."""


@dataclass(frozen=True, slots=True)
class WashCount:
    """What the wash-sale ledger disallows because of a plan, over the whole household."""

    sales: int = 0
    """Number of the plan's sales with a disallowed loss, and of earlier losses that the plan disallows further."""
    earlier: int = 0
    """How many of `sales` are earlier losses."""
    lost: float = 0.0
    """Dollars of losses that are gone for good."""
    deferred: float = 0.0
    """Dollars that moved into the basis of other shares."""


@dataclass(frozen=True, slots=True)
class Case:
    """The result for one household, in dollars."""

    household: str
    accounts: int
    lots: int
    seconds: float
    """Wall time of the solve for the whole household, in seconds."""
    status: str = "error"
    """The status of the household-wide plan's certificate; "error" if there is no plan."""
    timed_out: bool = False
    """Whether the time limit stopped the search for the household-wide plan."""
    value: float | None = None
    objective: float | None = None
    gap: float | None = None
    """The most that a better plan than the household-wide one could save."""
    washed: dict[str, WashCount] = field(default_factory=dict)
    """By one of WAYS, if it has a plan."""
    price: float | None = None
    """The objective of the household-wide plan less that of the plan without the rule; None if one is missing or breaks
    a hard rule."""
    price_of_windows: float | None = None
    """The same against the plan without earlier and scheduled trades but with the rule among the plan's own trades."""
    slack: float | None = None
    """Dollars by which a price may be below zero: the larger gap of the plans that it compares with, plus rounding."""
    errors: tuple[str, ...] = ()
    """What was raised, and what the audits found."""

    @property
    def price_bp(self) -> float | None:
        """`price` in basis points of the household's market value; None if unknown or the value is not positive."""
        return None if self.price is None or not self.value or self.value < 0 else self.price / self.value * 1e4

    @property
    def refuted(self) -> bool:
        """Whether the plan that obeys the rule is better than the certificate of a plan without it allows."""
        prices = [price for price in (self.price, self.price_of_windows) if price is not None]
        return self.slack is not None and any(price < -self.slack for price in prices)

    @property
    def failed(self) -> bool:
        """Whether the household-wide plan has a wash sale."""
        return "household" in self.washed and self.washed["household"].sales > 0


@dataclass(frozen=True)
class WashSaleReport(Report[Case]):
    """The results of a run, and how it was run."""

    name: ClassVar[str] = "bench wash"

    def washed(self, way: str) -> dict[str, float]:
        """Return for one of WAYS: households counted, those with a wash sale, sums and the largest losses."""
        found = [case.washed[way] for case in self.cases if way in case.washed]
        lost, deferred = [each.lost for each in found], [each.deferred for each in found]
        return {
            "households": len(found),
            "washing": sum(each.sales > 0 for each in found),
            "sales": sum(each.sales for each in found),
            "earlier": sum(each.earlier for each in found),
            "lost": fsum(lost),
            "deferred": fsum(deferred),
            "most_lost": max(lost, default=0.0),
            "most_deferred": max(deferred, default=0.0),
        }

    def figures(self, name: str) -> dict[str, float]:
        """Return the statistics of one of ROWS: households, mean, median, 90th percentile, least and most."""
        return spread(self.values(name))

    def counts(self) -> dict[str, int]:
        """Return numbers of households: with a price, with one above a cent, late, with wash sales, refuted, failed."""
        prices = self.values("price")
        return {
            "compared": len(prices),
            "paying": sum(price > 0.01 for price in prices),
            "timed_out": sum(case.timed_out for case in self.cases),
            "washing": sum(case.failed for case in self.cases),
            "refuted": sum(case.refuted for case in self.cases),
            "errors": sum(bool(case.errors) for case in self.cases),
        }

    def summary(self) -> dict[str, Any]:
        """The figures, as data."""
        return {
            "statuses": dict(Counter(case.status for case in self.cases)),
            "counts": self.counts(),
            "washed": {way: self.washed(way) for way in WAYS},
            "figures": {name: self.figures(name) for name in ROWS},
        }

    def section(self) -> Section:
        """The report as a section for a terminal or a page."""
        return Section(
            name=self.name,
            title="Wash sales",
            command=self.command,
            conditions=self.conditions,
            about=ABOUT,
            parts=[Part(_outcome(self), [*_tables(self)])],
            remarkable=(
                ["not optimal, washing or failed", "status", "gap, $", "price, $", "seconds", "errors"],
                _remarkable(self),
            ),
        )

    def write(self, page: Path) -> None:
        """Write the report into a page in Markdown."""
        self.section().write(page)


# -- the run ----------------------------------------------------------------------------------------------------------


def run(
    households: int = 200,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[Case], None] | None = None,
) -> WashSaleReport:
    """Plan generated households that trade heavily, each in every way, with the default policy.

    `time_limit` is in seconds per solve. `progress` is called with each case.
    """
    from ....fixtures.generator import generate
    from ....fixtures.trading import trade_heavily

    homes = (trade_heavily(household, seed) for household in generate(households, seed))
    cases = run_cases(homes, partial(measure, time_limit=time_limit), progress)
    return WashSaleReport(households=households, seed=seed, time_limit=time_limit, cases=cases)


def measure(household: Household, time_limit: float = TIME_LIMIT, policy: Policy | None = None) -> Case:
    """Plan one household in every way and count. Exceptions go into the case's errors. `time_limit` is in seconds."""
    policy = policy or Policy()
    errors: list[str] = []

    def solved(name: str, home: Household) -> Plan | None:
        return tried(errors, name, home, partial(solve, home, policy, time_limit=time_limit))

    began = perf_counter()
    plan = solved("household", household)
    seconds = perf_counter() - began
    single = [solved(f"account {home.accounts[0].id}", home) for home in account_by_account(household)]
    loose, twins = without_wash_rules(household)
    free, open_windows = solved("unruled", loose), solved("windows", without_windows(household))

    orders: dict[str, Sequence[Ordered]] = {}
    if plan is not None:
        orders["household"] = plan.trades
    made = [each for each in single if each is not None]
    if len(made) == len(single):
        orders["accounts"] = [trade for each in made for trade in each.trades]
    if free is not None:
        names = {twin: symbol for symbol, twin in twins.items()}
        orders["unruled"] = [
            trade.model_copy(update={"symbol": names.get(trade.symbol, trade.symbol)}) for trade in free.trades
        ]
    books = Books(household, policy)
    case = Case(
        household=household.id,
        accounts=len(household.accounts),
        lots=sum(len(account.lots) for account in household.accounts),
        seconds=seconds,
        washed={way: wash_count(books, trades) for way, trades in orders.items()},
        errors=tuple(errors),
    )
    if plan is None:
        return case
    price = windows = None
    if free is not None and not plan.violations and not free.violations:
        price = plan.objective - float(replay(books, orders["unruled"]).objective)
    if open_windows is not None and not plan.violations and not open_windows.violations:
        windows = plan.objective - open_windows.objective
    gaps = [each.certificate.gap for each in (free, open_windows) if each and each.certificate.gap is not None]
    compared = [plan.trades, orders.get("unruled", ()), open_windows.trades if open_windows else ()]
    cents = sum(float(rounding(books, trades)) for trades in compared)
    proof = plan.certificate
    return replace(
        case,
        status=proof.status,
        timed_out=proof.limit == "time",
        value=plan.market_value,
        objective=plan.objective,
        gap=proof.gap,
        price=price,
        price_of_windows=windows,
        slack=max(gaps) + cents if gaps else None,
    )


# -- the count --------------------------------------------------------------------------------------------------------


def wash_count(books: Books, trades: Sequence[Ordered]) -> WashCount:
    """Count what the wash-sale ledger of the whole household disallows because of trades.

    A deferred loss of the plan's own sales does not count if the plan also sells the shares that it moved into: it is
    allowed with them. An earlier loss counts as far as more of it is disallowed than the scheduled purchases disallow
    anyway. Raises ValueError if more is sold than held.
    """
    household = books.household
    planned, known = plan_events(household, trades, replay(books, trades).gains), WashHistory(household)
    sales = earlier = 0
    lost = deferred = Fraction(0)
    for group in {*household.groups.values()}:
        history, coming = known.readings(group)[0], known.coming.get(group, ())
        before, after = (forked(history, group, events) for events in (coming, [*planned, *coming]))
        for position, disposal in enumerate(after.disposals):
            past = position < len(history.disposals)
            gone, moved = _disallowed(disposal, after, before.disposals[position] if past else None)
            if gone > 0 or moved > 0:
                sales, earlier = sales + 1, earlier + past
                lost, deferred = lost + gone, deferred + moved
    return WashCount(sales, earlier, float(lost), float(deferred))


def _disallowed(disposal: Disposal, after: WashSaleLedger, before: Disposal | None) -> tuple[Fraction, Fraction]:
    """Dollars of a loss lost and deferred because of the plan; `before` is an earlier loss without the plan."""
    if before is not None:
        return max(disposal.lost - before.lost, Fraction(0)), max(disposal.deferred - before.deferred, Fraction(0))
    held = (each for each in disposal.replacement_shares if each.fate == "deferred" and after.still_holds(each.tax_lot))
    return disposal.lost, sum((each.loss for each in held), Fraction(0))


# -- for people -------------------------------------------------------------------------------------------------------


ABOUT = [
    "The households are made up (`fixtures/`) and trade heavily: purchases and loss sales of the last 30 days in",
    "taxable and sheltered accounts, purchases scheduled for the next 30, reinvested dividends. Each is planned",
    "household-wide, and account by account, as tools do that see one account at a time: every account is solved",
    "on its own with its own lots, cash, trades and scheduled purchases and with the household's targets and",
    "taxpayer, and obeys the wash-sale rule as far as it sees. The trades of all accounts are then put together.",
    "For each way the wash-sale ledger of the *whole* household counts the plan's sales of which anything is",
    "disallowed and the earlier losses of which more is disallowed because of the plan's purchases. *Lost* is gone",
    "for good (the replacement is in a sheltered account), *deferred* moves into the basis of other shares; where",
    "the plan sells those shares too, the loss is allowed after all and not counted.",
    "",
    "The *price of the rule* is the objective of the household-wide plan less that of the best plan if there were",
    "no such rule: nothing traded before or after matters, and each security may be bought through a twin that is",
    "identical to nothing, so that a loss can be harvested and the same bought back at once. Its trades are booked",
    "as those of the securities themselves. Two things make it inexact: a single stock with a target of its own",
    "has no twin, and an account with commissions may sell and buy the same security without the rule, not with",
    "it. The *price of the windows* leaves the rule among the plan's own trades in force. Both may be less than",
    "zero by the certified gap of the plan without, not by more. What the ledger disallows of the trades planned",
    "without the rule is counted as well: not obeying the rule saves its price only on paper. The policy is the",
    "default.",
]


def _outcome(report: WashSaleReport) -> str:
    """How many households ended with which status, and what the rule costs, in words."""
    counts = report.counts()
    washing = ", ".join(case.household for case in report.cases if case.failed) or "none"
    return (
        f"{ended(report.cases)}. The household-wide plan has a wash sale in: {washing}; "
        f"account by account there are some in {report.washed('accounts')['washing']:.0f}. The rule costs more than a "
        f"cent in {counts['paying']} of {counts['compared']} compared; a plan that obeys it is better than the "
        f"certificate without it allows in {counts['refuted'] or 'none'}."
    )


def _tables(report: WashSaleReport) -> Iterator[Tabled]:
    """Tables, as columns and rows: the wash sales of each way, and the price of the rule."""
    rows = []
    for way, words in WAYS.items():
        sums = report.washed(way)
        whole = [f"{sums[key]:,.0f}" for key in ("washing", "sales", "earlier")]
        dollars = [number(sums[key], 2) for key in ("lost", "deferred")]
        rows.append([words, *whole, *dollars, f"{sums['households']:.0f}"])
    yield ["", "with any", "wash sales", "earlier", "lost, $", "deferred, $", "households"], rows
    yield spread_table(ROWS, {name: report.figures(name) for name in ROWS})


def _remarkable(report: WashSaleReport) -> Sequence[list[str]]:
    """Rows of the households that were not proven optimal, or in which something is wrong."""
    return [
        [
            case.household,
            case.status + (" (time limit)" if case.timed_out else ""),
            number(case.gap, 2),
            number(case.price, 2),
            number(case.seconds, 1),
            "; ".join([*case.errors, *["it has wash sales"] * case.failed, *["the price is refuted"] * case.refuted]),
        ]
        for case in report.cases
        if case.status != "optimal" or case.errors or case.failed or case.refuted
    ]
