"""The policies that have a name: what each says, what it needs to be told, and its fields."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ...schema.faults import Fault, InputError
from ...schema.wording import suggest

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Amount:
    """The number that a named policy needs to be told."""

    name: str
    path: str
    """The field of the policy that it sets."""
    meaning: str


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy that has a name."""

    name: str
    sentence: str
    """What it does, for people."""
    amount: Amount | None
    """What it needs to be told; None if nothing."""
    fields: Mapping[str, Any]
    """The fields that differ from the defaults, as a file has them."""

    def data(self, amounts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the policy's fields, and those that the amounts set, by path.

        Raises InputError if an amount is missing or it needs none of that name.
        """
        needed = {} if self.amount is None else {self.amount.name: self.amount}
        faults = [
            Fault(f"{self.name}.{name}", "missing", amount.meaning)
            for name, amount in needed.items()
            if amounts.get(name) is None
        ]
        faults += [
            Fault(f"{self.name}.{name}", "it needs no such amount", suggest(name, needed))
            for name in amounts
            if name not in needed
        ]
        if faults:
            raise InputError(faults)
        return {**self.fields, "name": self.name}, {needed[name].path: value for name, value in amounts.items()}


@cache
def named_policies() -> Mapping[str, NamedPolicy]:
    """Return the policies that have a name, by it."""
    found = {}
    for name in ("tax_neutral", "gain_budget", "maximum_harvest", "transition", "do_it_now"):
        data = tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))
        amount = Amount(**data["amount"]) if "amount" in data else None
        found[name] = NamedPolicy(name, data["sentence"], amount, data.get("fields", {}))
    return found


def named_policy(name: str) -> NamedPolicy:
    """Return the policy of a name. Raises InputError if none has it."""
    if name not in named_policies():
        raise InputError([Fault("policy", f"there is none named {name!r}", suggest(name, named_policies()))])
    return named_policies()[name]
