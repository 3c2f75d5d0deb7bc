"""Checks across the items of a household: names that refer to each other, weights that add up, cash that suffices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..schema.values import LARGEST
from ..schema.wording import suggest
from .owners import check_rule_of_account, raised
from .parts.accounts import Account, Lot
from .parts.activity import RecentTrade, Restriction, ScheduledBuy
from .parts.held_beside import HeldBeside
from .parts.identity import grouped, share_classes
from .parts.securities import Security
from .parts.targets import CASH, FREE_CASH, FactorTarget, SecurityTarget, Target
from .reading import FAULTY_LOT, Reader

if TYPE_CHECKING:
    from datetime import date


TOLERANCE = 1e-6
"""How far weights that must sum to 1 may be off; also dollars by which cash may be short."""

OF_ACCOUNTS = ("no_withdrawal", "no_contribution")
"""The rules of restrictions that are about an account alone."""


def check_substitutes(reader: Reader, securities: list[tuple[str, Security]], *, same_index: bool) -> None:
    """Check that substitutes are known securities and not substantially identical to what they stand in for."""
    group = {each.symbol: each.group for each in grouped([each for _, each in securities], same_index=same_index)}
    for path, security in securities:
        for symbol in security.substitutes:
            known = reader.check_known(f"{path}.substitutes", "securities", "symbol", symbol)
            if known and group.get(symbol) == group[security.symbol]:
                message = f"{symbol!r} is of the same identity group, {group[symbol]!r}"
                reader.fault(f"{path}.substitutes", message, "a substitute is similar, not substantially identical")


def check_share_classes(reader: Reader, securities: list[tuple[str, Security]]) -> None:
    """Check that share classes of one fund are not declared to be different."""
    place = {security.symbol: path for path, security in securities}
    for fund, members in share_classes([each for _, each in securities]).items():
        declared = [each for each in members if each.identity_group]
        for each in declared[1:]:
            if each.identity_group != declared[0].identity_group:
                other = f"{declared[0].symbol} is in {declared[0].identity_group!r}"
                message = f"{other}, and both are share classes of {fund}"
                reader.fault(f"{place[each.symbol]}.identity_group", message, "give them one identity_group, or none")


def check_availability(
    reader: Reader, securities: list[tuple[str, Security]], accounts: list[tuple[str, Account]]
) -> None:
    """Check that the accounts in which a security may be bought are known, and that their menus have it."""
    menus = {account.id: account.menu for path, account in accounts if path not in reader.broken}
    for path, security in securities:
        here, symbol = f"{path}.only_in", security.symbol
        for name in security.only_in or ():
            menu = menus.get(name)
            if reader.check_known(here, "accounts", "account", name) and menu is not None and symbol not in menu:
                reader.fault(here, f"{symbol!r} is not on the menu of {name!r}", "add it there, or leave it out")


def check_elsewhere(reader: Reader, names: Sequence[str]) -> None:
    """Check that the accounts named as being elsewhere are not in the file."""
    for name in names:
        if name in reader.names["accounts"]:
            reader.fault("accounts_elsewhere", f"{name!r} is in this file", "name accounts that are not")


def check_account(reader: Reader, path: str, account: Account, trade_date: date | None) -> None:
    """Check cash bounds, and lots and symbols against the securities, the menu, the account's kind and the date."""
    if account.maximum_cash is not None and account.maximum_cash < account.minimum_cash:
        message = f"{account.maximum_cash:,.2f} is less than the minimum, {account.minimum_cash:,.2f}"
        reader.fault(f"{path}.maximum_cash", message, "minimum_cash <= maximum_cash")
    if account.employer_stock and account.kind != "401k" and f"{path} kind" not in reader.broken:
        message = f"it does not go with the kind {account.kind}"
        reader.fault(f"{path}.employer_stock", message, "only in 401k: IRC 402(e)(4) is about employers' plans")
    for field in ("menu", "average_cost", "reinvests", "employer_stock"):
        for symbol in getattr(account, field) or ():
            reader.check_known(f"{path}.{field}", "securities", "symbol", symbol)
    dated = account.taxable and f"{path} kind" not in reader.broken
    for index, lot in enumerate(account.lots):
        if lot is FAULTY_LOT or _is_plain(reader, account, lot, trade_date, dated=dated):
            continue
        here = f"{path}.lots[{index}]"
        known = reader.check_known(f"{here}.symbol", "securities", "symbol", lot.symbol)
        if known and account.menu is not None and lot.symbol not in account.menu:
            hint = f"its menu is {', '.join(account.menu) or 'empty'}"
            reader.fault(f"{here}.symbol", f"{lot.symbol!r} may not be held in this account", hint)
        if trade_date and lot.acquired and lot.acquired > trade_date:
            hint = "a lot is bought before it is held"
            reader.fault(f"{here}.acquired", f"{lot.acquired} is after the trade date, {trade_date}", hint)
        check_gift(reader, here, account, lot, trade_date)
        check_holding_period(reader, here, account, lot)
        if lot.long_term and lot.acquired is not None:
            reader.fault(f"{here}.long_term", f"the lot has a date, {lot.acquired}", "long_term is for one without")
        needless = lot.long_term or lot.how_acquired == "inheritance" or lot.symbol in account.average_cost
        if dated and lot.acquired is None and lot.basis_per_share is not None and not needless:
            hint = "a lot in a taxable account needs it; long_term if all of it was bought more than a year ago"
            reader.fault(f"{here}.acquired", "missing", hint)


