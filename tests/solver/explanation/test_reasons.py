"""The reasons state what the household and the books show, case by case."""

from datetime import date

import pytest
from reason_cases import IRA_BONDS, IRA_STOCK, LOTS, buy, sell, told

from lotroute.models import Household, Policy
from lotroute.solver.explanation.blocked import blocked
from lotroute.solver.formulation.problem import build_problem


def test_loss_that_offsets_this_year_s_gains():
    [(code, text)] = told(sell(50, "loss"), taxpayer={"realized_long": 2000})
    assert (code, text) == ("harvest", "Harvested: the long-term loss of $1,500 offsets $1,500 of gains.")


def test_loss_that_offsets_gains_and_other_income_and_is_carried_on():
    [(_, text)] = told(sell(100, "loss"), taxpayer={"realized_short": 500, "filing_status": "married_separately"})
    expected = "offsets $500 of gains and $1,500 of other income and adds $1,000 to the losses carried on."
    assert text == f"Harvested: the long-term loss of $3,000 {expected}"


def test_several_losses_are_stated_together():
    [(_, first), (_, second), *_] = told(sell(10, "loss"), sell(20, "loss"), taxpayer={"realized_long": 5000})
    assert first == (
        "Harvested: a long-term loss of $300; with the plan's other losses, $900 in all, it offsets $900 of gains."
    )
    assert "a long-term loss of $600" in second


def test_loss_against_a_gain_of_the_plan():
    [(_, harvest), (code, gain)] = told(sell(20, "loss"), sell(10, "gain"))
    assert "the long-term loss of $600 offsets $400 of gains and $200 of other income" in harvest
    assert code == "absorbed"
    assert "losses absorb its long-term gain of $400: no tax on it this year" in gain


def test_gain_taxed_in_part_says_how_much_losses_absorb():
    [(code, text)] = told(sell(100, "gain"), taxpayer={"long_carryforward": 1000})
    assert code == "taxable_gain"
    assert "No sheltered account has stock to sell" in text
    assert "is taxed in part (losses absorb $1,000 of the plan's long-term gains of $4,000)" in text


def test_split_says_what_the_shelter_could_absorb():
    orders = sell(50, "s", account="ira"), buy(125, "B", "ira"), sell(100, "gain"), buy(250, "B")
    reasons = told(*orders, ira=[IRA_STOCK])
    assert [code for code, _ in reasons] == ["sheltered_correction", "sheltered_correction", "split", "reinvest"]
    assert reasons[0][1] == "stock is corrected in the IRA: no current tax."
    assert reasons[2][1].startswith("Split: the IRA could absorb only $5,000 of stock; the rest is sold here")


def test_split_does_not_claim_that_the_shelter_was_full_when_it_was_not():
    reasons = told(sell(20, "s", account="ira"), sell(100, "gain"), ira=[IRA_STOCK])
    assert "the IRA absorbed $2,000 of stock" in reasons[1][1]


def test_taxed_gain_beside_stock_left_in_the_shelter_says_so():
    [(code, text)] = told(sell(100, "gain"), ira=[IRA_STOCK])
    assert code == "taxable_gain"
    assert "though a sheltered account holds more stock" in text


def test_sale_at_break_even():
    assert told(sell(10, "even")) == [("no_gain", "Sold at neither gain nor loss: no tax.")]


def test_withdrawal_is_the_reason_where_nothing_is_bought():
    joint = {"cash": 0, "withdrawal": 4000}
    [(code, text)] = told(sell(40, "gain"), joint=joint)
    assert code == "raise_cash"
    assert text.startswith("Raises cash for the withdrawal of $4,000; its long-term gain of $1,600 is taxed")
    [(code, text), _] = told(sell(60, "gain"), buy(50, "B"), joint=joint)
    assert code == "taxable_gain"
    assert text.endswith("It also raises cash for the withdrawal of $4,000.")


def test_cash_minimum_in_a_shelter():
    accounts = [{"id": "ira", "kind": "roth", "minimum_cash": 500, "lots": [IRA_STOCK]}]
    [(code, text)] = told(sell(5, "s", account="ira"), accounts=accounts)
    assert (code, text) == ("raise_cash", "Raises cash for the cash minimum; a sale in the Roth is not taxed.")


def test_purchases_say_where_their_money_comes_from():
    [(code, text)] = told(buy(12, "B"), joint={"contribution": 500})
    assert (code, text) == ("contribution", "Bought with the contribution, no sale: raises bond.")
    [(code, text)] = told(buy(20, "B"), joint={"contribution": 500})
    assert (code, text) == ("contribution", "Bought with the contribution and idle cash, no sale: raises bond.")
    [(code, text)] = told(buy(10, "B"), joint={"contribution": 500, "withdrawal": 500})
    assert code == "idle_cash"  # the withdrawal takes the contribution out again
    [(code, text)] = told(buy(2, "B", "ira"))
    assert (code, text) == ("idle_cash", "Bought with idle cash in the IRA, no sale: raises bond.")
    *_, (code, text) = told(sell(10, "loss"), buy(20, "A2"))
    assert (code, text) == ("substitute", "Takes the place of A, harvested; it is of another identity group.")


def test_swaps_of_location_are_stated_as_such():
    orders = sell(20, "even"), buy(50, "B"), sell(50, "b", "B", "ira"), buy(40, "A2", "ira")
    reasons = told(*orders, ira=[IRA_BONDS])
    assert [code for code, _ in reasons] == ["no_gain", "reinvest", "location", "location"]


