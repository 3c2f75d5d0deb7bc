"""The tax bill on capital gains, line by line.

Gains are netted by schedule_d.py whoever the taxpayer is; what the netted parts cost depends on how the taxpayer is
described. Flat rates are priced here; a schedule of brackets would be priced beside it, from the same netted parts.
"""

from decimal import Decimal

from .base import Noun, exact
from .schedule_d import Netting, loss_limit, net
from .taxpayer import FlatRates, Taxpayer

CENT = Decimal("0.01")


class TaxBill(Noun):
    """The year's tax on capital gains, in dollars and cents. A negative total is tax saved on other income."""

    short_gain: float
    """Short-term gains less losses of the year, without carryforward."""
    long_gain: float
    """Long-term gains less losses of the year, without carryforward."""
    short_net: float
    """Schedule D line 7: with the short-term carryforward."""
    long_net: float
    """Schedule D line 15: with the long-term carryforward."""
    ordinary: float
    """The part of the net gain taxed as ordinary income."""
    preferential: float
    """Net capital gain, taxed at the long-term rate."""
    loss_used: float
    """Schedule D line 21: the loss allowed against other income."""
    federal: float
    """Federal tax on the two parts, less what the allowed loss saves."""
    state: float
    """State tax on the same."""
    surtax: float
    """Surtax on net investment income on the same; the allowed loss reduces it (Reg. 1.1411-4(d)(2))."""
    total: float
    """Federal, state and surtax."""
    short_carryforward: float
    """Short-term loss carried to next year, positive."""
    long_carryforward: float
    """Long-term loss carried to next year, positive."""


def tax_bill(taxpayer: Taxpayer, short_gain: Decimal, long_gain: Decimal) -> TaxBill:
    """The bill when the plan realizes `short_gain` and `long_gain` dollars (negative: losses) on top of the year so
    far.

    Every line is rounded to the cent, half to even; the total is the sum of its rounded parts.
    """
    short = exact(taxpayer.realized_short) + short_gain
    long = exact(taxpayer.realized_long) + long_gain
    netting = net(
        short - exact(taxpayer.short_carryforward),
        long - exact(taxpayer.long_carryforward),
        loss_limit(taxpayer.filing_status),
    )
    federal, state, surtax = (amount.quantize(CENT) for amount in _flat(taxpayer.rates, netting))
    return TaxBill(
        short_gain=_cents(short),
        long_gain=_cents(long),
        short_net=_cents(netting.short_net),
        long_net=_cents(netting.long_net),
        ordinary=_cents(netting.ordinary),
        preferential=_cents(netting.preferential),
        loss_used=_cents(netting.loss_used),
        federal=float(federal),
        state=float(state),
        surtax=float(surtax),
        total=float(federal + state + surtax),
        short_carryforward=_cents(netting.short_carried),
        long_carryforward=_cents(netting.long_carried),
    )


def _flat(rates: FlatRates, netting: Netting) -> tuple[Decimal, Decimal, Decimal]:
    """Federal, state and surtax at flat rates; the household is taken to have other income for the allowed loss."""
    ordinary = netting.ordinary - netting.loss_used
    taxed = ordinary + netting.preferential
    federal = exact(rates.short) * ordinary + exact(rates.long) * netting.preferential
    return federal, exact(rates.state) * taxed, exact(rates.surtax) * taxed


def _cents(amount: Decimal) -> float:
    return float(amount.quantize(CENT))