def _is_plain(reader: Reader, account: Account, lot: Lot, trade_date: date | None, *, dated: bool) -> bool:
    """Whether a glance shows that a lot has no fault, as with most lots. A `dated` lot may need a date."""
    day = lot.acquired
    return (
        lot.how_acquired == "purchase"
        and lot.gift_value_per_share is None
        and lot.gift_date is None
        and lot.held_since is None
        and lot.symbol in reader.names["securities"]
        and (account.menu is None or lot.symbol in account.menu)
        and (trade_date is None or day is None or day <= trade_date)
        and not lot.long_term
        and not (dated and day is None)
    )


def check_gift(reader: Reader, path: str, account: Account, lot: Lot, trade_date: date | None) -> None:
    """Check that only a gift has a gift's value and day, and that the day is between the giver's and the trade date."""
    for field in ("gift_value_per_share", "gift_date"):
        if lot.how_acquired != "gift" and getattr(lot, field) is not None:
            reader.fault(f"{path}.{field}", f"the lot is no gift ({lot.how_acquired})", 'how_acquired "gift", perhaps')
    if lot.how_acquired != "gift":
        return
    value, day = lot.gift_value_per_share, lot.gift_date
    if value is not None and day is None:
        reader.fault(f"{path}.gift_date", "missing", "at a loss, the holding period of the gift may begin with it")
    if day and lot.acquired and day < lot.acquired:
        reader.fault(f"{path}.gift_date", f"{day} is before {lot.acquired}", "acquired is when the giver acquired it")
    if day and trade_date and day > trade_date:
        reader.fault(
            f"{path}.gift_date", f"{day} is after the trade date, {trade_date}", "a gift is given before it is held"
        )
    if value is not None and lot.symbol in account.average_cost and value < (lot.basis_per_share or 0.0):
        hint = "average cost needs one basis for gain and loss (Reg. 1.1012-1(e))"
        reader.fault(f"{path}.gift_value_per_share", "it is below the giver's basis", hint)


def check_holding_period(reader: Reader, path: str, account: Account, lot: Lot) -> None:
    """Check that only a purchase in a taxable account has the holding period of other shares too, an earlier one."""
    if lot.held_since is None:
        return
    here, hint = f"{path}.held_since", "a wash sale adds days to what replaces the shares sold"
    if not account.taxable:
        reader.fault(here, "the account is sheltered", f"{hint} in a taxable account (IRC 1223(3))")
    elif lot.how_acquired != "purchase":
        reader.fault(here, f"the lot is no purchase ({lot.how_acquired})", f"{hint}, a purchase")
    elif lot.acquired is None:
        reader.fault(here, "the lot has no date", "give acquired too, the day on which it was bought")
    elif lot.held_since > lot.acquired:
        reader.fault(here, f"{lot.held_since} is after {lot.acquired}", "it is acquired or earlier")


