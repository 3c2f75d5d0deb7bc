"""Other ways to trade the same household, each as a plan: the routing table, simpler rules, and the solver with one
thing changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...models import Household, Plan, Policy, Restriction
from ...models.wash_sales.ledger import WINDOW
from ..api import BASELINES, GAP_BP, TIME_LIMIT, baseline, no_trade, route, solve
from ..formulation.problem import Problem, build_problem

Changed = tuple[Household, Policy]

VARIANTS: dict[str, str] = {
    "free_lots": "any lot may be chosen, where an account demands a method",
    "whole_groups": "a trade near a wash window blocks its whole identity group",
    "avoid_wash_sales": "no wash sale at all, where the policy prices them",
}
"""The solver's plans with one thing changed, by name, and what is changed."""

ALTERNATIVES = ("route", *BASELINES, "nothing", *VARIANTS)
"""The names that `compare` accepts."""


def compare(
    household: Household,
    policy: Policy | None = None,
    names: Sequence[str] = ALTERNATIVES,
    *,
    gap_bp: float = GAP_BP,
    time_limit: float = TIME_LIMIT,
) -> dict[str, Plan]:
    """Return the plans of other ways to trade, by name, in the order of `names`.

    A name that does not apply is left out: `nothing` if doing nothing breaks a hard rule, a variant if it changes
    nothing for this household. `gap_bp` (basis points) and `time_limit` (seconds) hold for each solve. Raises
    ValueError for a name that is not one of ALTERNATIVES.
    """
    found = {name: alternative(household, policy, name, gap_bp=gap_bp, time_limit=time_limit) for name in names}
    return {name: plan for name, plan in found.items() if plan is not None}


def alternative(
    household: Household,
    policy: Policy | None,
    name: str,
    *,
    gap_bp: float = GAP_BP,
    time_limit: float = TIME_LIMIT,
) -> Plan | None:
    """Return the plan of one of ALTERNATIVES; None if it does not apply (see `compare`).

    Raises ValueError for any other name.
    """
    policy = policy or Policy()
    if name == "route":
        return route(household, policy)
    if name == "nothing":
        idle = no_trade(household, policy)
        return None if idle.violations else idle
    if name in BASELINES:
        return baseline(household, policy, name)
    if name not in VARIANTS:
        raise ValueError(f"{name!r} is none of {', '.join(ALTERNATIVES)}")
    changed = _CHANGES[name](household, policy)
    return None if changed is None else solve(*changed, gap_bp=gap_bp, time_limit=time_limit)


def _free_lots(household: Household, policy: Policy) -> Changed | None:
    """A free choice of lots in every account; None if every account has that already."""
    if all(account.accounting_method == "specific" for account in household.accounts):
        return None
    free = tuple(account.model_copy(update={"accounting_method": "specific"}) for account in household.accounts)
    return household.model_copy(update={"accounts": free}), policy


def _whole_groups(household: Household, policy: Policy) -> Changed | None:
    """Whole identity groups blocked, as in many tools; None if that blocks nothing more or wash sales are priced."""
    if policy.wash_sales != "avoid":
        return None
    blocked = whole_groups(build_problem(household, policy))
    if not blocked:
        return None
    return household.model_copy(update={"restrictions": (*household.restrictions, *blocked)}), policy


def _avoid_wash_sales(household: Household, policy: Policy) -> Changed | None:
    """No wash sale at all; None if the policy avoids them already."""
    if policy.wash_sales == "avoid":
        return None
    return household, policy.model_copy(update={"wash_sales": "avoid"})


_CHANGES: dict[str, Callable[[Household, Policy], Changed | None]] = {
    "free_lots": _free_lots,
    "whole_groups": _whole_groups,
    "avoid_wash_sales": _avoid_wash_sales,
}


def whole_groups(problem: Problem) -> list[Restriction]:
    """Return the restrictions that blocking whole identity groups adds to the wash-sale rule.

    Any purchase within 30 days, past or scheduled, keeps every loss lot of its group that could be sold; any loss sale,
    or sale at an unknown result, within 30 days bars the purchases in its group that are free.
    """
    household, lots, buys, groups = problem.household, problem.lots, problem.buys, problem.household.groups
    near = [(trade.symbol, "buy", trade.date) for trade in household.recent_trades if trade.side in ("buy", "option")]
    near += [(buy.symbol, "buy", buy.date) for buy in household.scheduled_buys]
    near += [
        (lot.symbol, "buy", lot.acquired) for lot in problem.held if lot.acquired and lot.how_acquired == "purchase"
    ]
    for trade in household.recent_trades:
        if trade.side == "sell" and household.account[trade.account].taxable and (trade.gain is None or trade.gain < 0):
            near.append((trade.symbol, "sell", trade.date))
    bought, lost = (
        {groups[symbol] for symbol, side, day in near if side == which and abs(day - household.trade_date) <= WINDOW}
        for which in ("buy", "sell")
    )
    found = [
        Restriction(rule="keep", account=problem.accounts[lots.account[lot]], lot=problem.held[lot].id)
        for lot in np.flatnonzero(lots.is_loss & lots.open).tolist()
        if groups[problem.held[lot].symbol] in bought
    ]
    open_ = {problem.symbols[security] for security in buys.security[buys.free].tolist()}
    return found + [Restriction(rule="no_buy", symbol=symbol) for symbol in sorted(open_) if groups[symbol] in lost]
