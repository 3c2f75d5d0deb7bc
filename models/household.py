"""The household on its trade date: accounts with their lots, securities, targets, and the trades around that date.

Dollars, shares, ISO dates, rates and weights as fractions. docs/household.md shows the format with an example.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from .base import Noun, split_list
from .identity import grouped
from .taxpayer import Taxpayer
from .values import Amount, Day, Days, Loading, Money, Name, Number, Positive, Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

AccountKind = Literal["taxable", "traditional", "roth", "hsa", "401k"]
LotMethod = Literal["specific", "fifo", "lifo", "hifo"]

CASH = "cash"
"""The asset class of uninvested cash."""

FREE_CASH = 0.01
"""The weight up to which cash is no drift where no target names it (docs/decisions.md)."""


def _exposures(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """`"us_stock"` as `{"us_stock": 1.0}`; `"us_stock=0.6;us_bond=0.4"`, as a table cell writes it, likewise."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in split_list(value)]
    return {asset_class.strip(): weight.strip() if sign else 1.0 for asset_class, sign, weight in pairs}


class Security(Noun):
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
    replacements: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Symbols similar to it, of other identity groups, that stand in for it while it is harvested."""
    redemption_days: Days = 0
    """Shares held so many days or more are sold without the redemption fee; it needs the lots' dates."""

    @property
    def group(self) -> str:
        """The identity group, by default the symbol itself."""
        return self.identity_group or self.symbol


class Lot(Noun):
    """Shares of one security bought together."""

    id: Name
    """The broker's name of the lot, unique within its account."""
    symbol: Name
    """The symbol of one of the household's securities."""
    quantity: Amount
    """Shares held, 0 or more; fractions allowed."""
    basis_per_share: Amount | None = None
    """Cost basis in dollars per share, 0 or more; needed in a taxable account, without meaning elsewhere."""
    acquired: Day | None = None
    """Trade date of the purchase; needed in a taxable account."""
    order: Name | None = None
    """The order it was bought with, named within its account: the rest of the same order is no replacement of it (Rev.
    Rul. 56-602); default: one of its own."""


class Account(Noun):
    """One account at one custodian."""

    id: Name
    """A unique name."""
    kind: AccountKind
    """taxable, traditional, roth, hsa or 401k."""
    cash: Money = 0.0
    """Cash before the trades, in dollars; negative for a debit that must be covered."""
    contribution: Amount = 0.0
    """Cash that comes in with this plan, in dollars, 0 or more."""
    withdrawal: Amount = 0.0
    """Cash that goes out with this plan, in dollars, 0 or more."""
    minimum_cash: Amount = 0.0
    """Cash to leave in the account after the trades, in dollars, 0 or more."""
    menu: Annotated[tuple[Name, ...], BeforeValidator(split_list)] | None = None
    """The symbols this account may hold (a 401(k)'s funds); default: all."""
    maximum_cash: Amount | None = None
    """Cash that may be left at most after the trades, in dollars; default: no limit."""
    whole_shares: bool = False
    """Whether orders are in whole shares; the fraction of a share in a lot is then sold with the whole lot only."""
    commission: Amount = 0.0
    """Dollars that each order (one security bought or sold, whatever its lots) costs, 0 or more."""
    accounting_method: LotMethod = "specific"
    """specific: any lot may be chosen; fifo, lifo or hifo: a security's lots are sold in that order (first in, last in,
    highest basis), each in full before the next."""
    reinvests: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Symbols whose dividends are reinvested here: a purchase of unknown size on an unknown day."""
    average_cost: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Symbols held at average cost here (Reg. 1.1012-1(e)): one basis for all their lots, the oldest sold first."""
    lots: tuple[Lot, ...] = ()
    """The lots held."""

    @property
    def taxable(self) -> bool:
        """Whether a sale in this account is a taxable event."""
        return self.kind == "taxable"


def _with_band(data: Any, widest: float) -> Any:  # noqa: ANN401 - whatever the user wrote
    """A target with the band that it leaves out: `widest` or a quarter of the target, whichever is less."""
    if not isinstance(data, dict):
        return data
    try:
        weight = float(data["weight"])
    except (KeyError, TypeError, ValueError, OverflowError):
        weight = math.nan
    if not 0 <= weight <= 1:
        return {"lower": 0.0, "upper": 1.0} | data  # the weight itself is the fault
    width = min(widest, 0.25 * weight)
    return {
        "lower": min(weight, round(weight - width, 9)),
        "upper": max(weight, min(1.0, round(weight + width, 9))),
    } | data


