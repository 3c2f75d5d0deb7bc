"""Items read together and lots passed at a glance, against each item by itself: the same records, the same faults."""

import random
from datetime import timedelta

import pytest
from random_households import featured_household

from lotroute.models import Household
from lotroute.models.household import checks
from lotroute.models.household.reading import TOGETHER, Reader
from lotroute.models.schema.faults import InputError

LATER = timedelta(400)


def spoil(rng, data):
    """Put a few faults into lots and other items of a household's data."""
    for _ in range(rng.randint(0, 4)):
        account = rng.choice(data["accounts"])
        if not account["lots"]:
            continue
        lot = rng.choice(account["lots"])
        lot |= rng.choice(
            [
                {"quantity": -1},
                {"quantity": True},
                {"symbol": "NONE"},
                {"id": account["lots"][0]["id"]},
                {"id": ""},
                {"acquired": None},
                {"acquired": data["trade_date"] + LATER},
                {"acquired": "yesterday"},
                {"basis_per_share": None},
                {"gift_date": data["trade_date"]},
                {"gift_value_per_share": 3},
                {"how_acquired": "gift", "gift_value_per_share": 3, "gift_date": None},
                {"unheard_of": 1},
            ]
        )
    if rng.random() < 0.3:
        rng.choice(data["accounts"])["menu"] = [data["securities"][0]["symbol"]]
    if rng.random() < 0.3:
        rng.choice(data["securities"]).update(rng.choice([{"price": 0}, {"symbol": 7}, {"exposures": {"a": 0.5}}]))
    return data


def read(data):
    try:
        return Household.model_validate(data)
    except InputError as error:
        return error.faults


@pytest.mark.parametrize("seed", range(150))
def test_a_household_read_together_is_what_its_items_are_one_by_one(seed, monkeypatch):
    data = spoil(random.Random(seed), featured_household(seed % 50).model_dump())
    together = read(data)
    one_by_one = lambda reader, model, rows, paths: [  # noqa: E731
        reader.item(model, raw, path) for raw, path in zip(rows, paths, strict=True)
    ]
    monkeypatch.setattr(Reader, "all_items", one_by_one)
    monkeypatch.setattr(checks, "_is_plain", lambda *_, dated: False)
    assert read(data) == together


def test_lots_with_the_same_fields_share_the_set_of_their_names():
    account = {"id": "a", "kind": "taxable", "cash": 0.0}
    lots = [{"id": f"l{i}", "symbol": "A", "quantity": 1.0, "basis_per_share": 1.0} for i in range(2 * TOGETHER + 7)]
    lots[5]["acquired"] = "2020-01-02"
    (read,) = (found for _, found in Reader().accounts({"accounts": [account | {"lots": lots}]}))
    assert [lot.model_dump(exclude_unset=True, mode="json") for lot in read.lots] == lots
    assert len({id(lot.__pydantic_fields_set__) for lot in read.lots}) == 4


def test_a_faulty_lot_is_found_wherever_it_is():
    for place in (0, TOGETHER - 1, TOGETHER, 2 * TOGETHER + 3):
        lots = [{"id": f"l{i}", "symbol": "A", "quantity": 1.0} for i in range(2 * TOGETHER + 4)]
        lots[place]["quantity"] = -1.0
        reader = Reader()
        reader.accounts({"accounts": [{"id": "a", "kind": "taxable", "cash": 0.0, "lots": lots}]})
        assert [fault.path for fault in reader.faults] == [f"accounts.a.lots[{place}].quantity"]
