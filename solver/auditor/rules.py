"""The rules that trades must keep, from restrictions to wash sales, and the results that they miss."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from ...models.schema.money import ZERO, cents, exact
from .beside import held_by_a_position
from .evaluation import UNITS, Shortfall
from .findings import Finding, place
from .history import order_of
from .ledger import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .case import Case
    from .evaluation import Evaluation
    from .ledger import Parcel, Sale
    from .worth import Facts


def broken_rules(case: Case, found: Evaluation) -> Iterator[Finding]:
    """Yield every rule that the trades break."""
    yield from _restrictions(case, found)
    yield from _order_of_lots(case, found)
    yield from _sizes(case, found)
    yield from _wash_sales(case, found)
    yield from _holding(case, found)


def _restrictions(case: Case, found: Evaluation) -> Iterator[Finding]:
    """Trades that the user forbade, and purchases of names that left their index."""
    gone = {target.symbol for target in case.household.security_targets if not target.weight}
    for trade in found.trades:
        if trade.side == "buy" and trade.symbol in gone:
            yield Finding("restriction", place(trade), f"{trade.symbol} has a target of 0: it is never bought")
        if trade.side == "sell" and employers(case, trade.account, trade.symbol):
            yield Finding("restriction", place(trade), "employer stock is kept (IRC 402(e)(4))")
        for rule in case.household.restrictions:
            if rule.account is not None and rule.account != trade.account:
                continue
            named = rule.symbol in (None, trade.symbol)  # without one, all of the account
            forbidden = {
                "keep": trade.side == "sell" and rule.lot in (None, trade.lot),
                "no_sell": trade.side == "sell" and named,
                "no_buy": trade.side == "buy" and named,
                "do_not_hold": trade.side == "buy" and named,
            }
            if forbidden.get(rule.rule):
                yield Finding("restriction", place(trade), rule.rule)


def _order_of_lots(case: Case, found: Evaluation) -> Iterator[Finding]:
    """Lots sold before the one ahead of them is sold in full, where the account has an order."""
    for account, queue in case.queues:
        for ahead, lot in pairwise(queue):
            sold = (account, lot.id) in found.left
            if sold and found.left.get((account, ahead.id), case.lots[account, ahead.id].shares) > 0:
                message = f"sold before {ahead.id}, which comes first by the account's method"
                yield Finding("lot", f"{account}/{lot.id}", message)


def _sizes(case: Case, found: Evaluation) -> Iterator[Finding]:
    """Parts of a share where shares are whole, orders below the minimum trade, and orders against each other."""
    limits = case.policy.limits
    for trade in found.trades if any(account.whole_shares for account in case.household.accounts) else ():
        shares = exact(trade.quantity)
        all_of_it = trade.side == "sell" and shares == case.lots[trade.account, trade.lot or ""].shares
        if case.accounts[trade.account].whole_shares and shares % 1 and not all_of_it:
            yield Finding("order", place(trade), f"{trade.quantity} are no whole shares")
    if limits.minimum_trade is not None and limits.minimum_trade.price is None:
        for (account, symbol, side), short in found.undersized.items():
            if short > found.slack:
                message = f"it is {short:.2f} short of the minimum trade"
                yield Finding("order", f"{account}/{symbol} {side}", message)
    counted = limits.trades is not None or limits.minimum_trade is not None
    sold = {(trade.account, trade.symbol) for trade in found.trades if trade.side == "sell"}
    bought = {(trade.account, trade.symbol) for trade in found.trades if trade.side == "buy"}
    for account, symbol in sorted(sold & bought):
        if counted or case.commission[account] > 0:
            message = "sold in the same account, where orders are counted or paid"
            yield Finding("order", f"{account}/{symbol} buy", message)


def _wash_sales(case: Case, found: Evaluation) -> Iterator[Finding]:
    """Losses that are disallowed: the plan's own, unless the policy prices them, and earlier ones because of the plan.

    Purchases in a group with a recent sale at an unknown result are findings too.
    """
    wash = case.wash
    unknown = {wash.group[sale.symbol]: sale for sale in wash.history.unknown}
    for trade in found.trades:
        sale = unknown.get(wash.group[trade.symbol])
        if trade.side == "buy" and sale is not None:
            message = f"{sale.symbol} was sold at an unknown result in {sale.account} on {sale.date}"
            yield Finding("wash_sale", place(trade), message)
    reported = set()
    for group in found.after.concerned:
        avoided = case.policy.wash_sales == "avoid" or group in wash.history.unclear
        for reading in found.after.readings(group):
            for before, after in reading.earlier:
                if after.disallowed > before.disallowed or _lost(after) > _lost(before):
                    reported |= {
                        _disallowed(after, part) for part in after.parts[len(before.parts) :] or after.parts[-1:]
                    }
            free = reading.ledger.free(case.today) if avoided else []
            for _, own in reading.sales if avoided else ():
                reported |= {_disallowed(own, part) for part in _own(own, free)}
    yield from sorted(reported, key=str)


def _own(sale: Sale, free: Sequence[Parcel]) -> list[Part]:
    """What is disallowed of a loss of the plan, or could be if the day's sales were in another order: by `free` shares.

    What is deferred into shares that the plan sells too comes back on the same day.
    """
    if not sale.in_cents:
        return []
    found = [part for part in sale.parts if part.fate == "lost" or part.parcel.shares]
    others = [] if found else [parcel for parcel in free if parcel.order != sale.order]
    return found or [Part("deferred", parcel.shares, -sale.gain, parcel) for parcel in others]


def _disallowed(sale: Sale, part: Part) -> Finding:
    bought = part.parcel
    message = f"{float(part.loss):,.2f} of its loss is {part.fate}: {bought.what} is bought in {bought.account}"
    return Finding("wash_sale", f"{sale.account}/{sale.lot}", f"{message} on {bought.day}")


def _lost(sale: Sale) -> Fraction:
    return sum((part.loss for part in sale.parts if part.fate == "lost"), Fraction(0))


def _holding(case: Case, found: Evaluation) -> Iterator[Finding]:
    """Lots held too short or by positions beside them, gains of collectibles, and gains that nobody knows."""
    for trade in found.trades:
        if trade.side == "sell":
            facts = case.lots[trade.account, trade.lot or ""]
            why = held_back(case, facts)
            if why:
                yield Finding("holding", place(trade), why)
            if collectible(case, facts):
                message = "its long-term gain is taxed at up to 28 %, not as the bill says"
                yield Finding("collectible", place(trade), message)
            held = held_by_a_position(case, trade.account, facts)
            if held is not None:
                yield Finding(held.rule, place(trade), held.why)
            if unknown_gain(case, trade.account, facts):
                yield Finding("basis", place(trade), "its basis is not known, so the bill does not have its gain")


def held_back(case: Case, facts: Facts) -> str:
    """Return the holding rule of the policy that keeps a lot from being sold, in words; empty if none does."""
    held = (case.today - facts.since).days
    if held < case.policy.minimum_holding_days:
        return f"held {held} days only"
    if facts.gain is not None and facts.gain > 0 and 0 < facts.days <= case.policy.long_term_wait_days:
        return f"a short-term gain {facts.days} days before it turns long-term"
    return ""


def collectible(case: Case, facts: Facts) -> bool:
    """Whether a sale of a lot has a long-term gain of a collectible, whose rate is not modeled."""
    gains = facts.gain is not None and facts.gain > 0 and facts.term == "long"
    return gains and case.securities[facts.lot.symbol].collectible


def employers(case: Case, account: str, symbol: str) -> bool:
    """Whether a security is the employer's own in a 401(k), and the policy keeps such."""
    return case.policy.employer_stock == "keep" and symbol in case.accounts[account].employer_stock


