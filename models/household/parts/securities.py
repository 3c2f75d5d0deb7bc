"""Securities, at their prices on the trade date."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ...schema.record import Record, old_names
from ...schema.values import Days, Loading, Name, Number, Positive, Rate, split_list


def _exposures(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """`"us_stock"` as `{"us_stock": 1.0}`; `"us_stock=0.6;us_bond=0.4"`, as a table cell writes it, likewise."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in split_list(value)]
    return {asset_class.strip(): weight.strip() if sign else 1.0 for asset_class, sign, weight in pairs}


class Security(Record):
    """Something an account may hold, at its price on the trade date."""

    symbol: Name
    """The ticker or any other unique name."""
    price: Positive
    """Price per share on the trade date, in dollars, more than 0."""
    exposures: Annotated[dict[Name, Rate], BeforeValidator(_exposures)]
    """The fraction of a dollar in each asset class, summing to one; a class name alone means all of it."""
    name: str = ""
    """The full name, for people."""
    identity_group: Name | None = None
    """Securities with the same group are substantially identical (sec. 1091); default: share classes of one fund are,
    as far as index_funds.toml knows them, and every other symbol is alone in its group."""
    half_spread: Annotated[Number, Field(ge=0, lt=1)] = 0.0002
    """Half the bid-ask spread as a fraction of the price, paid on every purchase and sale, at least 0 and below 1."""
    ordinary_yield: Rate = 0.0
    """Yearly interest and non-qualified dividends as a fraction of the price."""
    qualified_yield: Rate = 0.0
    """Yearly qualified dividends as a fraction of the price."""
    factors: Annotated[dict[Name, Loading], BeforeValidator(_exposures)] = Field(default_factory=dict)
    """What a dollar counts toward each factor (a sector: 1; a style: its loading, of either sign); default: none."""
    collectible: bool = False
    """Whether a long-term gain is a collectibles gain, taxed at up to 28 % (a trust that holds gold or silver, sec.
    1(h)(5)); it is not sold at one."""
    redemption_fee: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    """Fee on a sale of shares held fewer than `redemption_days`, a fraction of the price, at least 0 and below 1."""
    substitutes: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Symbols similar to it, of other identity groups, that stand in for it while it is harvested."""
    redemption_days: Days = 0
    """Shares held so many days or more are sold without the redemption fee; it needs the lots' dates."""

    _old_names = old_names(replacements="substitutes")

    @property
    def group(self) -> str:
        """The identity group, by default the symbol itself."""
        return self.identity_group or self.symbol
