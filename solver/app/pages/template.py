"""The templates, and how they write dollars, shares and days."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ....models.schema.amounts import HALF_A_CENT, count, dollars, in_words, signed, with_sign
from ....models.schema.safe_text import printable
from ..words import code_in_words, limit_in_words, quantity_in_words, reason_in_words

FOLDER = Path(__file__).with_name("templates")


@cache
def environment() -> Environment:
    """Return the templates' environment: everything is escaped, and a name that is missing is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["version"] = version("lotroute")
    made.filters |= {
        "cents": cents,
        "change": change,
        "code": code_in_words,
        "counted": count,
        "day": in_words,
        "dollars": dollars,
        "less": less,
        "limit": limit_in_words,
        "price": price,
        "reason": reason_in_words,
        "shares": quantity_in_words,
        "signed": signed,
        "whole": whole,
    }
    return made


def render(name: str, **values: object) -> str:
    """Return a page: a template with its values."""
    return environment().get_template(name).render(**values)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a template prints
    """Text of the input without characters that turn the direction of a line or are not seen; markup as it is."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def cents(amount: float | None) -> str:
    """Return dollars with cents, without a sign of dollars; empty if there are none."""
    return "" if amount is None else with_sign(amount, f"{abs(amount):,.2f}")


def change(amount: float | None) -> str:
    """Return dollars with cents and their sign; empty if there are none."""
    return "" if amount is None else f"+{amount:,.2f}" if amount >= HALF_A_CENT else cents(amount)


def price(amount: float | None) -> str:
    """Return dollars a share, with as many of six decimals as they need, at least two; empty if it is not known."""
    if amount is None:
        return ""
    whole, _, decimals = f"{amount:,.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def less(amount: float) -> str:
    """Return how much less something costs than another."""
    if abs(amount) < HALF_A_CENT:
        return "the same"
    return f"{dollars(abs(amount))} {'less' if amount > 0 else 'more'}"


def whole(amount: float | None) -> str:
    """Return whole dollars, without a sign of dollars; empty if there are none."""
    return "" if amount is None else with_sign(round(amount), f"{abs(round(amount)):,}")
