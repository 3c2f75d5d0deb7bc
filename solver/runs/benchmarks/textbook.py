"""The textbook model of a household: one mixed-integer program with big-M rows, whole, straight to HiGHS.

It is what a practitioner writes down first, and what `bench speed` compares with. A two-sided group has one binary with
`Σ sell ≤ Q z` and `buy ≤ U (1 − z)`; each maximum in the tax bill has one with big-M rows (`solver/oracle/tax.py`). Its
optimum is the program's (docs/formulation.md); only its relaxation is weaker. Limits and priced wash sales are left
out: the cases have none.
"""

from __future__ import annotations

from collections import defaultdict
from time import process_time

import numpy as np

from ....models import Drift, Policy
from ....models.wash_sales.history import order_of
from ...formulation.arrays import Flags, Floats, Indices
from ...formulation.problem import Problem
from ...oracle.tax import write_bill
from .textbook_sheet import ArraySheet, Solution, Term

UNIT = 1e-5
"""The solver's unit, as a part of what the household holds: the same as the program's."""

LEAST_ORDER = 1.0
"""Dollars; the least order where orders cost a commission (row O2)."""


def solve_textbook(problem: Problem, gap: float, time_limit: float) -> Solution:
    """Build and solve the textbook model to a gap in dollars, for at most `time_limit` seconds.

    Its seconds are those of its rows and of HiGHS, without those of the arrays of the problem. Raises ValueError for a
    policy with limits or priced wash sales, SolverError if HiGHS finds no solution.
    """
    policy = problem.policy
    bands = (policy.drift, policy.sleeve_drift, policy.factor_drift)
    if policy.limits != Policy().limits or policy.wash_sales == "price" or any(each.hard for each in bands):
        raise ValueError("the textbook model has no limits, no hard bands and no priced wash sales")
    began = process_time()
    found = _Textbook(problem, ArraySheet(problem, UNIT * problem.size)).written().minimize(gap, time_limit)
    if found.timed_out:
        return found
    return Solution(found.objective, found.bound, process_time() - began, found.timed_out, found.point)


