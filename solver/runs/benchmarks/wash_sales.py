"""Wash sales of a plan for the whole household against plans made account by account, and the price of the rule.

Every generated household has traded heavily lately. What its trades come to is the word of the wash-sale ledger, run
over all accounts of the household, whoever made the plan.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from math import fsum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ....models import Account, Household, Lot, Plan, Policy
from ....models.household.parts.activity import Restriction
from ....models.schema.ordered import Ordered
from ....models.wash_sales.history import forked, plan_events, scheduled, wash_history
from ...accounting.books import Books
from ...accounting.replay import replay
from ...accounting.violations import rounding
from ...api import GAP_BP, TIME_LIMIT, solve
from ...auditor.audit import audit
from .page import Section, Tabled, conditions, ended, number, spread, spread_table, versions

if TYPE_CHECKING:
    from rich.console import Console

    from ....models.wash_sales.ledger import Disposal, WashSaleLedger

WAYS = {
    "household": "household-wide, the rule on",
    "accounts": "account by account",
    "unruled": "household-wide, the rule off",
}
"""Whose trades the ledger counts, in words."""

ROWS = {
    "price": ("price of the rule, $", 2),
    "price_bp": ("price of the rule, bp of the value", 4),
    "price_of_windows": ("of it price of the windows, $", 2),
    "gap": ("certified gap, $", 2),
    "seconds": ("seconds, household-wide", 2),
}
"""What is told of all households: figures of a case, in words, and decimals."""


@dataclass(frozen=True, slots=True)
class Washed:
    """What the ledger disallows because of a plan, over the whole household."""

    sales: int = 0
    """Sales of the plan of which anything is disallowed, and earlier losses of which more is, because of it."""
    earlier: int = 0
    """How many of them are earlier ones."""
    lost: float = 0.0
    """Dollars of losses that are gone for good."""
    deferred: float = 0.0
    """Dollars that moved into the basis of other shares."""


@dataclass(frozen=True, slots=True)
class Case:
    """What came of one household. Dollars."""

    household: str
    accounts: int
    lots: int
    status: str
    """The certificate's of the household-wide plan; "error" where there is none."""
    timed_out: bool
    """Whether the time limit stopped the search for it."""
    seconds: float
    """Wall time of its solve."""
    value: float | None = None
    objective: float | None = None
    gap: float | None = None
    """How much a better plan than the household-wide one could save at most."""
    washed: dict[str, Washed] = field(default_factory=dict)
    """By one of WAYS, where there is a plan."""
    price: float | None = None
    """The objective of the household-wide plan less that of the plan without the rule; none where one breaks a hard
    rule."""
    price_of_windows: float | None = None
    """The same against the plan without what was traded before and what is scheduled, but with the rule among the
    plan's own trades."""
    slack: float | None = None
    """How far below zero a price may be: the greater gap of the plans without the rule, and rounding."""
    errors: tuple[str, ...] = ()
    """What was raised, and what an audit found."""

    @property
    def price_bp(self) -> float | None:
        """The price, in basis points of the household's value."""
        return None if self.price is None or not self.value or self.value < 0 else self.price / self.value * 1e4

    @property
    def refuted(self) -> bool:
        """Whether a plan that obeys the rule is better than the certificate of one without it allows."""
        prices = [price for price in (self.price, self.price_of_windows) if price is not None]
        return self.slack is not None and any(price < -self.slack for price in prices)

    @property
    def failed(self) -> bool:
        """Whether the household-wide plan has a wash sale."""
        return "household" in self.washed and self.washed["household"].sales > 0


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a run found, and how it was run."""

    households: int
    seed: int
    time_limit: float
    versions: dict[str, str]
    cores: int | None
    cases: tuple[Case, ...]

    @property
    def command(self) -> str:
        """What runs it again."""
        limit = "" if self.time_limit == TIME_LIMIT else f" --time-limit {self.time_limit:g}"
        return f"lotroute bench wash --households {self.households} --seed {self.seed}{limit}"

    def washed(self, way: str) -> dict[str, float]:
        """Of one of WAYS: households counted, those with a wash sale, and sums over all of them."""
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
        """Of one of ROWS: households, mean, median, ninth decile, least and most."""
        values = [value for case in self.cases if (value := getattr(case, name)) is not None]
        return spread(values)

    def counts(self) -> dict[str, int]:
        """How many households: compared with a plan without the rule, paying more than a cent for it, late, failed."""
        prices = [case.price for case in self.cases if case.price is not None]
        return {
            "compared": len(prices),
            "paying": sum(price > 0.01 for price in prices),
            "timed_out": sum(case.timed_out for case in self.cases),
            "washing": sum(case.failed for case in self.cases),
            "refuted": sum(case.refuted for case in self.cases),
            "errors": sum(bool(case.errors) for case in self.cases),
        }

    def as_dict(self) -> dict[str, Any]:
        """For JSON: how it was run, the figures, the cases."""
        how = {name: getattr(self, name) for name in ("command", "seed", "time_limit", "versions", "cores")}
        summary = {
            "statuses": dict(Counter(case.status for case in self.cases)),
            "counts": self.counts(),
            "washed": {way: self.washed(way) for way in WAYS},
            "figures": {name: self.figures(name) for name in ROWS},
        }
        return how | {"gap_bp": GAP_BP} | summary | {"cases": [asdict(case) for case in self.cases]}


# -- the run ----------------------------------------------------------------------------------------------------------


def run(
    households: int = 200,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[Case], None] | None = None,
) -> Report:
    """Plan so many generated households that trade heavily, each in every way, with the default policy. `time_limit` is
    seconds a solve.

    `progress` is called after each.
    """
    from ....fixtures.generator import generate
    from ....fixtures.trading import trade_heavily

    cases = []
    for household in generate(households, seed):
        cases.append(measure(trade_heavily(household, seed), time_limit))
        if progress is not None:
            progress(cases[-1])
    return Report(households, seed, time_limit, versions(), os.cpu_count(), tuple(cases))


def measure(household: Household, time_limit: float = TIME_LIMIT, policy: Policy | None = None) -> Case:
    """Plan one household in every way and count. Whatever is raised on the way is in the case's errors."""
    policy = policy or Policy()
    errors: list[str] = []

    def tried(name: str, home: Household) -> Plan | None:
        try:
            plan = solve(home, policy, time_limit=time_limit)
            errors.extend(f"{name}: {finding}" for finding in audit(home, plan))
        except Exception as error:  # a benchmark counts what fails and goes on
            errors.append(f"{name}: {type(error).__name__}: {error}")
            return None
        return plan

    began = perf_counter()
    plan = tried("household", household)
    seconds = perf_counter() - began
    single = [tried(f"account {home.accounts[0].id}", home) for home in account_by_account(household)]
    loose, twins = without_wash_rules(household)
    free, open_windows = tried("unruled", loose), tried("windows", without_windows(household))

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
    found = {way: washed(books, trades) for way, trades in orders.items()}
    sizes = len(household.accounts), sum(len(account.lots) for account in household.accounts)
    if plan is None:
        return Case(household.id, *sizes, "error", False, seconds, washed=found, errors=tuple(errors))
    price = windows = None
    if free is not None and not plan.violations and not free.violations:
        price = plan.objective - float(replay(books, orders["unruled"]).objective)
    if open_windows is not None and not plan.violations and not open_windows.violations:
        windows = plan.objective - open_windows.objective
    gaps = [each.certificate.gap for each in (free, open_windows) if each and each.certificate.gap is not None]
    compared = [plan.trades, orders.get("unruled", ()), open_windows.trades if open_windows else ()]
    cents = sum(float(rounding(books, trades)) for trades in compared)
    proof = plan.certificate
    return Case(
        household.id,
        *sizes,
        proof.status,
        proof.limit == "time",
        seconds,
        plan.market_value,
        plan.objective,
        proof.gap,
        found,
        price,
        windows,
        max(gaps) + cents if gaps else None,
        tuple(errors),
    )