def check_cash(reader: Reader, path: str, account: Account, prices: Mapping[str, Security]) -> None:
    """Check that the account's cash and lots together can cover a debit, the withdrawal and the minimum cash.

    Redemption fees and commissions, which would take a little more, are left out.
    """
    if path in reader.broken or any(lot.symbol not in prices for lot in account.lots):
        return
    dearest = [max(prices[lot.symbol].price, lot.basis_per_share or 0.0) for lot in account.lots]
    if math.fsum(lot.quantity * dollars for lot, dollars in zip(account.lots, dearest, strict=True)) > LARGEST:
        reader.fault(f"{path}.lots", "they are worth, or cost, more than $1 trillion", "a misplaced decimal, perhaps")
        return
    most = raised(account, prices)
    left = most - account.withdrawal
    if most < -TOLERANCE:
        message = f"the debit of {-account.cash:,.2f} cannot be covered even after selling everything"
        reader.fault(f"{path}.cash", message, f"at most {most - account.cash:,.2f} can be raised")
    elif left < -TOLERANCE:
        message = f"{account.withdrawal:,.2f} cannot be covered even after selling everything"
        reader.fault(f"{path}.withdrawal", message, f"at most {most:,.2f} can be raised")
    elif left < account.minimum_cash - TOLERANCE:
        message = f"{account.minimum_cash:,.2f} is more than the account can hold in cash"
        reader.fault(f"{path}.minimum_cash", message, f"at most {left:,.2f} even after selling everything")


def check_securities(reader: Reader, securities: list[tuple[str, Security]]) -> None:
    """Check that exposures sum to 1, that every class has a target, that a redemption fee and its days are given
    together, and that a sale's costs are less than the price.
    """
    for path, security in securities:
        fee, days = security.redemption_fee, security.redemption_days
        if fee > 0 and days == 0:
            reader.fault(f"{path}.redemption_days", "missing", "a redemption fee needs the days after which it ends")
        if days > 0 and fee == 0:
            reader.fault(f"{path}.redemption_fee", "missing", "redemption_days need a fee above 0")
        if fee + security.half_spread >= 1:
            message = f"with the half-spread, {security.half_spread:g}, it is the whole price"
            reader.fault(f"{path}.redemption_fee", message, "a fraction of the price: 0.02 is 2 %")
        total = math.fsum(security.exposures.values())
        if abs(total - 1) > TOLERANCE:
            reader.fault(f"{path}.exposures", f"they sum to {total:.9g}", "they must sum to 1")
        for asset_class in security.exposures:
            if asset_class != CASH and not reader.known("targets", asset_class):
                hint = "add a target for it, 0 if it should not be held; "
                hint += suggest(asset_class, reader.names["targets"])
                reader.fault(f"{path}.exposures", f"no target for the class {asset_class!r}", hint.rstrip("; "))


def check_band(reader: Reader, path: str, target: Target | SecurityTarget) -> None:
    """Check that the target weight lies in its band."""
    if not target.lower <= target.weight <= target.upper:
        message = f"the target {target.weight:g} lies outside its band, {target.lower:g} to {target.upper:g}"
        reader.fault(path, message, "lower <= weight <= upper")


def check_targets(reader: Reader, targets: list[tuple[str, Target]]) -> None:
    """Check that the weights sum to 1, that each lies in its band, and that the bands can be kept together."""
    for path, target in targets:
        check_band(reader, path, target)
    if "targets" in reader.broken:
        return
    total = math.fsum(target.weight for _, target in targets)
    if abs(total - 1) > TOLERANCE:
        reader.fault("targets", f"the weights sum to {total:.9g}", "they must sum to 1")
        return
    free = 0.0 if CASH in reader.names["targets"] else FREE_CASH
    lower = math.fsum(target.lower for _, target in targets)
    upper = math.fsum(target.upper for _, target in targets) + free
    if lower > 1 + TOLERANCE:
        reader.fault("targets", f"the bands exclude each other: the lower ends sum to {lower:g}", "at most 1")
    if upper < 1 - TOLERANCE:
        reader.fault("targets", f"the bands exclude each other: the upper ends sum to {upper:g}", "at least 1")


