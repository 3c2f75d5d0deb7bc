"""A small model of what gains and losses moved to later years are worth (docs/tax.md, docs/formulation.md)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..tax.marginal_rates import usual_rates

if TYPE_CHECKING:
    from ..household.parts.accounts import AccountKind
    from ..tax.taxpayer import Taxpayer
    from .policy import Policy


@dataclass(frozen=True, slots=True)
class LaterYears:
    """Tax rates of later years, as fractions, and today's dollars for each dollar of gain or loss moved there."""

    short_rate: float
    """R_s': all-in rate on ordinary income and short-term gain."""
    long_rate: float
    """R_l': all-in rate on long-term gain."""
    withdrawal_rate: float
    """Rate at which traditional accounts and 401(k)s will be drawn."""
    deferral: float
    """d: what a dollar of gain not realized today costs in later tax, in today's dollars."""
    carried_short: float
    """v_s: what a carried dollar of short-term loss saves in later tax, in today's dollars."""
    carried_long: float
    """v_ℓ: what a carried dollar of long-term loss saves in later tax, in today's dollars."""

    def counted(self, kind: AccountKind, policy: Policy) -> float:
        """Return what a dollar in an account of this kind counts toward targets (docs/formulation.md, θ).

        That is 1, or 1 less `withdrawal_rate` in a traditional account or a 401(k) if targets are after tax.
        """
        deferred = policy.targets == "after_tax" and kind in ("traditional", "401k")
        return 1.0 - self.withdrawal_rate if deferred else 1.0


@lru_cache(maxsize=1024)
def later_years(taxpayer: Taxpayer, policy: Policy) -> LaterYears:
    """Return the model for a taxpayer and a policy.

    The holder may die before a deferred gain is taxed. That steps up the basis of what was not sold (IRC 1014)
    and ends losses carried on (Rev. Rul. 74-175), so both are worth less. Rates and values that the policy or
    flat rates give take precedence.
    """
    usual = usual_rates(taxpayer)
    short = usual.all_in_short if policy.later_short_rate is None else policy.later_short_rate
    long = usual.all_in_long if policy.later_long_rate is None else policy.later_long_rate
    drawn = min(usual.short + usual.state, 1.0) if policy.withdrawal_rate is None else policy.withdrawal_rate
    growth, alive = 1 + policy.discount_rate, 1 - policy.step_up_chance
    deferral: float = long * alive * growth**-policy.deferral_years
    until_used = policy.carried_loss_years / policy.deferral_years if policy.deferral_years else 1.0
    worth: float = alive**until_used * growth**-policy.carried_loss_years
    share = policy.carried_short_share
    carried_short, carried_long = worth * (share * short + (1 - share) * long), worth * long
    rates = taxpayer.rates
    if rates is not None and rates.carried_short is not None:
        carried_short = rates.carried_short
    if rates is not None and rates.carried_long is not None:
        carried_long = rates.carried_long
    return LaterYears(short, long, drawn, deferral, carried_short, carried_long)