# -- other ways to plan -----------------------------------------------------------------------------------------------


def account_by_account(household: Household) -> Iterator[Household]:
    """Each account as a household of its own: it sees its own lots, trades and scheduled purchases, and nothing of the
    other accounts; taxpayer and targets are the household's.
    """
    for account in household.accounts:
        own = {
            "accounts": (account,),
            "recent_trades": tuple(each for each in household.recent_trades if each.account == account.id),
            "scheduled_buys": tuple(each for each in household.scheduled_buys if each.account == account.id),
            "restrictions": tuple(each for each in household.restrictions if each.account in (None, account.id)),
        }
        yield household.model_copy(update=own)


def without_windows(household: Household) -> Household:
    """The household as if no trade before or after the plan could make a wash sale: nothing else was traded or will be,
    and the lots of a taxable account were bought with one order, whose rest replaces nothing (Rev. Rul. 56-602). In a
    sheltered account lots lose their dates, but for those whose sale depends on them: their windows stay.
    """
    fees = {security.symbol for security in household.securities if security.redemption_fee}

    def undated(account: Account, lot: Lot) -> bool:
        return lot.symbol not in fees and account.accounting_method == "specific"

    def changed(account: Account) -> Account:
        lots = [
            lot.model_copy(update={"order": "all"})
            if account.taxable
            else lot.model_copy(update={"acquired": None} if undated(account, lot) else {})
            for lot in account.lots
        ]
        return account.model_copy(update={"reinvests": (), "lots": tuple(lots)})

    accounts = tuple(changed(account) for account in household.accounts)
    return household.model_copy(update={"accounts": accounts, "recent_trades": (), "scheduled_buys": ()})


