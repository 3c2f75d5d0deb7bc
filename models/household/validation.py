"""Finds every fault of a household at once: reads each item by itself, then checks across items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ..schema.faults import Fault, InputError
from ..schema.filled import Filled
from ..schema.wording import shown
from .checks import (
    check_account,
    check_availability,
    check_cash,
    check_elsewhere,
    check_factor_targets,
    check_held_beside,
    check_recent_trades,
    check_restriction,
    check_scheduled_buys,
    check_securities,
    check_security_targets,
    check_share_classes,
    check_substitutes,
    check_targets,
)
from .funds.filling import filled, still_filled, with_needs
from .owners import check_owner, check_people, check_requests
from .parts.activity import RecentTrade, Restriction, ScheduledBuy
from .parts.held_beside import HeldBeside, with_covering_lots, with_long_calls
from .parts.lot_parts import with_parts_kept
from .parts.people import Person
from .parts.securities import Security
from .parts.targets import FactorTarget, SecurityTarget, Target
from .parts.undated import with_named_purchases
from .reading import Reader

ASKED = ("withdrawal", "contribution", "conversion")
"""What a household may ask for: dollars to take out, to put in, to convert."""

PLAIN = ("id", "trade_date", "taxpayer", "same_index", "accounts_elsewhere", *ASKED)
"""The fields that are no lists of items."""


def validated_fields(cls: type[BaseModel], data: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the user wrote
    """Return the household's fields with every item validated. Raises InputError with every fault of `data`."""
    if not isinstance(data, Mapping):
        raise InputError([Fault("household", f"{shown(data)} is not a household", "give an object with named fields")])
    reader = Reader()
    data, new = filled(data)
    parsed: dict[str, Any] = dict(data)
    reader.unknown_fields(cls, data, "")
    for field in PLAIN:
        if field in data or cls.model_fields[field].is_required():
            parsed[field] = reader.value(cls, field, data)
    securities = reader.items(Security, data, "securities")
    targets = reader.items(Target, data, "targets")
    accounts = reader.accounts(data)
    trades = reader.items(RecentTrade, data, "recent_trades", required=False)
    buys = reader.items(ScheduledBuy, data, "scheduled_buys", required=False)
    names = reader.items(SecurityTarget, data, "security_targets", required=False)
    factors = reader.items(FactorTarget, data, "factor_targets", required=False)
    restrictions = reader.items(Restriction, data, "restrictions", required=False)
    people = reader.items(Person, data, "people", required=False)
    marks = reader.items(Filled, data, "filled", required=False)
    beside = reader.items(HeldBeside, data, "held_beside", required=False)
    trade_date = parsed.get("trade_date")

    check_securities(reader, securities)
    check_share_classes(reader, securities)
    check_substitutes(reader, securities, same_index=parsed.get("same_index") is True)
    check_targets(reader, targets)
    check_security_targets(reader, names)
    check_factor_targets(reader, factors, securities)
    check_people(reader, people, trade_date)
    for path, account in accounts:
        check_account(reader, path, account, trade_date)
        check_owner(reader, path, account, trade_date)
    check_availability(reader, securities, accounts)
    check_elsewhere(reader, parsed.get("accounts_elsewhere") or ())
    for path, restriction in restrictions:
        check_restriction(reader, path, restriction)
    check_recent_trades(reader, trades, trade_date)
    check_scheduled_buys(reader, buys, trade_date)
    check_held_beside(reader, beside, trade_date)
    prices = {security.symbol: security for _, security in securities}
    for path, account in accounts:
        check_cash(reader, path, account, prices)
    asked = {field: parsed.get(field) or 0.0 for field in ASKED}
    if any(asked.values()):
        check_requests(reader, asked, accounts, [restriction for _, restriction in restrictions], prices)

    if reader.faults:
        raise InputError(with_needs(reader.faults, reader.names["targets"]))
    sections: dict[str, list[tuple[str, Any]]] = {"securities": [*securities], "targets": [*targets]}
    sections |= {"accounts": [*accounts], "recent_trades": [*trades], "scheduled_buys": [*buys]}
    sections |= {
        "security_targets": [*names],
        "factor_targets": [*factors],
        "restrictions": [*restrictions],
        "people": [*people],
        "held_beside": [*beside],
    }
    kept = still_filled((mark for _, mark in marks), (security for _, security in securities))
    parsed |= {name: tuple(item for _, item in items) for name, items in sections.items()}
    accounts_as_held, parts = with_named_purchases(parsed["accounts"], parsed["recent_trades"], parsed["trade_date"])
    parsed["restrictions"] = with_parts_kept(parsed["restrictions"], parts)
    parsed["accounts"], parts = with_covering_lots(accounts_as_held, parsed["held_beside"])
    parsed["restrictions"] = with_parts_kept(parsed["restrictions"], parts)
    parsed["recent_trades"] = with_long_calls(parsed["recent_trades"], parsed["held_beside"], parsed["trade_date"])
    return parsed | {"filled": tuple({mark.path: mark for mark in (*kept, *new)}.values())}
