"""The plan beside other ways to trade, as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...models import Plan
from ...models.plan.statements import MONEY, PARTS

COLORS = ("#1f6f54", "#b3401f", "#3b6ea5", "#c08a1e", "#7a5195", "#7f7f7f", "#4d9078", "#a05d56", "#5e7fa8", "#999933")


def draw_parts(plans: Mapping[str, Plan], path: Path) -> None:
    """Draw what each plan costs, in all and part by part, to a picture whose format the suffix says.

    Needs matplotlib.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    parts = [part for part in PARTS if any(round(plan.parts[part], 2) for plan in plans.values())]
    rows = {"in all": {name: plan.objective for name, plan in plans.items()}}
    labels = {part: PARTS[part] if part in MONEY else f"{PARTS[part]} (penalty)" for part in parts}
    rows |= {labels[part]: {name: plan.parts[part] for name, plan in plans.items()} for part in parts}
    height = 0.8 / len(plans)
    with mpl.rc_context({"svg.hashsalt": "lotroute", "svg.fonttype": "none", "text.parse_math": False}):
        figure = Figure(figsize=(9, 0.8 + (0.3 + 0.28 * len(plans)) * len(rows)), layout="constrained")
        axes = figure.subplots()
        for number, name in enumerate(plans):
            places = [row + (number - (len(plans) - 1) / 2) * height for row in range(len(rows))]
            bars = axes.barh(
                places,
                [dollars[name] for dollars in rows.values()],
                height=0.9 * height,
                color=COLORS[number % len(COLORS)],
                label=name,
            )
            axes.bar_label(bars, labels=[_dollars(dollars[name]) for dollars in rows.values()], padding=4, fontsize=9)
        axes.set_yticks(range(len(rows)), list(rows))
        axes.invert_yaxis()
        axes.axvline(0, color="#888888", linewidth=0.8)
        axes.margins(x=0.15, y=0.02)
        axes.tick_params(axis="y", length=0)
        axes.set_xticks([])
        axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
        axes.set_title("Objective of each plan, in dollars: money and penalties", loc="left", fontsize=11)
        axes.legend(loc="lower right", frameon=False)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=120)


def _dollars(amount: float) -> str:
    return f"−${-amount:,.0f}" if round(amount) < 0 else f"${abs(amount):,.0f}"