def unknown_gain(case: Case, account: str, facts: Facts) -> bool:
    """Whether a sale of a lot would have a gain that nobody knows, because the lot is taxable and lacks a basis."""
    return case.accounts[account].kind == "taxable" and facts.gain is None


def blocked_lots(case: Case) -> set[tuple[str, str]]:
    """Return the lots that a rule keeps from being sold today: restrictions, holding rules, windows, and what comes
    after such a lot in its sale queue.
    """
    household, policy = case.household, case.policy
    closed = set()
    for (account, name), facts in case.lots.items():
        for rule in household.restrictions:
            here = rule.account is None or rule.account == account
            kept = rule.rule == "keep" and rule.lot in (None, name)
            if here and (kept or (rule.rule == "no_sell" and rule.symbol in (None, facts.lot.symbol))):
                closed.add((account, name))
        if employers(case, account, facts.lot.symbol) or unknown_gain(case, account, facts):
            closed.add((account, name))
        if held_by_a_position(case, account, facts) is not None:
            closed.add((account, name))
        if held_back(case, facts) or collectible(case, facts):
            closed.add((account, name))
    _behind(case, closed, set())
    by_rule, may_open = set(closed), set()
    windows: dict[str, tuple[Counter[str], Counter[str]]] = {}
    """By group: how many purchases of each order would replace a loss, and how many of them the plan cannot sell."""
    for key, facts in case.lots.items():
        if facts.gain is None or facts.gain >= 0 or key in by_rule:
            continue
        group, order = case.wash.group[facts.lot.symbol], order_of(key[0], facts.lot)
        if group not in windows:
            windows[group] = Counter(), Counter()
            for parcel in case.wash.free.get(group, ()):
                place = parcel.account, parcel.lot
                stuck = place not in case.lots or place in by_rule or case.accounts[parcel.account].kind != "taxable"
                windows[group][0][parcel.order] += 1
                windows[group][1][parcel.order] += stuck
        in_the_way, stuck_there = (each.total() - each[order] for each in windows[group])
        if in_the_way:
            closed.add(key)
            recent, whole = case.wash.is_recent(facts.lot), not windows[group][0][order]
            washable = policy.wash_sales == "price" and not recent and whole
            if not stuck_there or (washable and group not in case.wash.history.unclear):
                may_open.add(key)
    _behind(case, closed, may_open)
    return closed


