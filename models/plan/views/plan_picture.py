"""The picture of a plan: holdings against their bands, the year's tax, and what each account does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...schema.amounts import HALF_A_CENT, MINUS, dollars, signed
from ...tax.tax_bill import TaxBill
from ..money_flow import MoneyFlow
from ..statements import ClassWeight
from ..trades import Trade
from ..words import places_for, weights
from .style import BAND, COLORS, EDGE, INK, LINE, NOW, OFF, QUIET, WAS, Picture, drawing, headed, rows_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BOUGHT, SOLD = COLORS[2], COLORS[1]


class Dealings(NamedTuple):
    """What an account sells and buys, in dollars, and the rest of what it does in words."""

    sold: float
    bought: float
    words: str


def account_words(flow: MoneyFlow, trades: Iterable[Trade]) -> Dealings:
    """Return what an account does, from its money and the plan's trades."""
    gain = sum(trade.gain or 0.0 for trade in trades if trade.account == flow.account)
    words = [f"{'gain' if gain > 0 else 'loss'} {dollars(abs(gain))}"] * (abs(gain) >= HALF_A_CENT)
    words += [f"{dollars(flow.contribution)} in"] * bool(flow.contribution)
    words += [f"{dollars(flow.withdrawal)} out"] * bool(flow.withdrawal)
    return Dealings(
        flow.sold, flow.bought, ", ".join([*words, f"cash {dollars(flow.cash_before)} → {dollars(flow.cash_after)}"])
    )


def draw_plan(
    title: str,
    value: float,
    classes: Sequence[ClassWeight],
    bills: tuple[TaxBill, TaxBill],
    accounts: Mapping[str, Dealings],
) -> Picture:
    """Return the picture of a plan. `value` is what weights are fractions of, `bills` are those before and after."""
    parts = tax_parts(*bills)
    top, bottom = 1.2 + 0.34 * len(classes), 1.0 + 0.5 * max(len(parts), len(accounts))
    with drawing():
        figure = Picture(figsize=(10.5, top + bottom + 0.4), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.08))
        figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
        charts = figure.subplot_mosaic([["holdings", "holdings"], ["tax", "accounts"]], height_ratios=[top, bottom])
        _draw_holdings(charts["holdings"], value, classes)
        rows = max(len(parts), len(accounts))
        _draw_tax(charts["tax"], parts, rows)
        _draw_accounts(charts["accounts"], accounts, rows)
    return figure


def _draw_holdings(axes: Axes, value: float, classes: Sequence[ClassWeight]) -> None:
    places = places_for(value, classes)
    found = [weights(value, each, places) for each in classes]
    for row, (each, now) in enumerate(zip(classes, found, strict=True)):
        axes.barh(row, each.upper - each.lower, left=each.lower, height=0.62, color=BAND, edgecolor=EDGE, linewidth=0.8)
        axes.plot([each.target] * 2, [row - 0.31, row + 0.31], color=INK, linewidth=1.6)
        axes.plot([now.before, now.after], [row, row], color=WAS, linewidth=1.2, zorder=2)
        axes.plot(now.before, row, "o", mfc="white", mec=WAS, mew=1.6, ms=7, zorder=3)
        marker, color = ("X", OFF) if now.off_after else ("D", NOW)
        axes.plot(now.after, row, marker, mfc=color, mec="white", mew=0.7, ms=8.5, zorder=4)
        change = f"{now.before:.{places}%}  →  {now.after:.{places}%}".replace("-", MINUS)
        axes.annotate(change, (1.01, row), xycoords=("axes fraction", "data"), va="center", color=QUIET)
    rows_of(axes, [each.asset_class for each in classes])
    if min(each.before for each in found) >= 0:
        axes.set_xlim(left=-0.005)
    axes.xaxis.set_major_formatter(lambda weight, _: f"{weight:.0%}")
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    mark = partial(Line2D, [], [], linestyle="")
    off = [mark(marker="X", mfc=OFF, mec="white", ms=9, label="after, outside its band")]
    headed(
        axes,
        "Holdings against their bands",
        [
            Patch(facecolor=BAND, edgecolor=EDGE, label="band"),
            mark(marker="|", color=INK, mew=1.6, ms=10, label="target"),
            mark(marker="o", mfc="white", mec=WAS, mew=1.6, ms=7, label="before"),
            mark(marker="D", mfc=NOW, mec="white", ms=8, label="after"),
            *(off if any(each.off_after for each in found) else []),
        ],
        letters=100,
    )