def without_wash_rules(household: Household) -> tuple[Household, dict[str, str]]:
    """The same, and as if the plan could buy what it sells at a loss: each security has a twin, identical to nothing,
    that is bought in its stead. Also gives the twins by symbol.

    A security with a target of its own has none, because a twin would not count toward it.
    """
    symbols = {security.symbol for security in household.securities}
    targeted = {target.symbol for target in household.security_targets}
    twins: dict[str, str] = {}
    for security in household.securities:
        if security.symbol not in targeted:
            twin = f"{security.symbol}+"
            while twin in symbols:
                twin += "+"
            symbols.add(twin)
            twins[security.symbol] = twin
    securities = [
        security.model_copy(update={"symbol": twins[security.symbol], "identity_group": None})
        for security in household.securities
        if security.symbol in twins
    ]
    home = without_windows(household)
    accounts = tuple(
        account
        if account.menu is None
        else account.model_copy(update={"menu": (*account.menu, *(twins[k] for k in account.menu if k in twins))})
        for account in home.accounts
    )
    rows = [row for row in household.restrictions if row.rule in ("no_buy", "do_not_hold") and row.symbol in twins]
    forbidden = [row.model_copy(update={"rule": "no_buy", "symbol": twins[row.symbol or ""]}) for row in rows]
    instead = [Restriction(rule="no_buy", symbol=symbol) for symbol in twins]
    changes = {
        "securities": (*household.securities, *securities),
        "accounts": accounts,
        "restrictions": (*household.restrictions, *forbidden, *instead),
    }
    return home.model_copy(update=changes), twins


# -- the count --------------------------------------------------------------------------------------------------------


def washed(books: Books, trades: Sequence[Ordered]) -> Washed:
    """What the ledger of the whole household disallows because of trades.

    Of the plan's own sales a deferred loss does not count where the shares that it moved into are sold by the plan too:
    it is allowed with them. Of earlier losses counts what is disallowed beyond what the scheduled purchases do anyway.
    """
    household = books.household
    planned, coming = plan_events(household, trades, replay(books, trades).gains), scheduled(household)
    sales = earlier = 0
    lost = deferred = Fraction(0)
    for group, history in wash_history(household, {security.group for security in household.securities}).items():
        before, after = (
            forked(history, (each for each in events if history.group(each.symbol) == group))
            for events in (coming, [*planned, *coming])
        )
        for position, disposal in enumerate(after.disposals):
            past = position < len(history.disposals)
            gone, moved = _disallowed(disposal, after, before.disposals[position] if past else None)
            if gone > 0 or moved > 0:
                sales, earlier = sales + 1, earlier + past
                lost, deferred = lost + gone, deferred + moved
    return Washed(sales, earlier, float(lost), float(deferred))


def _disallowed(disposal: Disposal, after: WashSaleLedger, before: Disposal | None) -> tuple[Fraction, Fraction]:
    """Dollars of a loss that are lost and deferred because of the plan; `before` is an earlier one without it."""
    if before is not None:
        return max(disposal.lost - before.lost, Fraction(0)), max(disposal.deferred - before.deferred, Fraction(0))
    held = (each for each in disposal.replacement_shares if each.fate == "deferred" and after.still_holds(each.tax_lot))
    return disposal.lost, sum((each.loss for each in held), Fraction(0))


# -- for people -------------------------------------------------------------------------------------------------------


def print_report(console: Console, report: Report) -> None:
    """Write a report to a console, at most 100 columns wide."""
    _section(report).print(console)


def write_page(report: Report, page: Path) -> None:
    """Write a report as a section of a page in Markdown."""
    _section(report).write(page)


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


def _section(report: Report) -> Section:
    return Section(
        name="bench wash",
        title="Wash sales",
        command=report.command,
        conditions=conditions(report.versions, report.cores, report.time_limit),
        about=ABOUT,
        outcome=_outcome(report),
        tables=[*_tables(report)],
        remarkable=(
            ["not optimal, washing or failed", "status", "gap, $", "price, $", "seconds", "errors"],
            _remarkable(report),
        ),
    )


def _outcome(report: Report) -> str:
    """How many ended how, in a few sentences."""
    counts = report.counts()
    washing = ", ".join(case.household for case in report.cases if case.failed) or "none"
    how = ended([case.status for case in report.cases], counts)
    return (
        f"{how}. The household-wide plan has a wash sale in: {washing}; "
        f"account by account there are some in {report.washed('accounts')['washing']:.0f}. The rule costs more than a "
        f"cent in {counts['paying']} of {counts['compared']} compared; a plan that obeys it is better than the "
        f"certificate without it allows in {counts['refuted'] or 'none'}."
    )


def _tables(report: Report) -> Iterator[Tabled]:
    """Columns and rows: the wash sales of each way, and the price of the rule."""
    rows = []
    for way, words in WAYS.items():
        sums = report.washed(way)
        whole = [f"{sums[key]:,.0f}" for key in ("washing", "sales", "earlier")]
        dollars = [number(sums[key], 2) for key in ("lost", "deferred")]
        rows.append([words, *whole, *dollars, f"{sums['households']:.0f}"])
    yield ["", "with any", "wash sales", "earlier", "lost, $", "deferred, $", "households"], rows
    yield spread_table(ROWS, {name: report.figures(name) for name in ROWS})


def _remarkable(report: Report) -> Sequence[list[str]]:
    """The households that were not solved to proven optimality, or in which something is wrong."""
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
