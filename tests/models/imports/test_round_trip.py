"""Generated households, written as a broker would export them, come back lot for lot and cent for cent."""

import csv
import random

import pytest

from lotroute.fixtures.generator import generate
from lotroute.models.imports import read_exports


def export(household, folder, dice):
    """Positions and lots of a household as two files, in an order of no meaning."""
    positions, lots = [], []
    for account in household.accounts:
        held = {}
        for lot in account.lots:
            price = household.security[lot.symbol].price
            cost = None if lot.basis_per_share is None else lot.quantity * lot.basis_per_share
            cells = [
                account.id,
                lot.symbol,
                lot.acquired or "--",
                f"{lot.quantity!r}",
                price,
                f"{lot.quantity * price:,.2f}",
            ]
            lots.append([*cells, "Incomplete" if cost is None else f"${cost:,.2f}"])
            held.setdefault(lot.symbol, []).append((lot.quantity, cost))
        for symbol, parts in held.items():
            price, shares = household.security[symbol].price, round(sum(quantity for quantity, _ in parts), 9)
            costs = [cost for _, cost in parts]
            cost = "--" if None in costs else f"${sum(costs):,.2f}"
            positions.append([account.id, symbol, f"{shares!r}", price, f"{shares * price:,.2f}", cost])
        positions.append([account.id, "Cash", "", "", f"{account.cash:,.2f}", ""])
    headers = (
        "Account Name,Symbol,Quantity,Price,Market Value,Cost Basis",
        "Account Name,Symbol,Acquired,Quantity,Price,Market Value,Cost Basis",
    )
    files = []
    for name, header, rows in zip(("positions", "lots"), headers, (positions, lots), strict=True):
        dice.shuffle(rows)
        files.append(folder / f"{name}.csv")
        with files[-1].open("w", newline="") as file:
            csv.writer(file).writerows([header.split(","), *rows])
    return files


@pytest.mark.parametrize("index", range(12))
def test_a_household_comes_back_from_its_export(tmp_path, index):
    (household,) = [*generate(index + 1, 4)][index:]
    plain = household.model_dump(mode="json", exclude_defaults=True)
    answers = {key: plain[key] for key in ("id", "trade_date", "taxpayer")}
    answers["taxpayer"] = {"filing_status": "single", **plain["taxpayer"]}
    answers["targets"] = plain["targets"]
    answers["accounts"] = {each.id: {"id": each.id, "kind": each.kind} for each in household.accounts}
    answers["symbols"] = {each["symbol"]: {"class": each["exposures"]} for each in plain["securities"]} | {
        each["symbol"]: {"class": each["exposures"], "price": each["price"]}
        for each in plain["securities"]
        if all(each["symbol"] != lot.symbol for lot in household.lot.values())
    }
    found = read_exports(export(household, tmp_path, random.Random(index)), "generic", answers)
    assert [str(fault) for fault in (*found.faults, *found.needed)] == []
    back = found.household()
    for account in household.accounts:
        assert back.account[account.id].cash == round(account.cash, 2)
        assert sorted(map(key, account.lots)) == sorted(map(key, back.account[account.id].lots))
    assert {symbol: back.security[symbol].price for symbol in back.security} == {
        symbol: security.price for symbol, security in household.security.items()
    }


def key(lot):
    """A lot without its name: what the broker knows, its cost to the cent."""
    cost = None if lot.basis_per_share is None else round(lot.quantity * lot.basis_per_share, 2)
    return lot.symbol, str(lot.acquired), lot.quantity, str(cost)
