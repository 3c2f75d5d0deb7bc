"""Layouts: a broker is a file, and what is wrong with one is said."""

import pytest

from lotroute.models import InputError
from lotroute.models.imports import read_exports
from lotroute.models.imports.layout import layout_of, load_layout, shipped

PLAIN = {
    "dates": ["DD.MM.YYYY"],
    "titles": [r"Depot (?P<account>.+)"],
    "days": [r"Stand (?P<day>\S+)"],
    "prose": [r"Stand .*"],
    "tables": [
        {
            "kind": "lots",
            "columns": {
                "symbol": ["Wert"],
                "acquired": ["Kauf*"],
                "quantity": ["Menge"],
                "cost": ["Einstand"],
                "value": ["Kurswert"],
            },
        }
    ],
}


@pytest.mark.parametrize("name", shipped())
def test_every_layout_that_comes_with_the_package_is_sound(name):
    assert load_layout(name).tables


def test_a_broker_is_added_without_code(tmp_path):
    layout = tmp_path / "haus.toml"
    layout.write_text(
        """
dates = ["DD.MM.YYYY"]
titles = ['Depot (?P<account>.+)']
days = ['Stand (?P<day>\\S+)']
prose = ['Stand .*']
[[tables]]
kind = "lots"
[tables.columns]
symbol = ["Wert"]
acquired = ["Kauf*"]
quantity = ["Menge"]
cost = ["Einstand"]
value = ["Kurswert"]
"""
    )
    export = tmp_path / "export.csv"
    lines = ["Stand 15.06.2026", "Depot Hausbank 98765", "Wert;Kauf am;Menge;Einstand;Kurswert"]
    export.write_text("\n".join([*lines, "VTI;31.01.2020;10;1650.00;3412.00"]))
    answers = {"taxpayer": {"rates": {"short": 0.3, "long": 0.15}}, "targets": {"us_stock": 1}}
    found = read_exports([export], str(layout), answers | {"accounts": {"98765": "taxable"}})
    household = found.household()
    assert household.trade_date.isoformat() == "2026-06-15"
    (account,) = household.accounts
    assert (account.id, account.lots[0].acquired.isoformat()) == ("hausbank-8765", "2020-01-31")
    assert household.security["VTI"].price == 341.2


def test_fidelity_s_history_becomes_recent_trades(tmp_path):
    """The columns and the words of actions as programs that read Accounts_History.csv have them."""
    positions = tmp_path / "Portfolio_Positions_Jun-15-2026.csv"
    header = "Account Number,Account Name,Symbol,Description,Quantity,Last Price,Current Value,Cost Basis Total"
    positions.write_text(f"{header}\nZ12345678,ROTH IRA,VTI,TOTAL STOCK,10,$341.20,$3412.00,--\n")
    history = tmp_path / "Accounts_History.csv"
    names = (
        "Run Date,Account,Account Number,Action,Symbol,Description,Type,Price ($),Quantity,Amount ($),Settlement Date"
    )
    rows = [
        "06/02/2026,YOU BOUGHT TOTAL STOCK (VTI) (Cash),VTI,TOTAL STOCK,Cash,338.10,2,-676.20,06/03/2026",
        "05/20/2026,YOU SOLD TOTAL BOND (BND) (Cash),BND,TOTAL BOND,Cash,73.50,-5,367.50,05/21/2026",
        "05/04/2026,DIVIDEND RECEIVED TOTAL STOCK (VTI),VTI,TOTAL STOCK,Cash,,0.000,12.11,",
        "05/01/2026,REINVESTMENT GOVERNMENT MONEY (SPAXX),SPAXX,MONEY,Cash,1.00,3.2,-3.20,",
    ]
    lines = [names, *(row.replace(",", ",ROTH IRA,Z12345678,", 1) for row in rows)]
    history.write_text("\n\n" + "\n".join(lines) + '\n\n"Date downloaded 06/15/2026 6:00 pm"\n')
    answers = {"taxpayer": {"rates": {"short": 0.3, "long": 0.15}}, "targets": {"us_stock": 0.6, "us_bond": 0.4}}
    found = read_exports([positions, history], "fidelity", answers)
    assert found.faults == ()
    trades = found.household().recent_trades
    assert [(trade.symbol, trade.side, trade.quantity) for trade in trades] == [
        ("VTI", "buy", 2.0),
        ("BND", "sell", 5.0),
    ]
    assert {"rule": "no_buy", "symbol": "BND"} in found.data["restrictions"]  # known at the price of its sale alone


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"dates": ["MM/YYYY"]}, "layout.dates[0]: 'MM/YYYY' is no date format"),
        ({"titles": ["Depot (?P<account>.+"]}, "layout.titles[0]: 'Depot (?P<account>.+' is not a regular expression"),
        ({"titles": ["Depot (?P<depot>.+)"]}, "layout.titles[0]: unknown group 'depot'"),
        ({"days": ["Stand"]}, "layout.days[0]: no group 'day'"),
        ({"options": ["(?P<underlying>[A-Z]+)"]}, "layout.options[0]: no group 'right'"),
        (
            {"tables": [{"kind": "lots", "columns": {"symbol": ["A"], "acquired": ["B"], "quantity": ["C"]}}]},
            "no column for cost",
        ),
        (
            {"tables": [{"kind": "lots", "columns": {"symbols": ["A"]}}]},
            "unknown column 'symbols'; did you mean 'symbol'?",
        ),
        ({"tables": [{"kind": "bonds", "columns": {}}]}, "layout.tables[0].kind: 'bonds' is not one of"),
        ({"colour": "red"}, "layout.colour: unknown field"),
    ],
)
def test_every_fault_of_a_layout_is_named(change, fault):
    with pytest.raises(InputError) as error:
        layout_of(PLAIN | change)
    assert fault in str(error.value)


def test_an_unknown_layout_is_refused():
    with pytest.raises(InputError, match="did you mean 'schwab'"):
        load_layout("schwap")
