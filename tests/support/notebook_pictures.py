"""Draw the pictures of docs/guide/notebook.md: a plan of fixtures/must_split.json, and its frontier. Needs matplotlib.

python tests/support/notebook_pictures.py
"""

from pathlib import Path

from lotroute.models import Household
from lotroute.models.plan.views.style import save
from lotroute.solver import plot_frontier, solve, sweep

ROOT = Path(__file__).parents[2]
BUDGETS = {"policy.limits.net_gain": [0, 3000, 6000, 9000, 12000, None]}


def main(folder: Path = ROOT / "docs") -> None:
    """Write the pictures."""
    household = Household.load(ROOT / "fixtures/must_split.json")
    save(solve(household).plot(), folder / "plan_picture.svg")
    save(plot_frontier(sweep(household, BUDGETS)), folder / "frontier.svg")


if __name__ == "__main__":
    main()
