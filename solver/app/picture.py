"""The plan beside other ways to trade, as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...models import Plan
from ...models.plan.statements import MONEY, PARTS
from ...models.plan.views.style import COLORS, WAS, Picture, drawing, headed, rows_of, save
from ...models.schema.amounts import MINUS


def draw_parts(plans: Mapping[str, Plan], path: Path) -> None:
    """Draw what each plan costs, in all and part by part, to a picture whose format the suffix says."""
    parts = [part for part in PARTS if any(round(plan.parts[part], 2) for plan in plans.values())]
    rows = {"in all": {name: plan.objective for name, plan in plans.items()}}
    labels = {part: PARTS[part] if part in MONEY else f"{PARTS[part]} (penalty)" for part in parts}
    rows |= {labels[part]: {name: plan.parts[part] for name, plan in plans.items()} for part in parts}
    height = 0.8 / len(plans)
    with drawing():
        figure = Picture(figsize=(9, 0.8 + (0.3 + 0.28 * len(plans)) * len(rows)), layout="constrained")
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
        rows_of(axes, list(rows))
        axes.axvline(0, color=WAS, linewidth=0.8)
        axes.margins(x=0.15)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        headed(axes, "Objective of each plan, in dollars: money and penalties", letters=90)
    save(figure, path)


def _dollars(amount: float) -> str:
    return f"{MINUS}${-amount:,.0f}" if round(amount) < 0 else f"${abs(amount):,.0f}"
