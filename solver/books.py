"""Trades replayed on a household in decimal arithmetic: cash, shares, gains, the tax bill, the objective.

It knows the household, the policy and the orders, and nothing of the program. Plans state its figures and the audit
recomputes them with it. `Books` is what one household's replays share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import Literal

from ..models import Household, Lot, Policy, Security, TaxBill, days_to_long_term, holding_term, later_years, tax_bill
from ..models.base import exact
from ..models.holding_period import Term
from ..models.household import CASH, FREE_CASH
from ..models.lot_rules import bases, redemption_fee
from ..models.policy import BandKind
from ..models.replacements import ranks, stand_ins
from ..models.waiting import waiting_price
from .closing import Rule, closing_rules
from .ledger import NOTHING_WASHED, ONE, ZERO, Band, Booking, Ledger, Ordered, cents
from .wash_today import WashToday
from .washed import washed_by


class Tally:
    """What orders add up to while they are booked; an order may be taken back by booking it with the sign -1."""

    def __init__(self, books: Books, cash: dict[str, Decimal]) -> None:
        self.books = books
        self.cash = cash
        self.sold: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """Shares, by account and lot."""
        self.moved: dict[str, Decimal] = defaultdict(Decimal)
        """Shares bought less sold as they count toward targets, by symbol."""
        self.amounts: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        """Dollars by order: account, symbol, side."""
        self.bought: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """Shares, by account and symbol."""
        self.realized: dict[Term, Decimal] = {"short": ZERO, "long": ZERO}
        self.loss = self.trading = self.location = self.preference = self.waiting = ZERO

    def copy(self) -> Tally:
        """The same, to be changed on its own."""
        other = Tally(self.books, dict(self.cash))
        for name in ("sold", "moved", "amounts", "bought"):
            getattr(other, name).update(getattr(self, name))
        other.realized = dict(self.realized)
        other.loss, other.trading = self.loss, self.trading
        other.location, other.preference, other.waiting = self.location, self.preference, self.waiting
        return other

    def book(self, order: Ordered, sign: Literal[1, -1] = 1) -> Booking:
        """Add an order, or take it back."""
        books = self.books
        account, symbol, quantity = order.account, order.symbol, exact(order.quantity)
        amount = quantity * books.price[symbol]
        drag = books.drag[symbol] * amount if books.accounts[account].taxable else ZERO
        if order.side == "buy":
            booking = Booking(-books.cost(symbol, quantity))
            self.trading += sign * amount * books.spread[symbol]
            self.bought[account, symbol] += sign * quantity
            self.moved[symbol] += sign * quantity * books.counted[account]
            self.location += sign * drag
            self.preference += sign * amount * books.stand_in_cost * books.ranks[account].get(symbol, 0)
        else:
            booking = self._sell(books.lots[account, order.lot or ""], account, quantity, amount, sign)
            self.moved[symbol] -= sign * quantity * books.counted[account]
            self.location -= sign * drag
            if symbol in books.stand_ins:
                self.preference -= sign * amount * books.stand_in_cost
        self.cash[account] += sign * booking.proceeds
        key = account, symbol, order.side
        self.amounts[key] += sign * amount
        if not self.amounts[key]:
            del self.amounts[key]
        return booking

    def _sell(self, lot: Lot, account: str, quantity: Decimal, amount: Decimal, sign: int) -> Booking:
        books = self.books
        proceeds = books.proceeds(lot, quantity)
        self.sold[account, lot.id] += sign * quantity
        self.trading += sign * amount * books.selling_cost(lot)
        per_share = books.gain_per_share(account, lot)
        if per_share is None or lot.acquired is None:
            return Booking(proceeds)
        unrounded, term = quantity * per_share, holding_term(lot.acquired, books.household.trade_date)
        gain = cents(unrounded)
        self.realized[term] += sign * gain
        self.loss -= sign * min(gain, ZERO)
        if term == "short":
            self.waiting += sign * books.waiting(lot, per_share, amount)
        return Booking(proceeds, gain, term, unrounded)


class Books:
    """A household and a policy in decimals, ready for any number of replays."""

    def __init__(self, household: Household, policy: Policy) -> None:
        self.household, self.policy = household, policy
        self.filer, self.later = household.filer, later_years(household.filer, policy)
        self.wash = WashToday(household)
        self.accounts = household.account
        self.securities = household.security
        self.price = {k.symbol: exact(k.price) for k in household.securities}
        self.spread = {k.symbol: exact(k.half_spread) for k in household.securities}
        self.drag = {k.symbol: self._income_drag(k) for k in household.securities}
        self.ranks = {a.id: ranks(household, a) for a in household.accounts}
        self.stand_ins, self.stand_in_cost = stand_ins(household.securities), exact(policy.stand_in_cost)
        self.lots = {(a.id, lot.id): lot for a in household.accounts for lot in a.lots}
        self.shares = {key: exact(lot.quantity) for key, lot in self.lots.items()}
        self.basis = {(a.id, lot): basis for a in household.accounts for lot, basis in bases(a).items()}
        self.counted = {a.id: exact(self.later.counted(a.kind, policy)) for a in household.accounts}
        self.cash = {a.id: exact(a.cash) + exact(a.contribution) - exact(a.withdrawal) for a in household.accounts}
        self.commission = {a.id: exact(a.commission) for a in household.accounts}
        self.bill = tax_bill(self.filer, ZERO, ZERO)
        held: dict[str, Decimal] = defaultdict(Decimal)
        self.held_counted: dict[str, Decimal] = defaultdict(Decimal)
        for (account, _), lot in self.lots.items():
            quantity = self.shares[account, lot.id]
            held[lot.symbol] += quantity
            self.held_counted[lot.symbol] += quantity * self.counted[account]
        self.worth = sum((held[symbol] * self.price[symbol] for symbol in held), sum(self.cash.values(), ZERO))
        self.counted_cash = sum((self.counted[account] * cash for account, cash in self.cash.items()), ZERO)
        self.value = sum((q * self.price[symbol] for symbol, q in self.held_counted.items()), self.counted_cash)
        self.waiting_gains = self._waiting_gains()
        self.bands: list[Band] = []
        """Every band before the trades."""
        self.counts: dict[str, list[tuple[int, Decimal]]] = defaultdict(list)
        """What a dollar of a symbol counts in which of them."""
        self._add_bands()
        self.cash_band = next(i for i, band in enumerate(self.bands) if (band.kind, band.name) == ("class", CASH))

    @cached_property
    def closed(self) -> dict[tuple[str, str], Rule]:
        """The lots that may not be sold today, each with the rule."""
        gains = {key: self.gain_per_share(key[0], lot) or ZERO for key, lot in self.lots.items()}
        return closing_rules(self.household, self.policy, gains, self.wash)

    # -- lots -------------------------------------------------------------------------------------------------------

    def selling_cost(self, lot: Lot) -> Decimal:
        """Half-spread and redemption fee, a fraction of the price."""
        fee = redemption_fee(self.securities[lot.symbol], lot, self.household.trade_date)
        return self.spread[lot.symbol] + fee

    def proceeds(self, lot: Lot, quantity: Decimal) -> Decimal:
        """Cash from selling shares of a lot, after spread and redemption fee, to the cent."""
        return cents(quantity * self.price[lot.symbol] * (ONE - self.selling_cost(lot)))

    def cost(self, symbol: str, quantity: Decimal) -> Decimal:
        """Cash that buying takes, with the half-spread, to the cent."""
        return cents(quantity * self.price[symbol] * (ONE + self.spread[symbol]))

    def gain_per_share(self, account: str, lot: Lot) -> Decimal | None:
        """Amount realized less basis, dollars a share; None in a sheltered account."""
        if not self.accounts[account].taxable or lot.acquired is None:
            return None
        return self.price[lot.symbol] * (ONE - self.selling_cost(lot)) - self.basis[account, lot.id]

    def _waiting_gains(self) -> Decimal:
        """The gain of all taxable lots at a short-term gain."""
        total = ZERO
        for (account, _), lot in self.lots.items():
            gain = self.gain_per_share(account, lot)
            if gain is None or gain <= 0 or lot.acquired is None:
                continue
            if days_to_long_term(lot.acquired, self.household.trade_date) > 0:
                total += gain * self.shares[account, lot.id]
        return total

    def waiting(self, lot: Lot, gain: Decimal, amount: Decimal) -> Decimal:
        """What selling `amount` dollars of a lot today, rather than long-term, is charged."""
        if gain <= 0 or lot.acquired is None:
            return ZERO
        days = days_to_long_term(lot.acquired, self.household.trade_date)
        per_dollar = gain / self.price[lot.symbol]
        return amount * waiting_price(self.filer, self.policy, per_dollar, days, self.waiting_gains)

    # -- a replay ---------------------------------------------------------------------------------------------------

    def replay(self, orders: Iterable[Ordered]) -> Ledger:
        """Book every order and price the result. Raises KeyError where an order names what is not there."""
        tally = self.tally()
        bookings = tuple(tally.book(order) for order in orders)
        left = dict(self.shares)
        for key, shares in tally.sold.items():
            left[key] -= shares
        return self.priced(tally, bookings, left)

    def tally(self) -> Tally:
        """Nothing booked so far."""
        return Tally(self, dict(self.cash))

    def priced(
        self, tally: Tally, bookings: tuple[Booking, ...] = (), left: dict[tuple[str, str], Decimal] | None = None
    ) -> Ledger:
        """What all that a tally holds comes to."""
        cash, trading = dict(tally.cash), tally.trading
        for account, _, _ in tally.amounts:
            cash[account] -= self.commission[account]
            trading += self.commission[account]
        washed = washed_by(self, tally) if self.policy.wash_sales == "price" else NOTHING_WASHED
        realized = {term: gain + washed.disallowed[term] for term, gain in tally.realized.items()}
        bill = tax_bill(self.filer, realized["short"], realized["long"])
        counted_cash = sum((self.counted[account] * dollars for account, dollars in cash.items()), ZERO)
        bands = self._after(tally.moved, counted_cash)
        traded = sum(tally.amounts.values(), ZERO) / 2
        limited = {
            "short_gain": exact(bill.short_gain),
            "long_gain": exact(bill.long_gain),
            "net_gain": exact(bill.short_gain) + exact(bill.long_gain),
            "loss": tally.loss,
            "bill": exact(bill.total),
            "turnover": traded / self.worth if self.worth > 0 else traded,
            "trades": Decimal(len(tally.amounts)),
        }
        shortfalls = self._shortfalls(tally)
        parts = {
            "tax": exact(bill.total) - exact(self.bill.total),
            "later": self._later(bill, sum(tally.realized.values(), washed.deferred)),
            "waiting": tally.waiting,
            "drift": self._drift(bands),
            "trading": trading,
            "location": tally.location,
            "preference": tally.preference,
            "limits": self._excess(limited, shortfalls),
        }
        return Ledger(
            bookings=bookings,
            worth=self.worth,
            value=self.value,
            cash=cash,
            left=left or {},
            bands=bands,
            tax_before=self.bill,
            tax_after=bill,
            limited=limited,
            shortfalls=shortfalls,
            washed=washed,
            parts={name: cents(dollars) for name, dollars in parts.items()},
        )

    # -- bands ------------------------------------------------------------------------------------------------------

    def _add_bands(self) -> None:
        household, securities = self.household, self.household.securities
        targets = {t.asset_class: (exact(t.weight), exact(t.lower), exact(t.upper)) for t in household.targets}
        targets.setdefault(CASH, (ZERO, ZERO, exact(FREE_CASH)))
        rows: list[tuple[BandKind, str, Decimal | None, Decimal, Decimal, dict[str, Decimal]]] = []
        for name, (target, lower, upper) in targets.items():
            counts = {k.symbol: exact(k.exposures[name]) for k in securities if name in k.exposures}
            rows.append(("class", name, target, lower, upper, counts))
        for factor in household.factor_targets:
            counts = {k.symbol: exact(k.factors[factor.factor]) for k in securities if factor.factor in k.factors}
            rows.append(("factor", factor.factor, None, exact(factor.lower), exact(factor.upper), counts))
        for own in household.security_targets:
            ends = exact(own.lower), exact(own.upper)
            rows.append(("name", own.symbol, exact(own.weight), *ends, {own.symbol: ONE}))
        for kind, name, weight, lower, upper, counts in rows:
            held = (self.held_counted[k] * self.price[k] * part for k, part in counts.items() if k in self.held_counted)
            before = sum(held, self.counted_cash if (kind, name) == ("class", CASH) else ZERO)
            for symbol, part in counts.items():
                self.counts[symbol].append((len(self.bands), part))
            self.bands.append(Band(kind, name, weight, lower, upper, before, before))

    def _after(self, moved: dict[str, Decimal], counted_cash: Decimal) -> tuple[Band, ...]:
        change: dict[int, Decimal] = defaultdict(Decimal)
        for symbol, quantity in moved.items():
            dollars = quantity * self.price[symbol]
            for place, part in self.counts.get(symbol, ()):
                change[place] += dollars * part
        change[self.cash_band] += counted_cash - self.counted_cash
        bands = list(self.bands)
        for place, dollars in change.items():
            band = bands[place]
            after = band.before + dollars
            bands[place] = Band(band.kind, band.name, band.target, band.lower, band.upper, band.before, after)
        return tuple(bands)

    def _drift(self, bands: tuple[Band, ...]) -> Decimal:
        total = ZERO
        for kind, prices in self.policy.drift_prices.items():
            width = exact(prices.near_width) * max(self.value, ZERO)
            near_cost, far_cost = exact(prices.near_cost), exact(prices.far_cost)
            for band in bands:
                if band.kind == kind and (outside := band.outside(self.value)):
                    near = min(outside, width)
                    total += near_cost * near + far_cost * (outside - near)
        return total

    # -- the other parts --------------------------------------------------------------------------------------------

    def _later(self, bill: TaxBill, realized: Decimal) -> Decimal:
        """What the plan moves to later years: losses carried on, and gains no longer deferred."""
        later = self.later
        short = exact(bill.short_carryforward) - exact(self.bill.short_carryforward)
        long = exact(bill.long_carryforward) - exact(self.bill.long_carryforward)
        carried = exact(later.carried_short) * short + exact(later.carried_long) * long
        return -carried - exact(later.deferral) * realized

    def _income_drag(self, security: Security) -> Decimal:
        """Tax on the income of a dollar of a security held in a taxable account over the location horizon."""
        ordinary = exact(security.ordinary_yield) * exact(self.later.short_rate)
        qualified = exact(security.qualified_yield) * exact(self.later.long_rate)
        return exact(self.policy.location_years) * (ordinary + qualified)

    def _shortfalls(self, tally: Tally) -> dict[tuple[str, str, str], Decimal]:
        """What orders fall short of the minimum trade; a sale need not be more than the account holds."""
        limit = self.policy.limits.minimum_trade
        if limit is None:
            return {}
        found = {}
        for (account, symbol, side), amount in tally.amounts.items():
            least = exact(limit.amount)
            if side == "sell":
                lots = ((account, lot.id) for lot in self.accounts[account].lots if lot.symbol == symbol)
                least = min(least, sum((self.shares[key] for key in lots), ZERO) * self.price[symbol])
            if amount < least:
                found[account, symbol, side] = least - amount
        return found

    def _excess(self, limited: dict[str, Decimal], shortfalls: dict[tuple[str, str, str], Decimal]) -> Decimal:
        """The price of what goes beyond soft limits."""
        total = ZERO
        for name, used in limited.items():
            limit = getattr(self.policy.limits, name)
            if limit is not None and limit.price is not None:
                unit = max(self.worth, ZERO) if name == "turnover" else ONE
                total += exact(limit.price) * max(used - exact(limit.amount), ZERO) * unit
        least = self.policy.limits.minimum_trade
        if least is not None and least.price is not None:
            total += exact(least.price) * sum(shortfalls.values(), ZERO)
        return total


def replay(household: Household, policy: Policy, orders: Iterable[Ordered]) -> Ledger:
    """Book every order and price the result. Raises KeyError where an order names what is not there."""
    return Books(household, policy).replay(orders)
