"""The base of every noun: frozen, no unknown fields, no NaN or infinity; its docstrings become the JSON Schema."""

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict


class Noun(BaseModel):
    """A validated value that never changes after it was made."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        coerce_numbers_to_str=True,  # an id that a table holds as a number
        use_attribute_docstrings=True,
    )


def exact(number: float) -> Decimal:
    """The decimal number that a person wrote: `exact(0.1)` is one tenth, not the nearest binary fraction."""
    return Decimal(str(number))


def split_list(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """`"VTI;BND"`, as a table cell writes a list, as `["VTI", "BND"]`; anything else as it is."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if part.strip()]
    return value
