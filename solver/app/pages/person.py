"""Which households of a run need a person, and why: the rules of the morning page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ....models import Plan
from ....models.schema.amounts import dollars

Kind = Literal["refused", "failed", "limit used up", "large gain", "wash sale uncertain", "drift left"]
KINDS: tuple[Kind, ...] = ("refused", "failed", "limit used up", "large gain", "wash sale uncertain", "drift left")
"""Why a household needs a person, the most urgent first."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From what size on a person should look, as fractions of a household's value."""

    large_gain: float = 0.02
    """Net gain that the plan realizes. At 23.8 % of tax, 2 % costs about half a percent of the household."""
    uncertain_loss: float = 0.01
    """Losses of which it is not known whether a wash sale disallows them; at 23.8 %, a quarter of a percent."""
    drift_left: float = 0.001
    """What is outside the bands after the trades: more than rounding to shares leaves."""


class Need(NamedTuple):
    """Why a household needs a person, and how much it is, in dollars; the households with the most come first."""

    kind: Kind
    text: str
    dollars: float = 0.0


def needs(row: Mapping[str, Any], plan: Plan | None, thresholds: Thresholds) -> Iterator[Need]:
    """Yield why a household needs a person, the most urgent reason first. `row` is its row of certificates."""
    if row["state"] in ("refused", "failed"):
        yield Need(row["state"], row["why"] or row["state"])
    if plan is None:
        return
    if row["budget_hit"]:
        used = ", ".join(use.name.replace("_", " ") for use in plan.limits if use.binding)
        yield Need("limit used up", f"a limit of the policy is used up: {used}", plan.market_value)
    gain = row["realized_short"] + row["realized_long"]
    if gain > thresholds.large_gain * plan.market_value:
        yield Need("large gain", f"realizes {_share(gain, plan)} of net gain", gain)
    unsure = sum(status.loss for status in plan.loss_statuses if status.state == "uncertain")
    if unsure > thresholds.uncertain_loss * plan.market_value:
        text = f"{_share(unsure, plan)} of losses may be disallowed as wash sales; the file does not say enough"
        yield Need("wash sale uncertain", text, unsure)
    left = row["drift_left"]
    if left > thresholds.drift_left * plan.market_value:
        yield Need("drift left", f"{_share(left, plan)} stays outside its band", left)


def urgency(found: list[Need]) -> tuple[int, float]:
    """Return what sorts households: by their most urgent reason, then the most dollars first."""
    first = min(found, key=lambda need: KINDS.index(need.kind))
    return KINDS.index(first.kind), -first.dollars


def _share(amount: float, plan: Plan) -> str:
    share = f" ({amount / plan.market_value:.1%} of the household)" if plan.market_value > 0 else ""
    return f"{dollars(amount)}{share}"
