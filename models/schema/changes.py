"""Changes of a record's fields by dotted paths, as its faults have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from .faults import Fault, InputError
from .wording import suggest


class _New(dict[str, Any]):
    """A part of a record that was left out. Validation says later whether the fields that it gets are right."""


def assign(data: dict[str, Any], path: str, value: Any, named_by: Mapping[str, str]) -> None:  # noqa: ANN401
    """Set the value at a path of nested fields and lists, such as `accounts.ira.lots[3].quantity`.

    `named_by` has, for each list of named items, the field that holds the name; an item is written by its name or by
    its number in brackets, and a whole new one by its own name or by the number after the last. Records, and lists of
    them, count as their fields. Raises InputError for an unknown path.
    """
    place: Any = data
    section, rest = "", path
    while True:
        known = dict(_steps(place, named_by.get(section), rest))
        step = max((each for each in known if _starts(rest, each)), key=len, default=None)
        if step is None:
            item = plain(value)
            if isinstance(place, list) and _is_new(item, named_by.get(section), rest, len(place)):
                place.append(item)
                return
            name = rest.partition(".")[0]
            raise InputError([Fault(path, f"unknown {section or 'field'} {name!r}", suggest(name, known))])
        key, rest = known[step], rest[len(step) :].removeprefix(".")
        if not rest:
            place[key] = plain(value)
            return
        if not isinstance(place.get(key) if isinstance(place, dict) else place[key], dict | list):
            place[key] = _New()
        place, section = place[key], step


def plain(value: Any) -> Any:  # noqa: ANN401 - any field
    """Return a value with every record in it as a dict of its fields, and every tuple as a list."""
    if isinstance(value, BaseModel):
        return plain(value.model_dump(warnings=False))
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def _steps(place: Any, name: str | None, rest: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """What the next step of a path may be, with the key it stands for."""
    if isinstance(place, _New):
        field = rest.partition(".")[0]
        yield field, field
    elif isinstance(place, dict):
        yield from ((key, key) for key in place)
    else:
        for number, item in enumerate(place):
            yield f"[{number}]", number
            if name:
                yield str(item[name]), number


def _is_new(item: Any, key: str | None, step: str, after: int) -> bool:  # noqa: ANN401 - whatever the user wrote
    """Whether a value is a new item of a list: one of the step's name or one without, which gets it, or one whose
    number is the next.
    """
    if not isinstance(item, dict):
        return False
    return step == f"[{after}]" or (key is not None and step[:1] != "[" and item.setdefault(key, step) == step)


def _starts(rest: str, step: str) -> bool:
    return rest == step or rest.startswith((f"{step}.", f"{step}["))