class Target(Noun):
    """The weight an asset class should have in the household, and the band in which its drift costs nothing."""

    asset_class: Name
    """The class's name, as in the securities' exposures; `cash` is uninvested cash."""
    weight: Rate
    """Target weight in the whole household, a fraction between 0 and 1."""
    lower: Rate
    """Lower end of the band, a weight; default: the target less 5 percentage points or a quarter of it, if that is
    less."""
    upper: Rate
    """Upper end of the band, a weight; default: the target plus as much."""

    @model_validator(mode="before")
    @classmethod
    def _default_band(cls, data: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
        """The 5/25 rule: five percentage points or a quarter of the target, whichever is less."""
        return _with_band(data, 0.05)


class SecurityTarget(Noun):
    """The weight one security should have in the household: a name of a direct-index sleeve."""

    symbol: Name
    """The symbol of one of the household's securities."""
    weight: Rate
    """Target weight in the whole household, a fraction between 0 and 1; one with 0 (a name that left the index) may be
    held or sold, never bought."""
    lower: Rate
    """Lower end of the band, a weight; default: the target less half a percentage point or a quarter of it, if that is
    less."""
    upper: Rate
    """Upper end of the band, a weight; default: the target plus as much."""

    @model_validator(mode="before")
    @classmethod
    def _default_band(cls, data: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
        return _with_band(data, 0.005)


class FactorTarget(Noun):
    """The band of the household's exposure to a factor (a sector, a style): Σ loading times dollars, as a weight."""

    factor: Name
    """The factor's name, as in the securities' factors."""
    lower: Loading
    """Lower end of the band, in the household's value; of either sign."""
    upper: Loading
    """Upper end of the band, at least `lower`."""


class Restriction(Noun):
    """Something the user asks not to be done, or to be undone."""

    rule: Literal["no_buy", "no_sell", "do_not_hold", "keep"]
    """no_buy, no_sell, do_not_hold (never bought, and sold as far as wash-sale and holding rules let it) or keep (this
    lot is not sold)."""
    account: Name | None = None
    """The account's id; default: every account."""
    symbol: Name | None = None
    """The security; needed by all rules but keep."""
    lot: Name | None = None
    """The lot that is kept; needed by keep, with its account."""


class RecentTrade(Noun):
    """A purchase or sale already made; those of the last 30 days decide what a wash sale would be."""

    account: Name
    """The account's id."""
    symbol: Name
    """The security's symbol."""
    side: Literal["buy", "sell", "option"]
    """buy, sell or option: a contract or an option to buy the security, which counts as acquiring so many shares (Reg.
    1.1091-1(f)) and is held nowhere."""
    date: Day
    """Trade date, not after the household's trade date."""
    quantity: Positive
    """Shares, more than 0; of an option those that it covers (a standard contract: 100)."""
    lot: Name | None = None
    """Of a sale: the lot it sold from, where that is known (another of the account's lots may be its replacement)."""
    gain: Money | None = None
    """Of a sale in a taxable account: its gain in dollars, negative for a loss; a sale with no gain given may have
    been one
    at a loss."""


class ScheduledBuy(Noun):
    """A purchase that will happen by itself: dividend reinvestment, payroll, a standing order."""

    account: Name
    """The account's id."""
    symbol: Name
    """The security's symbol."""
    date: Day
    """Trade date, not before the household's trade date."""
    quantity: Positive | None = None
    """Shares, more than 0, where known."""


class Household(Noun):
    """Everything known on the trade date. Making one raises InputError with all faults, or gives a household that is
    sound.

    The total value V is the market value of all lots plus cash plus contributions less withdrawals, in dollars.
    """

    id: Name = "household"
    """A name for reports and books."""
    trade_date: Day
    """The day the plan is for; all prices are this day's."""
    taxpayer: Taxpayer
    """The return on which the taxable accounts' gains are reported."""
    accounts: Annotated[tuple[Account, ...], Field(min_length=1)]
    """At least one account; no id twice."""
    securities: tuple[Security, ...]
    """Every security that is held, may be bought, or was traded lately; no symbol twice."""
    targets: tuple[Target, ...]
    """One target a class, their weights summing to one (within 1e-6)."""
    recent_trades: tuple[RecentTrade, ...] = ()
    """Trades of at least the last 30 days, in all accounts of the household (and of a spouse)."""
    scheduled_buys: tuple[ScheduledBuy, ...] = ()
    """Purchases of the next 30 days that happen whatever the plan says."""
    security_targets: tuple[SecurityTarget, ...] = ()
    """Targets of single securities, the names of a direct-index sleeve; they count in their class besides."""
    factor_targets: tuple[FactorTarget, ...] = ()
    """Bands of the household's exposure to factors."""
    restrictions: tuple[Restriction, ...] = ()
    """What must not be bought, sold or held."""
    same_index: bool = False
    """Whether funds that track one index, as far as index_funds.toml knows them, are substantially identical where they
    have no `identity_group`."""
    accounts_elsewhere: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Accounts of the household or a spouse that are not in this file: what was bought there is not known, and makes a
    loss that nothing replaced uncertain."""

    @model_validator(mode="wrap")
    @classmethod
    def _report_all_faults(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401
        if isinstance(data, cls):
            return data
        from .validation import read  # late: validation needs the classes above

        home = handler(read(cls, data))
        object.__setattr__(home, "securities", grouped(home.securities, same_index=home.same_index))  # frozen by now
        return home

    @classmethod
    def load(cls, path: str | Path, household_id: str | None = None) -> Household:
        """Read a household from a JSON file or a folder of CSV or Parquet tables; of a book, the one of that id.

        Raises InputError with every fault, FileNotFoundError where nothing is.
        """
        from .book import load_household

        return load_household(Path(path), household_id)

    def save(self, path: str | Path, *, tables: Literal["csv", "parquet"] = "csv") -> None:
        """Write a JSON file where `path` ends in .json, else a folder of tables. Reading it back gives an equal
        household.
        """
        from .book import save_household

        save_household(self, Path(path), tables=tables)

    @property
    def filer(self) -> Taxpayer:
        """The taxpayer with this plan's withdrawals from traditional accounts and 401(k)s as income of the year."""
        drawn = sum(account.withdrawal for account in self.accounts if account.kind in ("traditional", "401k"))
        if not drawn or self.taxpayer.rates is not None:
            return self.taxpayer
        other = self.taxpayer.other_income
        more = other.model_copy(update={"traditional_withdrawal": other.traditional_withdrawal + drawn})
        return self.taxpayer.model_copy(update={"other_income": more})

    @property
    def security(self) -> Mapping[str, Security]:
        """The securities by symbol."""
        return {security.symbol: security for security in self.securities}

    @property
    def account(self) -> Mapping[str, Account]:
        """The accounts by id."""
        return {account.id: account for account in self.accounts}
