"""The value types that records are made of: names, days, dollars, rates."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

LARGEST = 1e12
"""The most dollars or shares accepted: more than any household has. Far beyond it floats no longer hold cents."""


SMALLEST_PRICE = 1e-9
"""The least dollars per share accepted; at smaller prices a household holds more shares than decimals can count."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""The years accepted in dates. Others are taken as typing errors, and the law needs room to count back and forward."""


def _day(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """Return a date or ISO text unchanged. Refuse anything else, because a number would count as seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value)):
        return value
    raise PydanticCustomError("date_type", "not a date")


def _in_range(day: date) -> date:
    """Return the day. Raise an error if its year is not between FIRST_YEAR and LAST_YEAR."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PydanticCustomError("date_range", "not in range")
    return day


def _tradable(price: float) -> float:
    """Return the price. Raise an error if it is below SMALLEST_PRICE."""
    if price < SMALLEST_PRICE:
        raise PydanticCustomError("greater_than_equal", "too small", {"ge": SMALLEST_PRICE})
    return price


def _number(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """Return the value unchanged. Refuse true and false, which would count as 1 and 0."""
    if isinstance(value, bool):
        raise PydanticCustomError("float_type", "not a number")
    return value


CONTROL = r"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069"
"""Characters that a terminal obeys instead of printing: control characters, line ends, changes of direction."""

Name = Annotated[str, Field(pattern=rf"^[^\s;={CONTROL}]([^;={CONTROL}]*[^\s;={CONTROL}])?$")]
"""A symbol, an id or a class: not empty, without ";" and "=" (tables use them), without control characters, and without
space at either end."""

Label = Annotated[str, Field(pattern=rf"^[^{CONTROL}]*$")]
"""Text for people, on one line."""

Day = Annotated[date, BeforeValidator(_day), AfterValidator(_in_range)]
"""A calendar day, 1900 to 2199."""

Number = Annotated[float, BeforeValidator(_number)]

Money = Annotated[Number, Field(ge=-LARGEST, le=LARGEST)]
"""Dollars, positive or negative."""

Amount = Annotated[Number, Field(ge=0, le=LARGEST)]
"""Dollars or shares, 0 or more."""

Positive = Annotated[Number, Field(gt=0, le=LARGEST)]
"""Dollars or shares, more than 0."""

Price = Annotated[Positive, AfterValidator(_tradable)]
"""Dollars per share, at least SMALLEST_PRICE."""

Rate = Annotated[Number, Field(ge=0, le=1)]
"""A rate, yield or weight as a fraction between 0 and 1: 0.24 is 24 %."""

Loading = Annotated[Number, Field(ge=-1000, le=1000)]
"""Exposure to a factor per dollar, positive or negative."""

Years = Annotated[Number, Field(ge=0, le=200)]
"""A number of years, 0 to 200."""
Days = Annotated[int, Field(ge=0, le=36_500)]
"""A whole number of days, 0 to 36,500."""
Year = Annotated[int, BeforeValidator(_number)]
"""A calendar year."""


def split_list(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """Return `["VTI", "BND"]` for `"VTI;BND"`, the way a table cell writes a list; any other value unchanged."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if part.strip()]
    return value
