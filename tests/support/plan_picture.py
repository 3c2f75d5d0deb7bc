"""Draw docs/plan_beside_route.svg: the plan of fixtures/must_split.json beside the router's. Needs matplotlib.

python tests/support/plan_picture.py
"""

from pathlib import Path

import matplotlib as mpl

from lotroute.models import Household
from lotroute.models.plan.statements import MONEY, PARTS
from lotroute.solver import route, solve

ROOT = Path(__file__).parents[2]
COLORS = {"plan": "#1f6f54", "route": "#b9b4a7"}


def main() -> None:
    """Write the picture."""
    mpl.use("svg")
    from matplotlib import pyplot

    household = Household.load(ROOT / "fixtures" / "must_split.json")
    plans = {"plan": solve(household), "route": route(household)}
    parts = [part for part in PARTS if any(abs(plan.parts[part]) >= 1 for plan in plans.values())]
    figure, axes = pyplot.subplots(figsize=(9, 5.1), layout="constrained")
    for offset, (name, plan) in zip((-0.2, 0.2), plans.items(), strict=True):
        dollars = [plan.objective, *(plan.parts[part] for part in parts)]
        places = [row + offset for row in range(len(dollars))]
        bars = axes.barh(places, dollars, 0.36, color=COLORS[name], label=name)
        labels = [f"{'−' * (value < 0)}${abs(value):,.0f}" for value in dollars]
        axes.bar_label(bars, labels, padding=4, fontsize=9)
    axes.set_yticks(
        range(len(parts) + 1), ["in all", *(PARTS[part] + " (penalty)" * (part not in MONEY) for part in parts)]
    )
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.axvline(0, color="#333333", linewidth=0.8)
    axes.set_xticks([])
    axes.spines[:].set_visible(False)
    axes.set_title("Objective of each plan, in dollars: money and penalties", loc="left", fontsize=11)
    axes.legend(frameon=False, loc="lower right")
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "lotroute"}
    figure.savefig(ROOT / "docs" / "plan_beside_route.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
