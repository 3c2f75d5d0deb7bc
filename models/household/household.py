"""The household on its trade date: accounts with their lots, securities, targets, and the trades around that date.

Amounts are in dollars and shares, dates are ISO dates, rates and weights are fractions. docs/household.md
shows the format with an example.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, Self
from weakref import ref

from pydantic import BeforeValidator, Field, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from ..schema.amounts import count, dollars, in_words
from ..schema.changes import plain
from ..schema.faults import InputError
from ..schema.filled import Filled
from ..schema.record import Record
from ..schema.values import Amount, Day, Name, split_list
from ..tax.taxpayer import Taxpayer
from .card import household_card, worth
from .changes import changed_fields
from .files import DEFAULT_ID, load_data
from .frames import duckdb_data, frames_data
from .parts.accounts import Account
from .parts.activity import RecentTrade, Restriction, ScheduledBuy
from .parts.availability import buyable
from .parts.held_beside import HeldBeside
from .parts.identity import UnknownFunds, grouped, unknown_funds
from .parts.people import Person
from .parts.securities import Security
from .parts.substitutes import ranks
from .parts.targets import CASH, FREE_CASH_TARGET, FactorTarget, SecurityTarget, Target
from .tables import Places, placed
from .validation import validated_fields
from .writing import FrameFormat, TableFormat, to_frames, write_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from ..schema.faults import Fault
    from .parts.accounts import Lot


class Applies(Protocol):
    """What a household can be taken through: a plan."""

    def apply(self, household: Household, fills: Any = None) -> Household: ...  # noqa: ANN401, D102


class Household(Record):
    """Everything known on the trade date. Making a household raises InputError with all faults, or returns a sound one.

    The market value W is the value of all lots plus cash plus contributions less withdrawals, in dollars.
    """

    id: Name = DEFAULT_ID
    """The household's name in reports and books; default: household."""
    trade_date: Day
    """The day the plan is for. All prices are those of this day."""
    taxpayer: Taxpayer
    """The tax return on which gains in the taxable accounts are reported."""
    accounts: Annotated[tuple[Account, ...], Field(min_length=1)]
    """The accounts, at least one; each id is unique."""
    securities: tuple[Security, ...]
    """Every security that is held, may be bought, or was traded recently; each symbol is unique."""
    targets: tuple[Target, ...]
    """One target for each asset class; the weights sum to 1 (within 1e-6)."""
    recent_trades: tuple[RecentTrade, ...] = ()
    """Trades of at least the last 30 days, in all accounts of the household (and of a spouse); default: no trades."""
    scheduled_buys: tuple[ScheduledBuy, ...] = ()
    """Purchases of the next 30 days that happen whatever the plan says; default: no purchases."""
    held_beside: tuple[HeldBeside, ...] = ()
    """Options and short positions, which count for wash sales and hold shares, and are not traded; default: none."""
    security_targets: tuple[SecurityTarget, ...] = ()
    """Targets of single securities, such as the names of a direct-index sleeve; these securities also count in their
    asset class; default: no targets."""
    factor_targets: tuple[FactorTarget, ...] = ()
    """Bands for the household's exposure to factors; default: no bands."""
    restrictions: tuple[Restriction, ...] = ()
    """What must not be bought, sold or held; default: no restrictions."""
    same_index: bool = False
    """Whether funds that track one index are substantially identical, as far as the tables of funds know them and they
    have no `identity_group`; default: false."""
    people: tuple[Person, ...] = ()
    """The owners of accounts, each id unique; default: not known."""
    withdrawal: Amount = 0.0
    """Cash to take out with this plan, from whichever accounts it costs least, in dollars, 0 or more, in addition to
    what accounts ask for themselves; not together with `contribution`; default: 0."""
    contribution: Amount = 0.0
    """Cash to put in with this plan, into the accounts where it belongs, within the year's limits, in dollars, 0 or
    more, in addition to what accounts ask for themselves; default: 0."""
    conversion: Amount = 0.0
    """What to convert with this plan from traditional IRAs to Roth IRAs of the same owner, in dollars, 0 or more;
    default: 0."""
    accounts_elsewhere: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Names of accounts of the household or a spouse that are not in this file. Purchases there are not known, so a
    loss that nothing in this file replaces is uncertain; default: no such accounts."""
    filled: tuple[Filled, ...] = ()
    """Values that the tables of funds filled in, because the file left them out; default: no values."""

    @model_validator(mode="wrap")
    @classmethod
    def _report_all_faults(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401
        if isinstance(data, cls):
            return data
        home = handler(validated_fields(cls, data))
        object.__setattr__(home, "securities", grouped(home.securities, same_index=home.same_index))  # frozen by now
        _remember(home)
        return home

    def __repr__(self) -> str:
        """Return the household in a line."""
        lots, value = (
            sum(len(each.lots) for each in self.accounts),
            sum(worth(each, self.security) for each in self.accounts),
        )
        words = f"{count(len(self.accounts), 'account')}, {count(lots, 'lot')}, {dollars(value)}"
        return f"Household({self.id!r}, {self.trade_date}: {words})"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Return the household as a notebook shows it."""
        title = f"{self.id}, {in_words(self.trade_date)}"
        return household_card(title, self.accounts, self.security, self.class_targets, len(self.filled))

    @classmethod
    def load(cls, path: str | Path, household_id: str | None = None) -> Household:
        """Return a household read from a JSON file, a folder of CSV or Parquet tables, or a book.

        From a book, `household_id` chooses the household. Raises InputError with every fault,
        FileNotFoundError if there is no such file.
        """
        return cls.checked(*load_data(Path(path), household_id))

    @classmethod
    def from_frames(
        cls,
        *,
        household: Any,  # noqa: ANN401 - see below
        accounts: Any,  # noqa: ANN401
        securities: Any,  # noqa: ANN401
        targets: Any,  # noqa: ANN401
        lots: Any = None,  # noqa: ANN401
        household_id: str | None = None,
        **others: Any,  # noqa: ANN401
    ) -> Household:
        """Return a household from frames that have the columns of its tables (docs/household.md).

        Each is a pandas frame or anything that Arrow reads (pyarrow, Polars, a DuckDB relation); `household` may be a
        mapping of its fields. `others` are the further tables, such as `recent_trades`. From the frames of a book,
        `household_id` chooses the household. Raises InputError with every fault, each with its table and row.
        """
        frames = {"household": household, "accounts": accounts, "securities": securities, "targets": targets}
        return cls.checked(*frames_data({**frames, "lots": lots, **others}, household_id))

    def to_frames(self, kind: FrameFormat = "pandas") -> dict[str, Any]:
        """Return the household's tables by name, as pandas frames or as tables of Arrow.

        `from_frames` of them gives an equal household.
        """
        return to_frames(self, kind)

    @classmethod
    def from_duckdb(cls, database: str | Path | DuckDBPyConnection, household_id: str | None = None) -> Household:
        """Return a household from the tables and views of a DuckDB database: a file, or an open connection.

        They have the names and columns of a household's tables, and others are not read. From a book, `household_id`
        chooses the household. Raises InputError with every fault, FileNotFoundError if there is no such file.
        """
        return cls.checked(*duckdb_data(database, household_id))

    @classmethod
    def checked(cls, data: Any, faults: Sequence[Fault], places: Places) -> Household:  # noqa: ANN401 - any content
        """Return the household with these fields. Raises InputError with the given faults and those of the fields.

        `places` are the files and rows of items that come from tables.
        """
        try:
            household = cls.model_validate(data)
        except InputError as error:
            raise InputError([*faults, *(placed(fault, places) for fault in error.faults)]) from None
        if faults:
            raise InputError(faults)
        return household

    def validated(self) -> Household:
        """Return the household, checked as a file is. Raises InputError with every fault.

        A copy that Python made (`model_copy`) may hold what a file may not; this finds it. A household that was checked
        when it was made, and has not changed, is not checked again.
        """
        made, mappings = _CHECKED.get(id(self), (None, 0))
        if made is not None and made() is self and mappings == _mappings(self):
            return self.model_copy()
        return Household.model_validate(self.model_dump(warnings=False))

    def with_(self, changes: Mapping[str, Any] | None = None, **fields: Any) -> Household:  # noqa: ANN401
        """Return a checked copy with changes by path, as in `{"targets.us_stock.weight": 0.7, "accounts.ira.cash": 0}`.

        A path is what a fault would have; the name of a new item adds it. A value is what a file would hold, a record,
        or for a list (`lots`, `accounts.ira.lots`, ...) a table of pandas or Arrow. `prices` takes a table or a mapping
        by symbol. Bands that follow their target follow the new one. Raises
        InputError with every fault.
        """
        return Household.model_validate(changed_fields(plain(self), {**(changes or {}), **fields}))

    def after(self, plan: Applies, fills: Any = None) -> Household:  # noqa: ANN401 - a file, a table or rows
        """Return the household after a plan's trades, or after the `fills` of it: what `plan.apply(self, fills)` is."""
        return plan.apply(self, fills)

    def save(self, path: str | Path, *, tables: TableFormat = "csv") -> None:
        """Write a JSON file if `path` ends in .json, otherwise a folder of tables.

        Reading it back gives an equal household.
        """
        path = Path(path)
        if path.suffix == ".json":
            path.write_text(self.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8")
        else:
            write_tables([self], Household, path, tables, book=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields changed, not validated, as pydantic makes it. Properties that are derived from
        fields are computed anew.
        """
        copied = super().model_copy(update=update, deep=deep)
        for name in DERIVED:
            copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def filer(self) -> Taxpayer:
        """The taxpayer, with this plan's withdrawals from traditional accounts and 401(k)s added to the year's
        income; unchanged at flat rates.
        """
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
    def lot(self) -> Mapping[tuple[str, str], Lot]:
        """The lots by account id and lot id, in the order of the accounts."""
        return {(account.id, lot.id): lot for account in self.accounts for lot in account.lots}

    @cached_property
    def class_targets(self) -> tuple[Target, ...]:
        """The targets of asset classes, with the default target of cash if none is given."""
        named = {target.asset_class for target in self.targets}
        return self.targets if CASH in named else (*self.targets, FREE_CASH_TARGET)

    @property
    def money_moves(self) -> bool:
        """Whether money comes in or goes out: whether any account has a contribution or a withdrawal."""
        return any(account.contribution or account.withdrawal for account in self.accounts)

    @cached_property
    def groups(self) -> Mapping[str, str]:
        """The identity group of each symbol."""
        return {security.symbol: security.group for security in self.securities}

    @cached_property
    def buyable(self) -> Mapping[str, tuple[str, ...]]:
        """The symbols that each account may buy, by account id: on its menu, and available there."""
        return buyable(self.accounts, self.securities)

    @cached_property
    def ranks(self) -> Mapping[str, Mapping[str, int]]:
        """What each symbol is to an account that may buy it, by account id: 0 preferred, 1 a substitute, 2 a third."""
        return {name: ranks(self.securities, symbols) for name, symbols in self.buyable.items()}

    @cached_property
    def unknown_funds(self) -> UnknownFunds:
        """The funds that may be the same as another of their class, because nothing says what they are."""
        return unknown_funds(self.securities, {target.symbol for target in self.security_targets})


DERIVED = tuple(name for name, value in vars(Household).items() if isinstance(value, cached_property))
"""The properties that are computed once from the fields."""


_CHECKED: dict[int, tuple[ref[Household], int]] = {}
"""The living households that were checked when they were made, by identity, each with its `_mappings` then."""


def _remember(home: Household) -> None:
    """Note that a household is as it was checked."""
    number = id(home)
    _CHECKED[number] = ref(home, lambda _: _CHECKED.pop(number, None)), _mappings(home)


def _mappings(home: Household) -> int:
    """A hash of all that a household has in mappings, which, unlike records and tuples, can change in place."""
    return hash(tuple(pair for each in home.securities for of in (each.exposures, each.factors) for pair in of.items()))
