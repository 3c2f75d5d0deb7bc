"""The household on its trade date: accounts with their lots, securities, targets, and the trades around that date.

Dollars, shares, ISO dates, rates and weights as fractions. docs/household.md shows the format with an example.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from ..schema.faults import InputError
from ..schema.record import Record
from ..schema.values import Day, Name, split_list
from ..tax.taxpayer import Taxpayer
from .files import DEFAULT_ID, load_data
from .parts.accounts import Account
from .parts.activity import RecentTrade, Restriction, ScheduledBuy
from .parts.identity import grouped
from .parts.securities import Security
from .parts.targets import CASH, FREE_CASH_TARGET, FactorTarget, SecurityTarget, Target
from .tables import TableFormat, write_tables
from .validation import validated_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..schema.faults import Fault


class Household(Record):
    """Everything known on the trade date. Making one raises InputError with all faults, or gives a household that is
    sound.

    The total value V is the market value of all lots plus cash plus contributions less withdrawals, in dollars.
    """

    id: Name = DEFAULT_ID
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
        home = handler(validated_fields(cls, data))
        object.__setattr__(home, "securities", grouped(home.securities, same_index=home.same_index))  # frozen by now
        return home

    @classmethod
    def load(cls, path: str | Path, household_id: str | None = None) -> Household:
        """Read a household from a JSON file or a folder of CSV or Parquet tables; of a book, the one of that id.

        Raises InputError with every fault, FileNotFoundError where nothing is.
        """
        return cls.checked(*load_data(Path(path), household_id))

    @classmethod
    def checked(cls, data: Any, faults: Sequence[Fault]) -> Household:  # noqa: ANN401 - whatever a file held
        """The household with these fields. Raises InputError with the given faults and every fault of the fields."""
        try:
            household = cls.model_validate(data)
        except InputError as error:
            raise InputError([*faults, *error.faults]) from None
        if faults:
            raise InputError(faults)
        return household

    def save(self, path: str | Path, *, tables: TableFormat = "csv") -> None:
        """Write a JSON file where `path` ends in .json, else a folder of tables. Reading it back gives an equal
        household.
        """
        path = Path(path)
        if path.suffix == ".json":
            path.write_text(self.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8")
        else:
            write_tables([self], Household, path, tables, book=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed, unchecked, as pydantic makes it; what was derived from them is renewed."""
        copied = super().model_copy(update=update, deep=deep)
        for name in DERIVED:
            copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def filer(self) -> Taxpayer:
        """The taxpayer with this plan's withdrawals from traditional accounts and 401(k)s as income of the year."""
        drawn = sum(account.withdrawal for account in self.accounts if account.kind in ("traditional", "401k"))
        if not drawn or self.taxpayer.rates is not None:
            return self.taxpayer
        other = self.taxpayer.other_income
        more = other.model_copy(update={"traditional_withdrawal": other.traditional_withdrawal + drawn})
        return self.taxpayer.model_copy(update={"other_income": more})

    @cached_property
    def security(self) -> Mapping[str, Security]:
        """The securities by symbol."""
        return {security.symbol: security for security in self.securities}

    @cached_property
    def account(self) -> Mapping[str, Account]:
        """The accounts by id."""
        return {account.id: account for account in self.accounts}

    @cached_property
    def class_targets(self) -> tuple[Target, ...]:
        """The targets, with the default one of cash where none names it."""
        named = {target.asset_class for target in self.targets}
        return self.targets if CASH in named else (*self.targets, FREE_CASH_TARGET)

    @cached_property
    def groups(self) -> Mapping[str, str]:
        """The identity group of each symbol."""
        return {security.symbol: security.group for security in self.securities}


DERIVED = tuple(name for name, value in vars(Household).items() if isinstance(value, cached_property))
"""The properties that are computed once from the fields."""
