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
