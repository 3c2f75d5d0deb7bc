"""Securities, at their prices on the trade date."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ...schema.record import Record, old_names
from ...schema.values import Days, Label, Loading, Name, Number, Price, Rate, split_list


def _exposures(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """Return `{"us_stock": 1.0}` for `"us_stock"`, and likewise for a table cell, `"us_stock=0.6;us_bond=0.4"`."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in split_list(value)]
    return {asset_class.strip(): weight.strip() if sign else 1.0 for asset_class, sign, weight in pairs}


class Security(Record):
    """Something that an account may hold, at its price on the trade date."""

    symbol: Name
    """The ticker or any other unique name."""
    price: Price
    """Price per share on the trade date, in dollars, more than 0."""
    exposures: Annotated[dict[Name, Rate], BeforeValidator(_exposures)]
    """The fraction of a dollar in each asset class, summing to 1; a class name alone means all of it. Needed,
    unless the tables of funds know the fund (what the file may leave out)."""
    name: Label = ""
    """The full name, for people; default: empty."""
    identity_group: Name | None = None
    """The group of securities that are substantially identical to each other (sec. 1091). Default: share classes of one
    fund that the tables of funds know are one group (with `same_index`, funds of one index), and any other symbol is a
    group of its own."""
    kind: Literal["fund", "stock"] | None = None
    """fund or stock (a single stock or bond). A fund that neither the tables of funds nor an `identity_group` knows may
    be the same as another of its asset class, so losses beside it are uncertain; a stock is not. Default: a security
    with a target of its own is a stock, any other a fund."""
    half_spread: Annotated[Number, Field(ge=0, lt=1)] = 0.0002
    """Half the bid-ask spread as a fraction of the price, paid on every purchase and sale, at
    least 0 and below 1; default: 0.0002."""
    ordinary_yield: Rate = 0.0
    """Yearly interest and non-qualified dividends, as a fraction of the price between 0 and 1; default: 0."""
    qualified_yield: Rate = 0.0
    """Yearly qualified dividends, as a fraction of the price between 0 and 1; default: 0."""
    exempt_yield: Rate = 0.0
    """Yearly interest that the federal income tax exempts (a municipal fund's), as a fraction of the price between 0
    and 1; default: 0."""
    state_exempt_share: Rate = 0.0
    """The part of the interest, taxable or exempt, that the state does not tax, a fraction between 0 and 1: 1 for a
    Treasury fund, or for a fund of the state's own municipal bonds; default: 0."""
    growth: Annotated[Number, Field(ge=-1, le=1)] | None = None
    """Expected yearly growth of the price, a fraction between -1 and 1. Default: not given; funds of one class are then
    taken to return the same before tax, except those with tax-exempt interest, which do not grow."""
    factors: Annotated[dict[Name, Loading], BeforeValidator(_exposures)] = Field(default_factory=dict)
    """What a dollar counts toward each factor (a sector: 1; a style: its loading, positive
    or negative); default: no factors."""
    collectible: bool = False
    """Whether a long-term gain is a collectibles gain, taxed at up to 28 % (a trust that holds gold or silver, sec.
    1(h)(5)). Lots at such a gain are not sold; default: false."""
    redemption_fee: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    """Fee on a sale of shares held fewer than `redemption_days`, as a fraction of the price, at
    least 0 and below 1; default: 0."""
    substitutes: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Symbols of similar securities, of other funds and in other identity groups, that stand in for this one after it
    is harvested; default: no symbols."""
    only_in: Annotated[tuple[Name, ...], BeforeValidator(split_list)] | None = None
    """Ids of the accounts in which it may be bought, each without a menu or with it on the menu. Default: for a fund on
    the menu of a 401(k) or an hsa, the accounts that hold it or list it on their menu, since such plans offer share
    classes that others cannot buy; for any other security, every account."""
    redemption_days: Days = 0
    """Shares held this many days or more are sold without the redemption fee, and so are lots without a purchase date;
    required with a redemption fee; default: 0."""

    _old_names = old_names(replacements="substitutes")

    @property
    def group(self) -> str:
        """The identity group; by default the symbol itself."""
        return self.identity_group or self.symbol

    @property
    def main_class(self) -> str:
        """The asset class with the largest exposure."""
        return max(self.exposures, key=lambda name: self.exposures[name])
