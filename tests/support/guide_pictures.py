"""Draw the pictures of the guide again, into docs/guide/pictures: .venv/bin/python tests/support/guide_pictures.py"""

import sys
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from lotroute.models import Household
from lotroute.models.plan.views.style import save
from lotroute.solver import plot_frontier, solve, sweep

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/guide/pictures"


def a_plan() -> Figure:
    """The plan that `reading_a_plan.md` goes through."""
    return solve(Household.load(ROOT / "fixtures/must_split.json"), explain="codes").plot()


def frontier() -> Figure:
    """The budgets of gain that `notebook.md` goes through."""
    budgets = {"policy.limits.net_gain": [0, 3000, 6000, 9000, 12000, None]}
    return plot_frontier(sweep(Household.load(ROOT / "fixtures/must_split.json"), budgets))


PICTURES: dict[str, Callable[[], Figure]] = {"a_plan.svg": a_plan, "frontier.svg": frontier}


def draw(folder: Path) -> None:
    """Write every picture into a folder."""
    for name, picture in PICTURES.items():
        save(picture(), folder / name)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