def check_security_targets(reader: Reader, names: list[tuple[str, SecurityTarget]]) -> None:
    """Check that symbols are known, that each weight lies in its band, and that the weights sum to at most 1."""
    for path, target in names:
        reader.check_known(f"{path}.symbol", "securities", "symbol", target.symbol)
        check_band(reader, path, target)
    total = math.fsum(target.weight for _, target in names)
    if total > 1 + TOLERANCE:
        reader.fault("security_targets", f"the weights sum to {total:.9g}", "at most 1, the whole household")


def check_factor_targets(
    reader: Reader, factors: list[tuple[str, FactorTarget]], securities: list[tuple[str, Security]]
) -> None:
    """Check that some security has each factor, and that no band's ends are crossed."""
    known = {factor for _, security in securities for factor in security.factors}
    for path, target in factors:
        if target.factor not in known and "securities" not in reader.broken | reader.nameless:
            reader.fault(
                f"{path}.factor", f"no security has the factor {target.factor!r}", suggest(target.factor, known)
            )
        if target.lower > target.upper:
            reader.fault(path, f"the band's ends are crossed, {target.lower:g} to {target.upper:g}", "lower <= upper")


def check_restriction(reader: Reader, path: str, restriction: Restriction) -> None:
    """Check that a restriction has what its rule needs, no lot that the rule would ignore, and known names."""
    if restriction.rule in OF_ACCOUNTS:
        check_rule_of_account(reader, path, restriction)
        return
    rule, account, symbol, lot = restriction.rule, restriction.account, restriction.symbol, restriction.lot
    if rule == "keep" and account is None:
        reader.fault(f"{path}.account", "missing", "keep needs account, and lot unless it is for all of its lots")
    elif rule != "keep" and symbol is None and account is None:
        reader.fault(f"{path}.symbol", "missing", f"{rule} needs symbol, or account for all that it holds")
    if rule == "keep" and symbol is not None and lot is None:
        reader.fault(f"{path}.lot", "missing", "keep is about lots; no_sell is the rule for a security")
    if symbol is not None:
        reader.check_known(f"{path}.symbol", "securities", "symbol", symbol)
    known = account is None or reader.check_known(f"{path}.account", "accounts", "account", account)
    if lot is not None and rule != "keep":
        reader.fault(f"{path}.lot", f"{rule} is about a security, not a lot", "keep is the rule for a lot")
    elif lot is not None and known and (held := f"accounts.{account}.lots") in reader.names:
        reader.check_known(f"{path}.lot", held, f"lot of {account!r}", lot)


def check_names(reader: Reader, path: str, account: str, symbol: str) -> None:
    """Check that an account and a symbol are known."""
    reader.check_known(f"{path}.account", "accounts", "account", account)
    reader.check_known(f"{path}.symbol", "securities", "symbol", symbol)


def check_recent_trades(reader: Reader, trades: list[tuple[str, RecentTrade]], trade_date: date | None) -> None:
    """Check that accounts and symbols are known, and that no trade is after the trade date."""
    for path, trade in trades:
        check_names(reader, path, trade.account, trade.symbol)
        if trade_date and trade.date > trade_date:
            message = f"{trade.date} is after the trade date, {trade_date}"
            reader.fault(f"{path}.date", message, "a scheduled buy, perhaps")


def check_scheduled_buys(reader: Reader, buys: list[tuple[str, ScheduledBuy]], trade_date: date | None) -> None:
    """Check that accounts and symbols are known, and that no purchase is before the trade date."""
    for path, buy in buys:
        check_names(reader, path, buy.account, buy.symbol)
        if trade_date and buy.date < trade_date:
            message = f"{buy.date} is before the trade date, {trade_date}"
            reader.fault(f"{path}.date", message, "a recent trade, perhaps")


def check_held_beside(reader: Reader, beside: list[tuple[str, HeldBeside]], trade_date: date | None) -> None:
    """Check that accounts and symbols are known, and that nothing was opened after the trade date."""
    for path, each in beside:
        check_names(reader, path, each.account, each.symbol)
        if trade_date and each.opened and each.opened > trade_date:
            hint = "what is held was opened before"
            reader.fault(f"{path}.opened", f"{each.opened} is after the trade date, {trade_date}", hint)
