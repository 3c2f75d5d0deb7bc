"""Where the money that a household asks for comes from, or goes: each transfer with its tax, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ...models.household.moves import DEFERRED, Moves, filer_with
from ...models.plan.transfers import Transfer
from ...models.retirement.requests import Requests, requests_of
from ...models.schema.money import ZERO, cents, exact
from ...models.tax.tax_bill import tax_bill
from .words import KINDS, to_the_cent

if TYPE_CHECKING:
    from ...models.tax.holding_period import Term
    from .facts import Solved


def transfers(solved: Solved) -> Iterator[Transfer]:
    """Yield the transfers of a plan: what is distributed, withdrawn, contributed and converted, account by account."""
    moves = solved.books.moves
    asked = None if moves is None else requests_of(solved.books.asked)
    if moves is None or asked is None:
        return
    told = _Told(solved, moves, asked)
    left = dict(moves.withdrawn)
    for each in asked.required:
        missing = each.dollars
        for name in each.accounts:
            part = min(left.get(name, ZERO), missing)
            if part > 0:
                left[name] -= part
                missing -= part
                yield told.paid("distribution", name, part)
    for account in solved.books.asked.accounts:
        if left.get(account.id, ZERO) > 0:
            yield told.paid("withdrawal", account.id, left[account.id])
    for account in solved.books.asked.accounts:
        if moves.contributed.get(account.id, ZERO) > 0:
            yield told.received(account.id, moves.contributed[account.id])
    for source, receiver, dollars in _pairs(asked, moves):
        yield told.converted(source, receiver, dollars)


def transfer_warnings(solved: Solved) -> Iterator[str]:
    """Yield a warning if a required distribution leaves the household, because no taxable account receives it."""
    asked = None if solved.books.moves is None else requests_of(solved.books.asked)
    if asked is not None and asked.leaves > 0:
        yield (
            f"{to_the_cent(asked.leaves)} of required distributions leaves the household: it has no taxable account "
            "that receives it."
        )


def _pairs(asked: Requests, moves: Moves) -> Iterator[tuple[str, str, Decimal]]:
    """What goes from which traditional IRA to which Roth IRA."""
    out, into = dict(moves.converted), dict(moves.received)
    for own in asked.owners:
        for source in own.traditional:
            for receiver in own.roth:
                part = min(out.get(source, ZERO), into.get(receiver, ZERO))
                if part > 0:
                    out[source] -= part
                    into[receiver] -= part
                    yield source, receiver, part


class _Told:
    """The transfers of one plan in words, each with what it adds to the year's bill."""

    def __init__(self, solved: Solved, moves: Moves, asked: Requests) -> None:
        self.solved, self.books, self.moves, self.asked = solved, solved.books, moves, asked
        self.gains: dict[str, dict[Term, Decimal]] = defaultdict(lambda: {"short": ZERO, "long": ZERO})
        self.sold: dict[str, Decimal] = defaultdict(Decimal)
        self.realized: dict[Term, Decimal] = dict(solved.after.wash_effect.disallowed)
        for order, posting in zip(solved.orders, solved.after.postings, strict=True):
            self.sold[order.account] += max(posting.proceeds, ZERO)
            if posting.gain is not None and posting.term is not None:
                self.gains[order.account][posting.term] += posting.gain
                self.realized[posting.term] += posting.gain

    def paid(self, kind: str, account: str, dollars: Decimal) -> Transfer:
        """A withdrawal, or a distribution that the law requires."""
        holder, asked = self.books.accounts[account], self.asked
        rate = asked.sources[account].additional_tax if account in asked.sources else ZERO
        words, additional = KINDS[holder.kind], cents(rate * dollars)
        why = "the law requires it this year" if kind == "distribution" else "it costs least there, with the trades"
        if holder.kind in DEFERRED:
            tax = self._without(dollars, dollars if rate else ZERO)
            how = "ordinary income"
        elif holder.taxable:
            tax, how = self._of_sales(account, dollars), self._from(account, dollars)
        else:
            tax, how = ZERO, "free of tax"
        text = f"{to_the_cent(dollars)} from {account} ({words}), {how}: {self._cost(tax, dollars, additional)}; {why}."
        return self._transfer(kind, account, None, dollars, tax, additional, text)

    def received(self, account: str, dollars: Decimal) -> Transfer:
        """A contribution."""
        holder = self.books.accounts[account]
        tax = self._without(-dollars, ZERO) if holder.kind in DEFERRED else ZERO
        limits = [room for room in self.asked.rooms if account in room.accounts]
        how = "deducted from income" if holder.kind in DEFERRED else "after tax"
        room = min((room.dollars for room in limits), default=None)
        limit = "" if room is None else f"; the limit of the year leaves {to_the_cent(room)}"
        cost = self._cost(tax, dollars, ZERO)
        text = f"{to_the_cent(dollars)} into {account} ({KINDS[holder.kind]}), {how}: {cost}{limit}."
        return self._transfer("contribution", account, None, dollars, tax, ZERO, text)

    def converted(self, source: str, receiver: str, dollars: Decimal) -> Transfer:
        """A conversion."""
        tax = self._without(dollars, ZERO)
        text = f"{to_the_cent(dollars)} from {source} to {receiver}, ordinary income: {self._cost(tax, dollars, ZERO)}."
        return self._transfer("conversion", source, receiver, dollars, tax, ZERO, text)

    def _transfer(
        self, kind: str, account: str, to: str | None, dollars: Decimal, tax: Decimal, additional: Decimal, text: str
    ) -> Transfer:
        rate = float(round(tax / dollars, 6))
        row = {"kind": kind, "account": account, "to": to, "amount": float(dollars), "tax": float(tax), "rate": rate}
        return Transfer.model_validate(row | {"additional_tax": float(additional), "text": text})

    def _without(self, income: Decimal, early: Decimal) -> Decimal:
        """What income adds to the bill: the bill less the bill without it."""
        filer = filer_with(self.books.filer, -income, -early)
        bill = tax_bill(filer, self.realized["short"], self.realized["long"])
        return exact(self.solved.after.tax_after.total) - exact(bill.total)

    def _share(self, account: str, dollars: Decimal) -> Decimal:
        """The part of a taxable account's sales that pays a withdrawal, beyond the cash that it had."""
        holder = self.books.asked.account[account]
        cash = max(exact(holder.cash), ZERO) - max(self.solved.after.cash[account], ZERO)
        sales = max(dollars - max(cash, ZERO), ZERO)
        return min(sales / self.sold[account], Decimal(1)) if self.sold[account] else ZERO

    def _of_sales(self, account: str, dollars: Decimal) -> Decimal:
        """What the gains of the sales that pay a withdrawal add to the bill."""
        share, gains = self._share(account, dollars), self.gains[account]
        if not share or not any(gains.values()):
            return ZERO
        short, long = (self.realized[term] - cents(share * gains[term]) for term in ("short", "long"))
        return exact(self.solved.after.tax_after.total) - exact(tax_bill(self.books.filer, short, long).total)

    def _from(self, account: str, dollars: Decimal) -> str:
        """Whether cash or sales pay, and their gain, in words."""
        share = self._share(account, dollars)
        if not share:
            return "out of cash"
        gain = sum((cents(share * gain) for gain in self.gains[account].values()), ZERO)
        word = "gain" if gain >= 0 else "loss"
        return f"out of sales at a {word} of {to_the_cent(abs(gain))}"

    def _cost(self, tax: Decimal, dollars: Decimal, additional: Decimal) -> str:
        """What a transfer adds to the year's tax, in words."""
        if not tax:
            return "no tax this year"
        verb = "adds" if tax > 0 else "takes"
        end = "to this year's tax" if tax > 0 else "off this year's tax"
        early = f", {to_the_cent(additional)} of it for being early" if additional else ""
        return f"{verb} {to_the_cent(abs(tax))} {end} ({abs(tax) / dollars:.1%}{early})"
