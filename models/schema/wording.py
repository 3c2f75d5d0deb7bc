"""Turns pydantic's errors into faults in our own words, each with the path as the user wrote it and a hint."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from .faults import Fault, InputError
from .record import descriptions
from .values import FIRST_YEAR, LAST_YEAR

M = TypeVar("M", bound=BaseModel)


def checked(noun: type[M], data: Any, name: str) -> M:  # noqa: ANN401 - whatever the user wrote
    """Return a record of the data. `name` starts the path of its faults. Raises InputError with every fault."""
    try:
        return noun.model_validate(data)
    except ValidationError as error:
        raise InputError(faults_of(error, noun, name)) from None


def faults_of(error: ValidationError, model: type[BaseModel] | None, path: str, hint: str = "") -> list[Fault]:
    """Return a pydantic error as faults. The path of each is as the user wrote it, the hint is the field's description.

    `model` is the record that was read and `path` its place. `hint` is used for a fault of the value as a whole.
    """
    faults = []
    for detail in error.errors(include_url=False):
        where = path
        owner: Any = model
        own_words = detail["type"] == "value_error" and not detail["loc"]
        description = "" if own_words else hint
        known: Iterable[str] = ()
        for step in detail["loc"]:
            if isinstance(step, int):
                where += f"[{step}]"
                continue
            where += f".{step}"
            fields = getattr(owner, "model_fields", {})
            known = fields
            if step in fields:
                description = descriptions(owner).get(step, "")
                owner = _noun(fields[step].annotation)
            else:
                owner = None
        message = _message(detail)
        if detail["type"] == "extra_forbidden":
            description = suggest(str(detail["loc"][-1]), known)
        faults.append(Fault(where, message, description))
    return faults


def _message(detail: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "missing":
        return "missing"
    if kind == "extra_forbidden":
        return "unknown field"
    if kind == "string_pattern_mismatch":
        return (
            "is empty"
            if value == ""
            else f"{shown(value)} is no name: no ';', '=' or control characters, and no space at either end"
        )
    if kind == "finite_number":
        return f"{shown(value)} is not a finite number"
    if kind == "greater_than":
        return f"{shown(value)} is not more than {context['gt']:g}"
    if kind == "greater_than_equal":
        return f"{shown(value)} is negative" if context["ge"] == 0 else f"{shown(value)} is less than {context['ge']:g}"
    if kind in ("less_than_equal", "less_than"):
        return f"{shown(value)} is too large"
    if kind == "literal_error":
        return f"{shown(value)} is not one of {context['expected']}"
    if kind.startswith("bool"):
        return f"{shown(value)} is neither true nor false"
    if kind == "date_range":
        return f"{shown(str(value))} is not between {FIRST_YEAR} and {LAST_YEAR}"
    if kind.startswith("date"):
        return f"{shown(value)} is not a date, YYYY-MM-DD"
    if kind.startswith(("float", "int", "decimal")):
        return f"{shown(value)} is not a number"
    if kind == "value_error":
        return str(context["error"])
    if kind == "model_type":
        return f"{shown(value)} is not an object with named fields"
    return f"{shown(value)}: {detail['msg']}"


def _noun(annotation: Any) -> Any:  # noqa: ANN401
    """The record class behind a field that is optional or a list: `Limit` for `Limit | None`. The
    annotation itself if it names no record.
    """
    nouns = [part for part in get_args(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
    return nouns[0] if nouns else annotation


def shown(value: Any) -> str:  # noqa: ANN401
    """Return a value as a message shows it, shortened to 60 characters."""
    if isinstance(value, float):
        return {"nan": "NaN", "inf": "infinity", "-inf": "-infinity"}.get(repr(value), f"{value:g}")
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def suggest(name: str, known: Iterable[str]) -> str:
    """Return a hint about an unknown name: the known name that it resembles, otherwise the known names (at most 12);
    empty if no names are known.
    """
    known = sorted(known)
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}" if known else ""