def _behind(case: Case, closed: set[tuple[str, str]], may_open: set[tuple[str, str]]) -> None:
    """Close the lots behind a closed one in its queue. A lot that may open closes none."""
    for account, queue in case.queues:
        stuck = False
        for lot in queue:
            key = account, lot.id
            if stuck:
                closed.add(key)
            stuck = stuck or (key in closed and key not in may_open)


def shortfalls_of(case: Case, found: Evaluation) -> Iterator[Shortfall]:
    """Yield the results that the trades miss: cash, hard limits, hard bands, what may not be held.

    Maximum cash, limits in dollars and bands have an allowance for what rounding to shares and cents explains.
    """
    policy, slack = case.policy, found.slack
    for account in case.household.accounts:
        missing = exact(account.minimum_cash) - found.cash[account.id]
        if missing > 0:
            yield Shortfall("minimum_cash", account.id, missing)
        if account.maximum_cash is not None and found.cash[account.id] - exact(account.maximum_cash) > slack:
            yield Shortfall("maximum_cash", account.id, cents(found.cash[account.id] - exact(account.maximum_cash)))
    for name in UNITS:
        limit = getattr(policy.limits, name)
        if limit is not None and limit.price is None:
            beyond = (found.used[name] - exact(limit.amount)) * case.unit(name)
            if beyond > (ZERO if name == "trades" else slack):
                yield Shortfall("limit", name, cents(beyond))
    hard = {"class": policy.drift.hard, "factor": policy.factor_drift.hard, "name": policy.sleeve_drift.hard}
    for kind in hard:
        for band in found.bands:
            outside = band.outside(case.target_value)
            if band.kind == kind and hard[kind] and outside > slack:
                yield Shortfall("band", band.name, cents(outside))
    unwanted = [rule for rule in case.household.restrictions if rule.rule == "do_not_hold"]
    closed = blocked_lots(case) if unwanted else set()
    for (holder, name), facts in case.lots.items() if unwanted else ():
        symbol = facts.lot.symbol
        barred = any(rule.symbol in (None, symbol) and rule.account in (None, holder) for rule in unwanted)
        left = cents(found.left.get((holder, name), facts.shares) * case.price[symbol])
        if barred and left > 0 and (holder, name) not in closed:
            yield Shortfall("do_not_hold", f"{holder}/{name}", left)


def violation_of(case: Case, shortfalls: Sequence[Shortfall]) -> Decimal:
    """Return all shortfalls together, in dollars: missing cash counts three times, an order a thousandth of V."""
    total = ZERO
    for each in shortfalls:
        if each.rule == "minimum_cash":
            total += 3 * each.amount
        elif (each.rule, each.where) == ("limit", "trades"):
            total += each.amount * max(case.target_value, Decimal(1)) / 1000
        else:
            total += each.amount
    return total
