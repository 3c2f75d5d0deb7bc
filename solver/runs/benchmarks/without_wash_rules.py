"""Households as other tools see them: one account at a time, or as if there were no wash-sale rule."""

from __future__ import annotations

from collections.abc import Iterator

from ....models import Account, Household, Lot, Restriction


def account_by_account(household: Household) -> Iterator[Household]:
    """Yield each account as a household of its own, with its own lots, cash, trades, scheduled purchases, restrictions.

    It sees nothing of the other accounts, and may buy what it may buy beside them. The taxpayer and the targets are the
    household's.
    """
    for account in household.accounts:
        buyable = household.buyable[account.id]
        own = {
            "securities": tuple(
                security.model_copy(update={"only_in": (account.id,) if security.symbol in buyable else ()})
                for security in household.securities
            ),
            "accounts": (account,),
            "recent_trades": tuple(each for each in household.recent_trades if each.account == account.id),
            "scheduled_buys": tuple(each for each in household.scheduled_buys if each.account == account.id),
            "restrictions": tuple(each for each in household.restrictions if each.account in (None, account.id)),
        }
        yield household.model_copy(update=own)


def without_windows(household: Household) -> Household:
    """Return the household as if no trade before or after the plan could make a wash sale.

    It has no recent trades, scheduled purchases or reinvested dividends. All lots of a taxable account come from one
    order, the rest of which replaces nothing (Rev. Rul. 56-602). Lots in sheltered accounts lose their dates, unless
    their sale depends on them (redemption fee, accounting method): the windows of those stay.
    """
    fees = {security.symbol for security in household.securities if security.redemption_fee}

    def undated(account: Account, lot: Lot) -> bool:
        return lot.symbol not in fees and account.accounting_method == "specific"

    def changed(account: Account) -> Account:
        lots = [
            lot.model_copy(update={"order": "all"})
            if account.taxable
            else lot.model_copy(update={"acquired": None} if undated(account, lot) else {})
            for lot in account.lots
        ]
        return account.model_copy(update={"reinvests": (), "lots": tuple(lots)})

    accounts = tuple(changed(account) for account in household.accounts)
    return household.model_copy(update={"accounts": accounts, "recent_trades": (), "scheduled_buys": ()})


def without_wash_rules(household: Household) -> tuple[Household, dict[str, str]]:
    """Return the household of `without_windows` with a twin of each security, and the twins by symbol.

    A twin is identical to no other security and is bought in place of the original, so that a plan may sell a
    security at a loss and buy it on the same day. A security with a target of
    its own has no twin, because a twin would not count toward that target.
    """
    symbols = {security.symbol for security in household.securities}
    targeted = {target.symbol for target in household.security_targets}
    twins: dict[str, str] = {}
    for security in household.securities:
        if security.symbol not in targeted:
            twin = f"{security.symbol}+"
            while twin in symbols:
                twin += "+"
            symbols.add(twin)
            twins[security.symbol] = twin
    securities = [
        security.model_copy(
            update={
                "symbol": twins[security.symbol],
                "identity_group": None,
                "only_in": tuple(a.id for a in household.accounts if security.symbol in household.buyable[a.id]),
            }
        )
        for security in household.securities
        if security.symbol in twins
    ]
    home = without_windows(household)
    accounts = tuple(
        account
        if account.menu is None
        else account.model_copy(update={"menu": (*account.menu, *(twins[k] for k in account.menu if k in twins))})
        for account in home.accounts
    )
    rows = [row for row in household.restrictions if row.rule in ("no_buy", "do_not_hold") and row.symbol in twins]
    forbidden = [row.model_copy(update={"rule": "no_buy", "symbol": twins[row.symbol or ""]}) for row in rows]
    instead = [Restriction(rule="no_buy", symbol=symbol) for symbol in twins]
    changes = {
        "securities": (*household.securities, *securities),
        "accounts": accounts,
        "restrictions": (*household.restrictions, *forbidden, *instead),
    }
    return home.model_copy(update=changes), twins