TWO_BONDS = [
    {"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0},
    {"symbol": "TAXED", "price": 40, "exposures": "bond", "half_spread": 0, "ordinary_yield": 0.04},
    {"symbol": "EXEMPT", "price": 40, "exposures": "bond", "half_spread": 0, "exempt_yield": 0.03},
]


@pytest.mark.parametrize(
    ("account", "sold", "bought", "more", "tax"),
    [
        ("ira", "EXEMPT", "TAXED", "1.00%", ": no current tax"),
        ("joint", "TAXED", "EXEMPT", "0.40%", "; its long-term gain of $500 is taxed"),
    ],
)
def test_an_exchange_within_a_class_says_what_is_kept_more(account, sold, bought, more, tax):
    """4 % taxed at 35 % keeps 2.6 %, against 3 % exempt; in the IRA it is 4 % against 3 %."""
    lots = {account: [{"id": "x", "symbol": sold, "quantity": 50, "basis_per_share": 30, "acquired": "2020-01-10"}]}
    trades = sell(50, "x", sold, account), buy(50, bought, account)
    home = {"joint": {"lots": lots.get("joint", [])}, "ira": lots.get("ira", [])}
    [(code, sale), (other, purchase)] = told(*trades, securities=TWO_BONDS, **home)
    assert (code, other) == ("location", "location")
    assert sale == f"{bought} keeps {more} a year more after tax here and is bought instead{tax}."
    assert purchase == f"{bought} keeps {more} a year more after tax here than {sold}, which is sold."


@pytest.mark.parametrize(
    ("changes", "rule", "lot", "until", "words"),
    [
        ({}, "short_term_wait", "soon", date(2026, 7, 1), "long-term from 2026-07-01"),
        (
            {"recent_trades": [{"account": "ira", "symbol": "A", "side": "buy", "date": "2026-06-03", "quantity": 1}]},
            "wash_sale",
            "loss",
            date(2026, 7, 4),
            "Its loss of $3,000 is not harvested: A bought in ira on 2026-06-03",
        ),
        (
            {"scheduled_buys": [{"account": "ira", "symbol": "A", "date": "2026-07-15"}]},
            "wash_sale",
            "loss",
            date(2026, 8, 15),
            "A to be bought in ira on 2026-07-15",
        ),
        (
            {
                "recent_trades": [
                    {"account": "joint", "symbol": "A2", "side": "sell", "date": "2026-06-01", "quantity": 1}
                ]
            },
            "wash_sale",
            None,
            date(2026, 7, 2),
            "A2 sold at an unknown result in joint on 2026-06-01",
        ),
    ],
)
def test_what_is_not_free_is_stated_with_cause_and_day(changes, rule, lot, until, words):
    home = Household.model_validate(
        {
            "trade_date": "2026-06-15",
            "taxpayer": {"rates": {"short": 0.35, "long": 0.15}},
            "accounts": [{"id": "joint", "kind": "taxable", "lots": LOTS}, {"id": "ira", "kind": "traditional"}],
            "securities": [
                {"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0},
                {"symbol": "A2", "price": 50, "exposures": "stock"},
                {"symbol": "B", "price": 40, "exposures": "bond"},
            ],
            "targets": [{"asset_class": "stock", "weight": 0.5}, {"asset_class": "bond", "weight": 0.5}],
        }
        | changes
    )
    policy = Policy(long_term_wait_days=30)
    found = {(item.rule, item.lot): item for item in blocked(build_problem(home, policy), [])}
    assert found[rule, lot].until == until
    assert words in found[rule, lot].text


def test_what_may_not_be_held_says_so_and_what_it_costs():
    out = [{"rule": "do_not_hold", "symbol": "A"}]
    [(code, text)] = told(sell(100, "gain"), restrictions=out)
    assert (code, text) == ("not_held", "A may not be held here; its long-term gain of $4,000 is taxed.")
    [(code, text)] = told(sell(50, "s", account="ira"), ira=[IRA_STOCK], restrictions=out)
    assert (code, text) == ("not_held", "A may not be held here: no current tax.")


def test_a_name_outside_its_own_band_is_the_reason():
    own = [{"symbol": "A", "weight": 0.1}, {"symbol": "A2", "weight": 0.2}]
    reasons = told(sell(100, "gain"), buy(50, "A2"), security_targets=own)
    assert reasons == [
        ("own_target", "A is above its own band; its long-term gain of $4,000 is taxed."),
        ("own_target", "A2 is below its own band."),
    ]


def test_a_factor_outside_its_band_is_the_reason_where_the_class_is_none():
    funds = [
        {"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0},
        {"symbol": "B", "price": 40, "exposures": "bond", "half_spread": 0, "factors": {"duration": 9}},
        {"symbol": "B2", "price": 40, "exposures": "bond", "half_spread": 0, "factors": {"duration": 2}},
    ]
    band = [{"factor": "duration", "lower": 0, "upper": 0.05}]
    reasons = told(sell(5, "soon", "B"), buy(5, "B2"), securities=funds, factor_targets=band)
    assert reasons[0] == ("factor", "B brings duration nearer to its band; its short-term gain of $100 is taxed.")
    assert reasons[1][0] != "factor"  # it raises the exposure, which is above its band


def test_a_class_in_balance_that_moves_into_the_shelter_says_so():
    reasons = told(sell(5, "soon", "B"), buy(2, "B", account="ira"))
    assert reasons[0] == (
        "location",
        "bond is held in a sheltered account instead, where its income is not taxed; "
        "its short-term gain of $100 is taxed.",
    )
