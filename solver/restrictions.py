"""What the user asks not to be bought, sold or held (docs/formulation.md, rows R).

rows  R1[l], R2[l] x_l = 0 for what may not be sold, or is kept;  R3[a/k] y_ak = 0 for what may not be bought
      R4[l] x_l + miss ≥ p q_l for every free lot of what may not be held
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..models import Household
    from .problem import Problem
    from .program import Program
    from .trades import Trades


def kept_lots(household: Household) -> dict[tuple[str, str], str]:
    """The row that keeps a lot from being sold, R1 or R2, by account id and lot id."""
    unsold = set(_named(household, "no_sell"))
    kept = {(r.account, r.lot) for r in household.restrictions if r.rule == "keep"}
    found = {}
    for account in household.accounts:
        for lot in account.lots:
            if (account.id, lot.id) in kept:
                found[account.id, lot.id] = "R2"
            elif (account.id, lot.symbol) in unsold:
                found[account.id, lot.id] = "R1"
    return found


def barred_purchases(household: Household) -> set[tuple[str, str]]:
    """Account ids and symbols that may not be bought: asked for, not to be held, or with a target of 0 of their own."""
    barred = {*_named(household, "no_buy"), *unwanted(household)}
    left = [target.symbol for target in household.security_targets if target.weight == 0]
    return barred | {(account.id, symbol) for account in household.accounts for symbol in left}


def unwanted(household: Household) -> set[tuple[str, str]]:
    """Account ids and symbols that may not be held."""
    return set(_named(household, "do_not_hold"))


def add_restrictions(program: Program, problem: Problem, trades: Trades) -> None:
    """Close what R1, R2 and R3 close; add R4."""
    lots, buys = problem.lots, problem.buys
    for rule in ("R1", "R2"):
        trades.close(program, problem, rule)
    barred = np.flatnonzero(buys.closed == "R3")
    program.close(trades.buy[barred], [f"R3[{buys.label[i]}]" for i in barred])
    out = np.flatnonzero(lots.unwanted & lots.free)
    if len(out):
        row, column = trades.of(out)
        program.add_elastic_rows([f"R4[{lots.label[i]}]" for i in out], [(row, column, 1.0)], lower=lots.size[out])


def _named(household: Household, rule: str) -> Iterator[tuple[str, str]]:
    """Account ids and symbols of the restrictions of a kind."""
    for restriction in household.restrictions:
        if restriction.rule == rule and restriction.symbol is not None:
            accounts = [restriction.account] if restriction.account else [a.id for a in household.accounts]
            yield from ((account, restriction.symbol) for account in accounts)
