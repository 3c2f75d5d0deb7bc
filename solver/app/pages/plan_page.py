"""The page of one plan: what to do, what it costs, how sure that is, and everything that it follows from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ....models import Plan, SecurityWeight, Trade, Transfer
from ....models.plan.statements import PARTS, penalties
from ....models.plan.words import SURE, places_for, proof, to_do
from ....models.schema.amounts import count, dollars, signed
from ....models.tax.tax_bill import WorksheetLine
from ..words import (
    blocked_in_words,
    code_in_words,
    filled_in_words,
    loss_in_words,
    marginal_in_words,
    names_outside,
    notes_on,
    parts_shown,
    policy_in_words,
    wait_in_words,
)
from .bands import BandTable, band_table
from .template import less, render

WORST = 10
"""The most names outside their bands that are shown above the table of all."""

NO_KINDS: Mapping[str, str] = {}


class Figure(NamedTuple):
    """A figure of the headline, with its name and a line below."""

    name: str
    figure: str
    more: str


class AccountTrades(NamedTuple):
    """The trades of one account."""

    account: str
    kind: str
    """Empty if it is not known."""
    words: str
    trades: list[Trade]


class Part(NamedTuple):
    """A part of the objective, or a sum of parts, in dollars."""

    name: str
    amount: float
    sum: bool = False


class BlockedRow(NamedTuple):
    """What is blocked today, in words; `until` is a day in ISO form, empty if it is not known."""

    what: str
    rule: str
    until: str
    text: str


def plan_page(
    plan: Plan,
    kinds: Mapping[str, str] = NO_KINDS,
    *,
    why: Sequence[str] = (),
    notes: Sequence[str] = (),
    book: str = "",
) -> str:
    """Return the page of a plan, which needs no other file.

    `kinds` are the accounts' kinds, as far as they are known. `why` says why a person should look, `notes` what the
    reader should know about the page itself, and `book` is the link to the page of all households.
    """
    page = PlanPage(plan, kinds)
    return render("plan.html", title=f"{plan.household}: plan", page=page, why=why, notes=notes, book=book)


@dataclass(frozen=True)
class PlanPage:
    """What the template shows of a plan."""

    plan: Plan
    kinds: Mapping[str, str]

    @property
    def accounts(self) -> list[str]:
        """The accounts' ids."""
        return list(self.plan.cash_after)

    @property
    def contents(self) -> Iterator[tuple[str, str]]:
        """The sections, by their ids."""
        if self.plan.transfers:
            yield "transfers", "Money in and out"
        yield "holdings", "Holdings"
        yield "trades", f"Trades ({len(self.plan.trades):,})"
        yield "money", "Money"
        yield "tax", "Tax"
        yield "blocked", f"Blocked ({len(self.plan.blocked):,})"
        yield "windows", "After these trades"
        if self.plan.limits:
            yield "limits", "Limits"
        yield "costs", "What it costs"
        yield "how", "How it was made"

    @property
    def policy(self) -> str:
        """The policy's name, and what it does."""
        return policy_in_words(self.plan)

    @property
    def to_do(self) -> str:
        """What to do, in a sentence."""
        return to_do(self.plan.trades)

    @property
    def figures(self) -> Iterator[Figure]:
        """What the plan costs, and beside what."""
        plan = self.plan
        before, after = plan.tax_before.total, plan.tax_after.total
        charged = penalties(plan.parts)
        money = plan.objective - charged
        yield Figure("Tax this year", signed(after - before), f"{dollars(before)} becomes {dollars(after)}")
        yield Figure("Cost in all", dollars(plan.objective), f"{dollars(money)} money, {dollars(charged)} penalties")
        for name, title in (("route", "Beside the router's plan"), ("nothing", "Beside doing nothing")):
            if name in plan.baselines:
                other = plan.baselines[name]
                yield Figure(title, less(other - plan.objective), f"that costs {dollars(other)} in all")
            elif name == "nothing":
                yield Figure(title, "not allowed", "it breaks a hard rule")

    @property
    def proven(self) -> bool:
        """Whether the search proved that no plan is better."""
        return self.plan.certificate.status in ("optimal", "within_rounding")

    @property
    def sure(self) -> str:
        """How sure it is that no plan is better, in a few words."""
        return SURE[self.plan.certificate.status]

    @property
    def proof(self) -> str:
        """The certificate in a sentence."""
        words = proof(self.plan.certificate).partition(": ")[2]
        return words[:1].upper() + words[1:]

    @cached_property
    def classes(self) -> BandTable | None:
        """Asset classes against their bands."""
        return band_table(self.plan, self.plan.classes)

    @cached_property
    def factors(self) -> BandTable | None:
        """Factors against their bands."""
        return band_table(self.plan, self.plan.factors)

    @cached_property
    def names(self) -> BandTable | None:
        """Single names against their bands."""
        return band_table(self.plan, self.plan.names, least=2)

    @cached_property
    def _off(self) -> Mapping[str, list[SecurityWeight]]:
        return names_outside(self.plan, places_for(self.plan.target_value, self.plan.names, least=2))

    @property
    def off_names(self) -> tuple[int, int]:
        """How many names are outside their bands, before and after."""
        return len(self._off["before"]), len(self._off["after"])

    @property
    def worst(self) -> BandTable | None:
        """The names furthest outside their bands after the trades."""
        return band_table(self.plan, self._off["after"][:WORST], least=2)

    @property
    def outside(self) -> Iterator[str]:
        """What keeps each class outside its band."""
        for row in self.plan.outside_bands:
            yield row.text or f"{row.asset_class} is {dollars(row.outside)} {row.side} its band."

    @cached_property
    def sentences(self) -> bool:
        """Whether reasons are stated as sentences, not by their codes alone."""
        return any(trade.reason.text for trade in self.plan.trades)

    @property
    def groups(self) -> Iterator[AccountTrades]:
        """The trades, account by account."""
        by_account: dict[str, list[Trade]] = {}
        for trade in self.plan.trades:
            by_account.setdefault(trade.account, []).append(trade)
        for account, trades in by_account.items():
            words = [count(len(trades), "trade")]
            for side, done in (("sell", "sold"), ("buy", "bought")):
                amount = sum(abs(trade.proceeds) for trade in trades if trade.side == side)
                words += [f"{dollars(amount)} {done}"] * bool(amount)
            for term in ("short", "long"):
                gain = sum(trade.gain or 0.0 for trade in trades if trade.term == term)
                words += [f"{term}-term {'gain' if gain > 0 else 'loss'} {dollars(abs(gain))}"] * bool(gain)
            words.append(f"cash after {dollars(self.plan.cash_after[account])}")
            yield AccountTrades(account, self.kinds.get(account, ""), ", ".join(words), trades)

    @property
    def flows(self) -> list[str]:
        """What comes in and goes out, in words."""
        return [f"{flow.account}: {flow.text}" for flow in self.plan.money_flows if flow.text]

    @property
    def transfers(self) -> list[Transfer]:
        """The money that is moved because the household or the law asks for it."""
        return [*self.plan.transfers]

    @property
    def exact_bill(self) -> bool:
        """Whether the bill is that of a year's whole income, and not of gains at flat rates."""
        return self.plan.tax_after.regular_tax is not None

    @property
    def bill(self) -> list[WorksheetLine]:
        """The lines of the bill that are not zero in both."""
        return self.plan.tax_after.worksheet(self.plan.tax_before)

    @property
    def marginal(self) -> Iterator[str]:
        """What the next dollars of gain cost."""
        return marginal_in_words(self.plan)

    @property
    def losses(self) -> list[str]:
        """What becomes of losses that are not simply allowed."""
        return [loss_in_words(state) for state in self.plan.loss_statuses if state.state != "allowed"]

    @property
    def blocked(self) -> Iterator[BlockedRow]:
        """What is blocked today."""
        for item in self.plan.blocked:
            until = "" if item.until is None else item.until.isoformat()
            yield BlockedRow(blocked_in_words(item), code_in_words(item.rule), until, item.text)

    @property
    def waits(self) -> list[str]:
        """Lots that soon turn long-term."""
        return [wait_in_words(wait) for wait in self.plan.waits]

    @property
    def parts(self) -> Iterator[Part]:
        """The parts of the objective: money, then penalties, each with its sum, and other ways to trade."""
        plan = self.plan
        money, penalized = parts_shown(plan)
        charged = penalties(plan.parts)
        yield from (Part(PARTS[part], plan.parts[part]) for part in money)
        if penalized:
            yield Part("money", plan.objective - charged, sum=True)
            yield from (Part(PARTS[part], plan.parts[part]) for part in penalized)
            yield Part("penalties", charged, sum=True)
        yield Part("in all", plan.objective, sum=True)
        others = {"route": "the router's plan, in all", "nothing": "doing nothing, all penalties"}
        yield from (
            Part(others.get(name, f"{name.replace('_', ' ')}, in all"), dollars)
            for name, dollars in plan.baselines.items()
        )

    @property
    def part_notes(self) -> Iterator[str]:
        """What the names of the parts do not say."""
        money, penalized = parts_shown(self.plan)
        return notes_on([*money, *penalized])

    @property
    def filled(self) -> list[str]:
        """What the tables of funds filled in."""
        return filled_in_words(self.plan)

    @property
    def stages(self) -> str:
        """The seconds by stage."""
        return ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in self.plan.certificate.stages.items())
