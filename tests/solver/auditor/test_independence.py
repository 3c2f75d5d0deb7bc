"""A fault put into the books or the law of models/ is found by the audit, because it shares no function with them."""

import importlib
from decimal import Decimal

import pytest
from feature_cases import household, ira, joint
from window_cases import CUT, LOSS, REST, trade

from lotroute.models import Household, later_years, marginal_rates, usual_rates
from lotroute.models.wash_sales.before_plan import BeforePlan
from lotroute.models.wash_sales.ledger import WashSaleLedger
from lotroute.solver import audit, route

CENT = Decimal("0.01")


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Rates are computed once for each taxpayer: with a fault, and again without it."""
    for each in (later_years, marginal_rates, usual_rates):
        each.cache_clear()
    yield
    for each in (later_years, marginal_rates, usual_rates):
        each.cache_clear()


def more(by):
    """What makes a function return `by` more."""
    return lambda original: lambda *given, **named: original(*given, **named) + by


def always(value):
    return lambda original: lambda *given, **named: value


def of_another(field, by):
    """What makes a function return a record with one field `by` more."""

    def faulty(original):
        def changed(*given, **named):
            record = original(*given, **named)
            values = {name: getattr(record, name) for name in record.__slots__}
            return type(record)(**values | {field: values[field] + by})

        return changed

    return faulty


def a_cent_more_for_each(side):
    """What makes the books pay the account a cent more for each order of a side."""

    def faulty(original):
        def post(totals, order, *given):
            posting = original(totals, order, *given)
            if order.side != side:
                return posting
            totals.cash[order.account] += CENT
            return posting._replace(proceeds=posting.proceeds + CENT)

        return post

    return faulty


def a_dollar_more(original):
    def gain(*given):
        found = original(*given)
        return None if found is None else found + 1

    return gain


POST = "solver.accounting.running_totals.RunningTotals.post"
SURTAX, SPLIT, HARVEST = "surtax", "must_split", "harvest"
NONE = Decimal(0)
FAULTS = {
    "a cent more from each sale": (SPLIT, POST, a_cent_more_for_each("sell"), "figure"),
    "a cent less for each purchase": (SPLIT, POST, a_cent_more_for_each("buy"), "figure"),
    "a dollar more of gain": (SPLIT, "solver.accounting.books.Books.gain_per_share", a_dollar_more, "figure"),
    "every sale long-term": (HARVEST, "solver.accounting.books.holding_term", always("long"), "figure"),
    "gains at no rate": (SURTAX, "models.tax.federal_return._stacked", always((NONE, NONE, NONE)), "tax"),
    "a schedule of $100 more": (SURTAX, "models.tax.federal_return.scheduled", more(100), "tax"),
    "no losses carried in": (HARVEST, "models.tax.tax_bill.loss_limit", more(5000), "tax"),
    "deferral worth a cent more": (
        SPLIT,
        "solver.accounting.books.later_years",
        of_another("deferral", 0.01),
        "objective",
    ),
    "drift of $1 more": (SPLIT, "solver.accounting.books.Books.drift_of", more(1), "objective"),
    "no price of soft limits": (SPLIT, "solver.accounting.replay._excess", always(Decimal(1)), "objective"),
}
"""By name: a household, a function of the books or the law, the fault put into it, and the rule of a finding."""


def deep_in_losses(home):
    """The household with a loss of this year that the limit cuts off."""
    return home.with_({"taxpayer.realized_long": -50_000})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_books_or_the_law_is_found(monkeypatch, fault):
    name, path, faulty, rule = FAULTS[fault]
    home = Household.load(f"fixtures/{name}.json")
    home = deep_in_losses(home) if path.endswith("loss_limit") else home
    assert audit(home, route(home)) == []
    owner, attribute = path_of(path)
    for each in (later_years, marginal_rates, usual_rates):
        each.cache_clear()
    monkeypatch.setattr(owner, attribute, faulty(getattr(owner, attribute)))
    assert rule in {finding.rule for finding in audit(home, route(home))}


def path_of(path):
    """The module or class that has a function, and the function's name."""
    *parts, attribute = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            owner = importlib.import_module(".".join(["lotroute", *parts[:length]]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            owner = getattr(owner, part)
        return owner, attribute
    raise LookupError(path)


WINDOW = trade("A", "buy", days=20, quantity=10, account="ira")


def test_a_ledger_that_forgets_is_found(monkeypatch):
    home = household(joint(LOSS, REST), ira(), targets=CUT, recent_trades=[WINDOW])
    assert audit(home, route(home)) == []
    monkeypatch.setattr(WashSaleLedger, "_replaces", lambda *_: False)
    monkeypatch.setattr(BeforePlan, "purchases", {})
    plan = route(home)
    assert any(each.gain is not None and each.gain < 0 for each in plan.trades)
    assert {"wash_sale", "figure"} <= {finding.rule for finding in audit(home, plan)}
