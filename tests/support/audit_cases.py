"""A small household, plans of hand-made orders, and what an audit finds in them."""

from datetime import date

from lotroute.models import Household, Policy, Violation
from lotroute.solver import audit, route
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.replay import replay
from lotroute.solver.explanation.assemble import assemble
from lotroute.solver.explanation.facts import Solved
from lotroute.solver.formulation.problem import build_problem

TODAY = date(2026, 6, 15)


def plan_of(household, *orders, policy=None):
    """A plan of hand-made orders whose figures are all right, whatever rules it breaks."""
    certificate = route(household).certificate
    policy = policy or Policy()
    problem, books = build_problem(household, policy), Books(household, policy)
    plan = assemble(Solved(problem, books, orders, replay(books, orders)), certificate, {})
    return stating_all(plan, plan.violations)


def stating_all(plan, violations):
    """The plan with these violations stated, and the status that they imply."""
    status = "infeasible" if violations else "heuristic"
    certificate = plan.certificate.model_copy(update={"status": status})
    return plan.model_copy(update={"violations": tuple(violations), "certificate": certificate})


def rules(household, plan):
    return {finding.rule for finding in audit(household, plan)}


def loser(**changes):
    """A household with a loss lot of A and a gain lot of B that turns long-term soon; the IRA has cash to buy A."""
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": {"short": 0.35, "long": 0.15}},
            "accounts": [
                {
                    "id": "joint",
                    "kind": "taxable",
                    "cash": 1000,
                    "lots": [
                        {"id": "a", "symbol": "A", "quantity": 100, "basis_per_share": 90, "acquired": "2024-01-10"},
                        {"id": "b", "symbol": "B", "quantity": 100, "basis_per_share": 20, "acquired": "2025-06-20"},
                    ],
                },
                {"id": "ira", "kind": "traditional", "cash": 1000},
            ],
            "securities": [
                {"symbol": "A", "price": 70, "exposures": "stock", "identity_group": "index"},
                {"symbol": "A2", "price": 35, "exposures": "stock", "identity_group": "index"},
                {"symbol": "B", "price": 40, "exposures": "bond"},
            ],
            "targets": [{"asset_class": "stock", "weight": 0.6}, {"asset_class": "bond", "weight": 0.4}],
        }
        | changes
    )


def stating(plan, amount, rule="minimum_cash", where="joint"):
    """The plan with one violation stated, or with none for an amount of 0."""
    violation = Violation(rule=rule, where=where, amount=amount, text="missed")
    return stating_all(plan, (violation,) if amount else ())
