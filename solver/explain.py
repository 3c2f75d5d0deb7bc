"""Why each trade is in the plan: a code for programs, a sentence for people.

Every number in a sentence is read off the household and the ledger; none off the program.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from ..models import Account, Household, Reason, TaxBill, WashState, tax_bill
from ..models.base import exact
from ..models.plan import ReasonCode
from ..models.replacements import stand_ins
from .closing import IN_A_WINDOW
from .ledger import NOTHING_WASHED, ZERO, Booking, Ledger, Order
from .problem import Problem
from .restrictions import unwanted

KINDS = {
    "taxable": "taxable account",
    "traditional": "IRA",
    "roth": "Roth",
    "hsa": "HSA",
    "401k": "401(k)",
}
"""Account kinds as people say them."""

Why = tuple[ReasonCode, str]


@dataclass(frozen=True)
class Story:
    """The facts that reasons are told from."""

    household: Household
    orders: Sequence[Order]
    ledger: Ledger
    problem: Problem
    states: Sequence[WashState]
    """What becomes of the plan's losses."""

    @cached_property
    def main_class(self) -> dict[str, str]:
        """The largest asset class of each security."""
        return {s.symbol: max(s.exposures, key=lambda c: s.exposures[c]) for s in self.household.securities}

    @cached_property
    def factors(self) -> dict[str, Mapping[str, float]]:
        """The loadings of each security."""
        return {s.symbol: s.factors for s in self.household.securities}

    @cached_property
    def unwanted(self) -> set[tuple[str, str]]:
        """Account ids and symbols that may not be held."""
        return unwanted(self.household)

    @cached_property
    def washed(self) -> dict[tuple[str, str], list[WashState]]:
        """The parts of losses that are deferred or lost, by account id and lot id."""
        found: dict[tuple[str, str], list[WashState]] = defaultdict(list)
        for state in self.states:
            if state.state in ("deferred", "lost") and self.ledger.washed.disallowed != NOTHING_WASHED.disallowed:
                found[state.account, state.lot].append(state)
        return found

    @cached_property
    def cleaned_out(self) -> set[tuple[str, str]]:
        """Recent lots, by account and lot id, that are sold so that older losses of their group are no wash sales."""
        lots, wash = self.problem.lots, self.problem.wash
        inside = {label for label, rule in zip(lots.label, lots.closed, strict=True) if rule == IN_A_WINDOW}
        found = set()
        for group, recent in wash.recent.items():
            sold = {(o.account, o.lot or "") for o in self.orders if self.group[o.symbol] == group and o.side == "sell"}
            if {*recent} <= sold and any(f"{account}/{lot}" in inside for account, lot in sold - {*recent}):
                found |= {*recent}
        return found

    @cached_property
    def replacements(self) -> dict[str, set[str]]:
        """The symbols that stand in for each preferred security."""
        standing = stand_ins(self.household.securities)
        return {each.symbol: standing & {*each.replacements} for each in self.household.securities}

    @cached_property
    def given_up(self) -> dict[str, set[str]]:
        """Stand-ins that are sold while what they stood in for is bought, with that."""
        sides = {(order.symbol, order.side) for order in self.orders}
        bought = {symbol: names for symbol, names in self.replacements.items() if (symbol, "buy") in sides}
        sold = {name for names in bought.values() for name in names if (name, "sell") in sides}
        return {name: {symbol for symbol, names in bought.items() if name in names} for name in sold}

    @cached_property
    def given_up_for(self) -> dict[str, set[str]]:
        """The same the other way round."""
        found: dict[str, set[str]] = defaultdict(set)
        for stand_in, symbols in self.given_up.items():
            for symbol in symbols:
                found[symbol].add(stand_in)
        return dict(found)

    @cached_property
    def group(self) -> dict[str, str]:
        """The identity group of each security."""
        return {security.symbol: security.group for security in self.household.securities}

    @cached_property
    def overweight(self) -> set[str]:
        """Classes above their target before the trades."""
        value = self.ledger.value
        return {name for name, band in self.ledger.classes().items() if band.before > (band.target or ZERO) * value}

    @cached_property
    def sold(self) -> dict[tuple[str, bool], dict[str, Decimal]]:
        """Dollars sold by (class, taxable) and account."""
        found: dict[tuple[str, bool], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for order, booking in zip(self.orders, self.ledger.bookings, strict=True):
            if order.side == "sell":
                key = self.main_class[order.symbol], self.account(order).taxable
                found[key][order.account] += booking.proceeds
        return found

    @cached_property
    def raised_in_shelter(self) -> set[str]:
        """Classes that the plan buys in sheltered accounts."""
        purchases = (order for order in self.orders if order.side == "buy")
        return {self.main_class[order.symbol] for order in purchases if not self.account(order).taxable}

    @cached_property
    def harvest_use(self) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """The plan's losses in all, and what they do: offset gains, offset other income, are carried on."""
        losses: dict[str, Decimal] = defaultdict(Decimal)
        gains: dict[str, Decimal] = defaultdict(Decimal)
        for booking in self.ledger.bookings:
            if booking.gain is not None and booking.term is not None:
                (losses if booking.gain < 0 else gains)[booking.term] += booking.gain
        without = tax_bill(self.household.filer, gains["short"], gains["long"])
        for term, disallowed in self.ledger.washed.disallowed.items():
            losses[term] += disallowed
        total = -sum(losses.values(), ZERO)
        used = exact(self.ledger.tax_after.loss_used) - exact(without.loss_used)
        carried = _carried(self.ledger.tax_after) - _carried(without)
        return total, total - used - carried, used, carried

    @cached_property
    def accounts(self) -> Mapping[str, Account]:
        """The accounts by id."""
        return self.household.account

    @cached_property
    def left_to_shelter(self) -> set[str]:
        """Classes of which the sheltered accounts could still sell a dollar or more."""
        price = {s.symbol: exact(s.price) for s in self.household.securities}
        free = set(self.problem.lots.label[self.problem.lots.free].tolist())
        return {
            self.main_class[lot.symbol]
            for account in self.household.accounts
            for lot in account.lots
            if not account.taxable
            and f"{account.id}/{lot.id}" in free
            and self.ledger.left[account.id, lot.id] * price[lot.symbol] >= 1
        }

    @cached_property
    def harvested(self) -> dict[tuple[str, str], set[str]]:
        """Symbols sold at a loss, by account and class."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for order, booking in zip(self.orders, self.ledger.bookings, strict=True):
            if booking.gain is not None and booking.gain < 0:
                found[order.account, self.main_class[order.symbol]].add(order.symbol)
        return found

    @cached_property
    def active(self) -> set[tuple[str, str]]:
        """Accounts with the sides on which they trade."""
        return {(order.account, order.side) for order in self.orders}

    def account(self, order: Order) -> Account:
        """The account of an order."""
        return self.accounts[order.account]

    def need(self, account: Account) -> Decimal:
        """Cash that must be raised in an account for its withdrawal and minimum; 0 where there is enough."""
        have = exact(account.cash) + exact(account.contribution) - exact(account.withdrawal)
        return max(ZERO, exact(account.minimum_cash) - have)

    @cached_property
    def gains(self) -> tuple[Decimal, Decimal]:
        """The plan's gains without its losses, and how much of them is taxed this year."""
        total = sum((b.gain for b in self.ledger.bookings if b.gain is not None and b.gain > 0), ZERO)
        before, after = (
            exact(bill.ordinary) + exact(bill.preferential) for bill in (self.ledger.tax_before, self.ledger.tax_after)
        )
        return total, min(total, after - before)

    @cached_property
    def tax_on_gains(self) -> Decimal:
        """What the plan's gains add to this year's tax."""
        losses: dict[str, Decimal] = defaultdict(Decimal)
        for booking in self.ledger.bookings:
            if booking.gain is not None and booking.term is not None:
                losses[booking.term] += min(booking.gain, ZERO)
        without = tax_bill(self.household.filer, losses["short"], losses["long"])
        return exact(self.ledger.tax_after.total) - exact(without.total)

    def trades(self, account: str, side: str) -> bool:
        """Whether the plan sells, or buys, anything in an account."""
        return (account, side) in self.active


def explain(story: Story) -> list[Reason]:
    """A reason for each order, in their order."""
    reasons = []
    for order, booking in zip(story.orders, story.ledger.bookings, strict=True):
        if order.side == "buy":
            code, text = _purchase(story, order)
        elif story.account(order).taxable:
            code, text = _taxable_sale(story, order, booking)
        else:
            code, text = _sheltered_sale(story, order)
        reasons.append(Reason(code=code, text=text))
    return reasons


def _sheltered_sale(story: Story, order: Order) -> Why:
    account, asset_class = story.account(order), story.main_class[order.symbol]
    kind = KINDS[account.kind]
    if story.need(account) > 0 and not story.trades(account.id, "buy"):
        return "raise_cash", f"Raises cash for {_why_cash(account)}; a sale in the {kind} is not taxed."
    if order.symbol in story.given_up:
        return "going_back", f"{_back(story, order)}: no current tax."
    if special := _special(story, order):
        return special[0], f"{special[1]}: no current tax."
    if asset_class in story.overweight:
        return "sheltered_correction", f"{asset_class} is corrected in the {kind}: no current tax."
    return "location", f"{asset_class} makes room in the {kind} for what is better held there: no current tax."


def _taxable_sale(story: Story, order: Order, booking: Booking) -> Why:
    account, asset_class = story.account(order), story.main_class[order.symbol]
    gain, key = booking.gain or ZERO, (order.account, order.lot or "")
    raises_cash = story.need(account) > 0
    only_cash = raises_cash and not story.trades(account.id, "buy")
    also = f" It also raises cash for {_why_cash(account)}." if raises_cash and not only_cash else ""
    if key in story.cleaned_out:
        first = "Bought within 30 days: sold first and in full, so that the losses of older lots are no wash sales"
        result = (
            ""
            if gain == 0
            else f"a loss of {dollars(-gain)}"
            if gain < 0
            else _cost_of_gain(story, gain, booking.term or "")
        )
        return "clean_out", f"{first}{'; ' * bool(result)}{result}.{also}"
    if order.symbol in story.given_up:
        cost = _cost_of_gain(story, gain, booking.term or "") if gain > 0 else f"a loss of {dollars(-gain)}"
        return "going_back", f"{_back(story, order)}; {cost}.{also}"
    if gain < 0 and key in story.washed:
        return "washed", _washed(-gain, booking.term or "", story.washed[key]) + also
    if gain < 0:
        return "harvest", _harvest(story, -gain, booking.term or "") + also
    if gain == 0:
        return ("raise_cash" if only_cash else "no_gain"), "Sold at neither gain nor loss: no tax." + also
    cost = _cost_of_gain(story, gain, booking.term or "")
    if only_cash:
        return "raise_cash", f"Raises cash for {_why_cash(account)}; {cost}."
    if special := _special(story, order):
        return special[0], f"{special[1]}; {cost}.{also}"
    if asset_class not in story.overweight and asset_class in story.raised_in_shelter:
        moved = f"{asset_class} is held in a sheltered account instead, where its income is not taxed"
        return "location", f"{moved}; {cost}.{also}"
    sheltered = story.sold.get((asset_class, False), {})
    if sheltered and asset_class in story.overweight:
        where = _names([KINDS[story.accounts[name].kind] for name in sheltered])
        amount = sum(sheltered.values(), ZERO)
        limit = "could absorb only" if asset_class not in story.left_to_shelter else "absorbed"
        split = f"Split: the {where} {limit} {dollars(amount)} of {asset_class}; the rest is sold here, and {cost}."
        return "split", split + also
    if story.gains[1] <= 0:
        return "absorbed", f"{asset_class} is reduced here: {cost}.{also}"
    if asset_class not in story.left_to_shelter:
        return "taxable_gain", f"No sheltered account has {asset_class} to sell: it is reduced here, and {cost}.{also}"
    return "taxable_gain", f"{asset_class} is reduced here, though a sheltered account holds more of it; {cost}.{also}"


def _special(story: Story, order: Order) -> Why | None:
    """What is nearer to a trade than its class: that it may not be held, its own target, a factor out of its band."""
    sale, symbol, value = order.side == "sell", order.symbol, story.ledger.value
    if sale and (order.account, symbol) in story.unwanted:
        return "not_held", f"{symbol} may not be held here"
    for band in story.ledger.bands:
        over, under = band.before > band.upper * value, band.before < band.lower * value
        if band.kind == "name" and band.name == symbol and (over if sale else under):
            return "own_target", f"{symbol} is {'above' if sale else 'below'} its own band"
    if story.main_class[symbol] in story.overweight and sale:
        return None
    loadings = story.factors[symbol]
    for band in story.ledger.bands:
        loading = exact(loadings.get(band.name, 0.0)) * (-1 if sale else 1)
        if band.kind == "factor" and (
            (loading < 0 and band.before > band.upper * value) or (loading > 0 and band.before < band.lower * value)
        ):
            return "factor", f"{symbol} brings {band.name} nearer to its band"
    return None


def _cost_of_gain(story: Story, gain: Decimal, term: str) -> str:
    """What a gain costs this year: all gains of the plan share what losses absorb."""
    total, taxed = story.gains
    if taxed <= 0:
        return f"losses absorb its {term}-term gain of {dollars(gain)}: no tax on it this year"
    if story.tax_on_gains <= 0:
        return f"its {term}-term gain of {dollars(gain)} is taxed at 0 % this year"
    if taxed < total:
        absorbed = f"losses absorb {dollars(total - taxed)} of the plan's gains of {dollars(total)}"
        return f"its {term}-term gain of {dollars(gain)} is taxed in part ({absorbed})"
    return f"its {term}-term gain of {dollars(gain)} is taxed"


def _back(story: Story, order: Order) -> str:
    """A stand-in, or what it stood in for, where the plan goes back from one to the other."""
    if order.side == "buy":
        return f"{order.symbol} may be bought again: {_names(sorted(story.given_up_for[order.symbol]))} stood in for it"
    return f"{order.symbol} stood in for {_names(sorted(story.given_up[order.symbol]))}, which is bought again"


def _washed(loss: Decimal, term: str, states: Sequence[WashState]) -> str:
    """A loss of which a part does not count, which is worth it to the plan."""
    parts = []
    for state in states:
        fate = "deferred into" if state.state == "deferred" else "lost to"
        bought = f"{state.purchase_symbol} in {state.purchase_account}, {state.purchase_date}"
        parts.append(f"{dollars(exact(state.loss))} {fate} {bought}")
    washed = "washed in part" if sum(exact(state.loss) for state in states) < loss else "washed"
    return f"Its {term}-term loss of {dollars(loss)} is {washed}, the lesser cost: {_names(parts)}."


def _harvest(story: Story, loss: Decimal, term: str) -> str:
    total, gains, income, carried = story.harvest_use
    offset = [f"{dollars(gains)} of gains"] if gains > 0 else []
    if income > 0:
        offset.append(f"{dollars(income)} of other income")
    uses = [f"offsets {_names(offset)}"] if offset else []
    if carried > 0:
        uses.append(f"adds {dollars(carried)} to the losses carried on")
    if total == loss:
        return f"Harvested: the {term}-term loss of {dollars(loss)} {_names(uses)}."
    together = f"with the plan's other losses, {dollars(total)} in all, it {_names(uses)}"
    return f"Harvested: a {term}-term loss of {dollars(loss)}; {together}."


def _purchase(story: Story, order: Order) -> Why:
    account, asset_class = story.account(order), story.main_class[order.symbol]
    kind = KINDS[account.kind]
    if order.symbol in story.given_up_for:
        return "going_back", f"{_back(story, order)}."
    named = sorted(symbol for symbol, names in story.replacements.items() if order.symbol in names)
    if gone := [symbol for symbol in named if symbol in set().union(*story.harvested.values())]:
        return "replacement", f"Stands in for {_names(gone)}, harvested, as the file names it."
    if special := _special(story, order):
        return special[0], f"{special[1]}."
    if not story.trades(account.id, "sell"):
        if account.contribution > 0:
            return "contribution", f"Bought with the contribution, no sale: raises {asset_class}."
        return "idle_cash", f"Bought with idle cash in the {kind}, no sale: raises {asset_class}."
    if not account.taxable:
        if asset_class in story.overweight:
            return "location", f"{asset_class} is better held in the {kind}, where its income is not taxed now."
        return "sheltered_correction", f"{asset_class} is raised in the {kind} with the proceeds there: no current tax."
    harvested = story.harvested.get((account.id, asset_class))
    if harvested:
        names = _names(sorted(harvested))
        return "replacement", f"Takes the place of {names}, harvested; it is of another identity group."
    return "reinvest", f"{asset_class} is raised with the proceeds of the sales in this account."


def _why_cash(account: Account) -> str:
    return f"the withdrawal of {dollars(exact(account.withdrawal))}" if account.withdrawal > 0 else "the cash minimum"


def _carried(bill: TaxBill) -> Decimal:
    return exact(bill.short_carryforward) + exact(bill.long_carryforward)


def dollars(amount: Decimal) -> str:
    """Dollars in a sentence, cents where they are few."""
    return f"${amount:,.0f}" if amount >= 100 else f"${amount:,.2f}"


def _names(words: Sequence[str]) -> str:
    """Words as a list in a sentence, each once."""
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} and {last}" if others else last
