"""The kinds of value that the nouns are made of: names, days, dollars, rates."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

LARGEST = 1e12
"""More dollars or shares than any household has; far beyond it floats no longer hold cents."""


FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Other years are slips, and the law counts days back and forward from those it is given."""


def _day(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """A calendar day as ISO text or a date; never a number, which would count as seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value)):
        return value
    raise PydanticCustomError("date_type", "not a date")


def _in_range(day: date) -> date:
    """Raises where a year is none of this or the next two centuries."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PydanticCustomError("date_range", "not in range")
    return day


def _number(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """A number, and not true or false, which would count as 1 and 0."""
    if isinstance(value, bool):
        raise PydanticCustomError("float_type", "not a number")
    return value


Name = Annotated[str, Field(pattern=r"^[^\s;=]([^;=\r\n]*[^\s;=])?$")]
"""A symbol, an id or a class: without ";" and "=" (tables use them) and without space at either end."""

Day = Annotated[date, BeforeValidator(_day), AfterValidator(_in_range)]
"""A calendar day, 1900 to 2199."""

Number = Annotated[float, BeforeValidator(_number)]

Money = Annotated[Number, Field(ge=-LARGEST, le=LARGEST)]
"""Dollars of either sign."""

Amount = Annotated[Number, Field(ge=0, le=LARGEST)]
"""Dollars or shares, 0 or more."""

Positive = Annotated[Number, Field(gt=0, le=LARGEST)]
"""Dollars or shares, more than 0."""

Rate = Annotated[Number, Field(ge=0, le=1)]
"""A rate, a yield or a weight as a fraction: 0.24 is 24 %."""

Loading = Annotated[Number, Field(ge=-1000, le=1000)]
"""Exposure of a dollar to a factor, of either sign."""

Years = Annotated[Number, Field(ge=0, le=200)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Year = Annotated[int, BeforeValidator(_number)]
"""A calendar year."""


def split_list(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """`"VTI;BND"`, as a table cell writes a list, as `["VTI", "BND"]`; anything else as it is."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if part.strip()]
    return value
