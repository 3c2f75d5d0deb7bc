"""Accounts and their lots."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ...schema.record import Record
from ...schema.values import Amount, Day, Money, Name, split_list
from .people import Inherited

AccountKind = Literal["taxable", "traditional", "roth", "hsa", "401k"]


LotMethod = Literal["specific", "fifo", "lifo", "hifo"]


HowAcquired = Literal["purchase", "inheritance", "gift"]


Registration = Literal["individual", "joint", "trust", "inherited"]


def _traded(kind: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """Return the kind unchanged. Refuse a 529 plan, which is saved for a student and holds units of its own."""
    if kind == "529":
        raise ValueError(
            "a 529 plan is held beside: leave it out, since its money is a student's and nothing is traded"
        )
    return kind


class Lot(Record):
    """Shares of one security that were acquired together."""

    id: Name
    """The broker's name for the lot, unique within its account."""
    symbol: Name
    """The symbol of one of the household's securities."""
    quantity: Amount
    """Shares held, 0 or more; fractions allowed."""
    basis_per_share: Amount | None = None
    """Cost basis in dollars per share, 0 or more: of an inheritance the value at the death, of a gift the giver's
    basis. A lot in a taxable account without it is kept; in other accounts it only sets the order of lots under hifo;
    default: not known."""
    acquired: Day | None = None
    """Trade date of the purchase, not after the household's trade date; of an inheritance the day of the death, of a
    gift the day on which the giver acquired it. A lot in a taxable account needs it, or `long_term`, unless it is at
    average cost, inherited or without a basis; in other accounts it counts for wash sales, holding periods and the
    order of lots; default: not known, taken as long ago."""
    long_term: bool = False
    """Whether a lot without a date was bought more than a year ago, on days that nobody lists ("Various"). Purchases of
    the last year that `recent_trades` names are taken out of it; default: false."""
    held_since: Day | None = None
    """Day from which the holding period of a purchase in a taxable account runs, where a wash sale added the days for
    which the shares sold were held (IRC 1223(3)); not after `acquired`, which stays the trade date. Default:
    `acquired`."""
    how_acquired: HowAcquired = "purchase"
    """purchase (default), inheritance (long-term whatever its dates, IRC 1223(9)) or gift (with the giver's basis and
    date, IRC 1015(a), 1223(2)). An inheritance and a gift acquire nothing that replaces shares sold at a loss."""
    gift_value_per_share: Amount | None = None
    """The market value of a gift when it was given, in dollars per share, 0 or more. If it was below the giver's basis,
    it is the basis for a loss. Left out for a gift between spouses (IRC 1015(e)); default: not below the basis."""
    gift_date: Day | None = None
    """The day of the gift, not before `acquired` nor after the household's trade date; required with
    `gift_value_per_share`; default: not known."""
    order: Name | None = None
    """The order with which the lot was bought, named within its account. In a wash sale the rest of the same order does
    not replace this lot (Rev. Rul. 56-602); default: an order of its own."""


class Account(Record):
    """One account at one custodian."""

    id: Name
    """The account's name, unique within the household."""
    kind: Annotated[AccountKind, BeforeValidator(_traded)]
    """taxable, traditional (an IRA), roth, hsa or 401k."""
    owner: Name | None = None
    """The id of the person who owns it, of two owners either; required for what the law asks of an age: the household's
    withdrawals, contributions and conversions, and required distributions; default: not known."""
    registration: Registration = "individual"
    """individual (default), joint or trust (a taxable account of two owners, or of a revocable trust, whose income its
    maker is taxed on), or inherited (a retirement account inherited from someone, with `inherited`)."""
    inherited: Inherited | None = None
    """From whom an inherited retirement account came; required by the registration inherited, and not allowed with any
    other; default: not inherited."""
    cash: Money = 0.0
    """Cash before the trades, in dollars; negative for a debit that must be covered; default: 0."""
    contribution: Amount = 0.0
    """Cash that comes in with this plan, in dollars, 0 or more; default: 0."""
    withdrawal: Amount = 0.0
    """Cash that goes out with this plan, in dollars, 0 or more; default: 0."""
    last_year_end_value: Amount | None = None
    """The account's value on December 31 of last year, in dollars, 0 or more: what a required distribution is reckoned
    from; default: not known."""
    withdrawn: Amount = 0.0
    """What its owner took out of it this year before this plan, in dollars, 0 or more: it counts toward the required
    distribution; default: 0."""
    contributed: Amount = 0.0
    """What was contributed to it for this year before this plan, in dollars, 0 or more, of a 401(k) the pay that was
    deferred, without the employer's part: it uses up the year's limit; default: 0."""
    contribution_room: Amount | None = None
    """The most dollars that may still be contributed this year, beside `contribution`, 0 or more; default: by law
    (docs/retirement.md): the year's limits for an IRA and a 401(k), no limit for a taxable account, nothing for an
    hsa or an inherited account."""
    required_distribution: Amount | None = None
    """What the law asks to be taken out this year, beside what was `withdrawn`, in dollars, 0 or more; default: by law
    (docs/retirement.md), if its owner is known."""
    roth_basis: Amount = 0.0
    """Contributions to a Roth that were not withdrawn yet, in dollars, 0 or more: they come out first, without tax or
    penalty (IRC 408A(d)(4)(B)); default: 0."""
    minimum_cash: Amount = 0.0
    """Minimum cash to leave in the account after the trades, in dollars, 0 or more; default: 0."""
    menu: Annotated[tuple[Name, ...], BeforeValidator(split_list)] | None = None
    """Symbols that this account may hold (a 401(k)'s funds); default: every security. What a 401(k) or an hsa lists is
    by default not bought in accounts that neither hold nor list it (`only_in` of a security)."""
    maximum_cash: Amount | None = None
    """Maximum cash to leave in the account after the trades, in dollars, at least `minimum_cash`; default: no limit."""
    whole_shares: bool = False
    """Whether orders are in whole shares. The fraction of a share in a lot is then sold only
    with the whole lot; default: false."""
    commission: Amount = 0.0
    """Cost of each order in dollars, 0 or more; one order is one security bought or sold,
    from any number of lots; default: 0."""
    accounting_method: LotMethod = "specific"
    """specific (default): any lot may be chosen. fifo, lifo or hifo: a security's lots are sold in that order (first
    in, last in, highest basis), each in full before the next."""
    reinvests: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Symbols whose dividends are reinvested in this account. Each that is held here counts as a purchase of unknown
    size within the next 30 days; default: no symbols."""
    average_cost: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Symbols held at average cost in this account (Reg. 1.1012-1(e)). All lots of such a symbol have one basis per
    share, and the oldest is sold first; default: no symbols."""
    employer_stock: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Symbols of the employer's own securities in a 401(k). Taken out in kind, what they gained over the plan's cost
    is taxed as long-term gain and only when they are sold (IRC 402(e)(4)); a sale in the plan gives that up, so their
    lots are kept unless the policy says otherwise (`employer_stock`); default: no symbols."""
    lots: tuple[Lot, ...] = ()
    """The lots held; default: no lots."""

    @property
    def taxable(self) -> bool:
        """Whether a sale in this account is a taxable event; every other account is sheltered."""
        return self.kind == "taxable"