class _Textbook:
    """The blocks of the model, each as in docs/formulation.md but for the sides of groups."""

    def __init__(self, problem: Problem, sheet: ArraySheet) -> None:
        lots, buys = problem.lots, problem.buys
        self.problem, self.p = problem, sheet
        self.in_window = self._cleanable()
        self.may_sell = lots.free | self.in_window
        self.sell = sheet.columns(len(lots.size), np.where(self.may_sell, lots.size, 0.0) / sheet.unit)
        self.buy = sheet.columns(len(buys.limit), np.where(buys.free, buys.limit, 0.0) / sheet.unit)
        sheet.sell = self.sell

    def written(self) -> ArraySheet:
        """Write every block on the sheet and return it."""
        self._prices()
        self._cash(self._orders())
        self._drift()
        self._unwanted()
        self._groups()
        self._clean_outs()
        self._whole_shares()
        self._lot_order()
        self._tax()
        return self.p

    # -- trades, cash and orders ------------------------------------------------------------------------------------

    def _prices(self) -> None:
        """Trading, waiting, later years, location and substitution: what a dollar of each trade costs."""
        problem, lots, buys = self.problem, self.problem.lots, self.problem.buys
        sold = lots.cost + lots.waiting - problem.later_years.deferral * lots.gain
        sold = sold - problem.forgone[lots.account, lots.security]
        self.p.charge(self.sell, sold - problem.policy.substitute_cost * problem.substitute[lots.security])
        places = problem.forgone[buys.account, buys.security]
        self.p.charge(self.buy, problem.half_spread[buys.security] + places + buys.substitution)

    def _orders(self) -> Term:
        """Rows O, in accounts with a commission; returns the commissions as terms of the rows of cash."""
        problem, p, lots, buys = self.problem, self.p, self.problem.lots, self.problem.buys
        accounts: list[int] = []
        placed: list[int] = []
        for a in np.flatnonzero(problem.commission > 0).tolist():
            for k in range(len(problem.symbols)):
                sold = np.flatnonzero((lots.account == a) & (lots.security == k))
                bought = np.flatnonzero((buys.account == a) & (buys.security == k) & buys.free)
                least = min(LEAST_ORDER, float(lots.size[sold].sum()))
                open_ = sold[self.may_sell[sold]]
                orders = [
                    (self.sell[open_], lots.size[open_], least),
                    (self.buy[bought], buys.limit[bought], LEAST_ORDER),
                ]
                both = [self._order(*order) for order in orders if len(order[0])]
                if len(both) == 2:
                    p.rows(1, [(0, both, 1.0)], upper=1.0)
                accounts += [a] * len(both)
                placed += both
        at, f = np.array(accounts, dtype=np.int64), np.array(placed, dtype=np.int64)
        p.charge(f, problem.commission[at] / p.unit)
        return at, f, problem.commission[at] / p.unit

    def _order(self, columns: Indices, most: Floats, least: float) -> int:
        """Return a binary without which nothing is traded in the columns, and with which `least` dollars are."""
        p = self.p
        f = int(p.columns(1, 1.0, integer=True)[0])
        p.rows(1, [(0, columns, 1.0), (0, f, -float(most.sum()) / p.unit)], upper=0.0)
        p.rows(1, [(0, columns, 1.0), (0, f, -least / p.unit)], lower=0.0)
        return f

    def _cash(self, commissions: Term) -> None:
        """Rows C: the cash of each account, within its limits."""
        problem, p, lots, buys = self.problem, self.p, self.problem.lots, self.problem.buys
        count = len(problem.accounts)
        self.cash = p.columns(count, problem.maximum / p.unit, problem.minimum / p.unit)
        terms: list[Term] = [(np.arange(count), self.cash, 1.0), (lots.account, self.sell, lots.cost - 1)]
        terms += [(buys.account, self.buy, 1 + problem.half_spread[buys.security]), commissions]
        p.rows(count, terms, problem.cash / p.unit, problem.cash / p.unit)

    # -- drift ------------------------------------------------------------------------------------------------------

    def _drift(self) -> None:
        """Rows D: the bands of classes, factors and names, and the pull of the classes toward their targets."""
        problem, prices = self.problem, self.problem.policy.drift_prices
        factors, names = problem.factors, problem.names
        classes = self._moved(problem.exposure)
        classes.append((np.full(len(self.cash), problem.cash_class), self.cash, problem.counted))
        held = problem.class_before.copy()
        held[problem.cash_class] -= problem.counted @ problem.cash
        self._bands(classes, held, problem.lower, problem.upper, prices["class"])
        self._to_target(classes, held)
        loads = self._moved(factors.loading)
        self._bands(loads, problem.counted_holdings @ factors.loading, factors.lower, factors.upper, prices["factor"])
        place = np.full(len(problem.symbols), -1)
        place[names.security] = np.arange(len(names.security))
        named: list[Term] = [
            (place[security][own], columns[own], weight[own])
            for columns, security, weight in self._counted()
            for own in [place[security] >= 0]
        ]
        self._bands(named, problem.counted_holdings[names.security], names.lower, names.upper, prices["name"])

    def _counted(self) -> list[tuple[Indices, Indices, Floats]]:
        """Of sales and of purchases: columns, securities, and the counted dollars that a dollar adds."""
        problem, lots, buys = self.problem, self.problem.lots, self.problem.buys
        sold = self.sell, lots.security, -problem.counted[lots.account]
        return [sold, (self.buy, buys.security, problem.counted[buys.account])]

    def _moved(self, exposure: Floats) -> list[Term]:
        """The exposure that trades move: a row for each column of `exposure` (securities × rows)."""
        count = np.arange(exposure.shape[1])
        return [
            (count, columns[:, None], exposure[security] * weight[:, None])
            for columns, security, weight in self._counted()
        ]

    def _bands(self, moved: list[Term], held: Floats, lower: Floats, upper: Floats, prices: Drift) -> None:
        """Charge what is outside each band, less within the near width than beyond; `held` is in dollars."""
        p, value, count = self.p, self.problem.target_value, len(held)
        if not count:
            return
        width = prices.near_width * max(value, 0.0) / p.unit
        for sign, limit in ((-1.0, upper), (1.0, lower)):
            near, far = p.columns(count, width), p.columns(count)
            p.charge(near, prices.near_cost)
            p.charge(far, prices.far_cost)
            bound = (limit * value - held) / p.unit
            ends = {"upper": bound} if sign < 0 else {"lower": bound}
            outside: list[Term] = [(np.arange(count), near, sign), (np.arange(count), far, sign)]
            p.rows(count, [*moved, *outside], **ends)

    def _to_target(self, moved: list[Term], held: Floats) -> None:
        """Row D9: charge the distance of each class from its target beyond what is free."""
        problem, p, count = self.problem, self.p, len(held)
        over, under = p.columns(count), p.columns(count)
        p.charge(np.concatenate([over, under]), problem.policy.to_target_cost)
        at_target, (above, below) = problem.weight * problem.target_value - held, problem.free_distances
        terms = [*moved, (np.arange(count), over, -1.0), (np.arange(count), under, 1.0)]
        p.rows(count, terms, (at_target - below) / p.unit, (at_target + above) / p.unit)

    # -- binaries of groups, windows, shares and queues -------------------------------------------------------------

    def _unwanted(self) -> None:
        """Row R4: what may not be held is sold."""
        p, lots = self.p, self.problem.lots
        out = np.flatnonzero(lots.unwanted & lots.free)
        if len(out):
            p.rows(len(out), [(np.arange(len(out)), self.sell[out], 1.0)], lower=lots.size[out] / p.unit)

    def _groups(self) -> None:
        """The exclusion of each two-sided group by one binary: Σ sell ≤ Q z for its losses, buy ≤ U (1 − z)."""
        problem, p, lots, buys = self.problem, self.p, self.problem.lots, self.problem.buys
        lost, bought = np.flatnonzero(lots.is_loss & self.may_sell), np.flatnonzero(buys.free)
        of_lot, of_buy = problem.group[lots.security[lost]], problem.group[buys.security[bought]]
        two_sided = np.intersect1d(of_lot, of_buy)
        lost, of_lot = lost[np.isin(of_lot, two_sided)], of_lot[np.isin(of_lot, two_sided)]
        bought, of_buy = bought[np.isin(of_buy, two_sided)], of_buy[np.isin(of_buy, two_sided)]
        if not len(two_sided):
            return
        z = p.columns(len(two_sided), 1.0, integer=True)
        own, count = np.searchsorted(two_sided, of_lot), np.arange(len(two_sided))
        Q = np.bincount(own, lots.size[lost]) / p.unit
        p.rows(len(two_sided), [(own, self.sell[lost], 1.0), (count, z, -Q)], upper=0.0)
        U, row = buys.limit[bought] / p.unit, np.arange(len(bought))
        side = z[np.searchsorted(two_sided, of_buy)]
        p.rows(len(bought), [(row, self.buy[bought], 1.0), (row, side, U)], upper=U)

    def _cleanable(self) -> Flags:
        """The loss lots in a window that may be sold together with the recent lots of other orders."""
        problem, lots, wash = self.problem, self.problem.lots, self.problem.wash
        inside = np.flatnonzero(lots.open & ~lots.free)
        stuck = wash.stuck({self._key(lot) for lot in np.flatnonzero(~lots.open).tolist()}) if len(inside) else {}
        found = np.zeros(len(lots.size), dtype=bool)
        for lot in inside.tolist():
            found[lot] = wash.cleanable(self._key(lot)[0], problem.held[lot], stuck)
        return found

    def _key(self, lot: int) -> tuple[str, str]:
        return self.problem.accounts[self.problem.lots.account[lot]], self.problem.held[lot].id

    def _clean_outs(self) -> None:
        """Rows W6 and W7: a loss lot in a window is sold only if the recent lots of all other orders are, in full."""
        problem, p, lots = self.problem, self.p, self.problem.lots
        inside = np.flatnonzero(self.in_window)
        place = {self._key(lot): lot for lot in range(len(lots.size))} if len(inside) else {}
        group = problem.group[lots.security]
        for g in np.unique(group[inside]).tolist():
            orders: dict[str, list[int]] = defaultdict(list)
            for key in problem.wash.recent.get(problem.groups[g], ()):
                orders[self._order_of(place[key])].append(place[key])
            own = [lot for lot in inside.tolist() if group[lot] == g]
            for order, recent in orders.items():
                e = int(p.columns(1, 1.0, integer=True)[0])
                others = [lot for lot in own if self._order_of(lot) != order]
                for lot, ends in (
                    *((lot, {"upper": 0.0}) for lot in others),
                    *((lot, {"lower": 0.0}) for lot in recent),
                ):
                    p.rows(1, [(0, self.sell[lot], 1.0), (0, e, -lots.size[lot] / p.unit)], **ends)

    def _order_of(self, lot: int) -> str:
        return order_of(self._key(lot)[0], self.problem.held[lot])

    def _whole_shares(self) -> None:
        """Rows Q, lot by lot and purchase by purchase."""
        problem, p, lots, buys = self.problem, self.p, self.problem.lots, self.problem.buys
        sold = np.flatnonzero(problem.whole_shares[lots.account] & self.may_sell)
        if len(sold):
            price, whole = problem.price[lots.security[sold]] / p.unit, np.floor(lots.shares[sold])
            count, n = np.arange(len(sold)), p.columns(len(sold), whole, integer=True)
            parts = np.flatnonzero(lots.shares[sold] > whole)
            e = p.columns(len(parts), 1.0, integer=True)
            fraction = (lots.shares[sold] - whole)[parts]
            terms: list[Term] = [
                (count, self.sell[sold], 1.0),
                (count, n, -price),
                (parts, e, -price[parts] * fraction),
            ]
            p.rows(len(sold), terms, 0.0, 0.0)
            if len(parts):
                each = np.arange(len(parts))
                p.rows(len(parts), [(each, n[parts], 1.0), (each, e, -whole[parts])], lower=0.0)
        bought = np.flatnonzero(problem.whole_shares[buys.account] & buys.free)
        if len(bought):
            price, count = problem.price[buys.security[bought]] / p.unit, np.arange(len(bought))
            n = p.columns(len(bought), np.floor(buys.limit[bought] / p.unit / price), integer=True)
            p.rows(len(bought), [(count, self.buy[bought], 1.0), (count, n, -price)], 0.0, 0.0)

    def _lot_order(self) -> None:
        """Rows M: no lot of a queue before the one ahead is sold in full."""
        p, lots = self.p, self.problem.lots
        behind = np.flatnonzero((lots.predecessor >= 0) & self.may_sell)
        if not len(behind):
            return
        ahead, count = lots.predecessor[behind], np.arange(len(behind))
        e = p.columns(len(behind), 1.0, integer=True)
        p.rows(len(behind), [(count, self.sell[ahead], 1.0), (count, e, -lots.size[ahead] / p.unit)], lower=0.0)
        p.rows(len(behind), [(count, self.sell[behind], 1.0), (count, e, -lots.size[behind] / p.unit)], upper=0.0)

    # -- the tax bill -----------------------------------------------------------------------------------------------

    def _tax(self) -> None:
        """The bill of the year with its kinks, and the losses that it carries to later years."""
        bill, later = write_bill(self.p), self.problem.later_years
        self.p.charge_value(bill.tax, 1.0)
        self.p.charge_value(bill.short_carried, -later.carried_short)
        self.p.charge_value(bill.long_carried, -later.carried_long)