def tax_parts(before: TaxBill, after: TaxBill) -> dict[str, tuple[float, float]]:
    """Return the parts of the year's tax before and after, by name, in dollars; parts that are zero in both left out.

    Federal tax is divided into that on income and that on gains, where the bill divides it.
    """
    parts = {
        "federal": (before.federal, after.federal),
        "state": (before.state, after.state),
        "surtax on investment income": (before.surtax, after.surtax),
        "on early withdrawals": (before.additional_tax, after.additional_tax),
    }
    pieces = [_federal(bill) for bill in (before, after)]
    if None not in pieces:
        names = ("on ordinary income", "on gains and dividends", "alternative minimum tax")
        del parts["federal"]
        parts = {name: (old, new) for name, old, new in zip(names, *pieces, strict=True)} | parts  # type: ignore[misc]
    shown = {name: both for name, both in parts.items() if any(both)}
    return shown | {"in all": (before.total, after.total)}


def _federal(bill: TaxBill) -> tuple[float, float, float] | None:
    """Federal tax on income, on gains, and the minimum tax; None if the bill is lower than the sum of its schedules."""
    if bill.tax_on_income is None or bill.tax_on_gain is None or bill.minimum_tax is None:
        return None
    whole = bill.tax_on_income + bill.tax_on_gain + bill.minimum_tax
    return (bill.tax_on_income, bill.tax_on_gain, bill.minimum_tax) if abs(whole - bill.federal) < 0.02 else None


def _draw_tax(axes: Axes, parts: Mapping[str, tuple[float, float]], room: int) -> None:
    for place, (color, words) in enumerate(((WAS, "before"), (NOW, "after"))):
        rows = [row + (place - 0.5) * 0.38 for row in range(len(parts))]
        bars = axes.barh(rows, [both[place] for both in parts.values()], height=0.36, color=color, label=words)
        labels = [dollars(both[place]) + (_change(*both) if place else "") for both in parts.values()]
        axes.bar_label(bars, labels=labels, padding=4, fontsize=8.5, color=INK)
    rows_of(axes, [*parts], room)
    axes.axvline(0, color=WAS, linewidth=0.8)
    amounts = [0.0, *(amount for both in parts.values() for amount in both)]
    low, high = min(amounts), max(amounts)
    room_for_labels = 0.8 * (high - low or 1.0)
    axes.set_xlim(low - room_for_labels * (low < 0), high + room_for_labels * (high > 0 or low == 0))
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    headed(axes, "Tax of the year")


def _change(before: float, after: float) -> str:
    return f"  ({signed(after - before)})" if abs(after - before) >= HALF_A_CENT else "  (no change)"


def _draw_accounts(axes: Axes, accounts: Mapping[str, Dealings], room: int) -> None:
    for side, color, words in ((-1, SOLD, "sold"), (1, BOUGHT, "bought")):
        amounts = [each.sold if side < 0 else each.bought for each in accounts.values()]
        rows, lengths = range(len(accounts)), [side * amount for amount in amounts]
        bars = axes.barh(rows, lengths, height=0.42, color=color, label=words)
        axes.bar_label(bars, labels=[dollars(amount) if amount else "" for amount in amounts], padding=4, fontsize=8.5)
    rows_of(axes, [*accounts], room)
    for row, each in enumerate(accounts.values()):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text(0, row + 0.28, each.words, ha="center", va="top", color=QUIET, fontsize=8, bbox=box)
    axes.axvline(0, color=WAS, linewidth=0.8, zorder=1)
    ends = [abs(end) for end in axes.get_xlim()]
    axes.set_xlim(-1.6 * max(ends), 1.6 * max(ends))
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    headed(axes, "What each account does")
