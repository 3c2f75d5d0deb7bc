"""Draw the pictures of the guide again, into docs/guide/pictures: .venv/bin/python tests/support/guide_pictures.py"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from lotroute.models import Household, Policy
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


POLICIES = {
    "default": Policy(name="default"),
    **{
        name.partition("=")[0]: Policy.named(name)
        for name in ("tax_neutral", "gain_budget=50000", "maximum_harvest", "transition=0.2", "do_it_now")
    },
}
"""The policies of `policies.md`."""


def policies() -> Figure:
    """What each policy pays, against what it leaves."""
    return plot_frontier(sweep(Household.load(ROOT / "fixtures/new_client.json"), {"policy": POLICIES.values()}))


def plan_of(policy: str) -> Figure:
    """The new client's plan under one of the policies."""
    return solve(Household.load(ROOT / "fixtures/new_client.json"), POLICIES[policy], explain="codes").plot()


PICTURES: dict[str, Callable[[], Figure]] = {
    "a_plan.svg": a_plan,
    "frontier.svg": frontier,
    "policies.svg": policies,
    **{f"policy_{name}.svg": partial(plan_of, name) for name in POLICIES},
}


def draw(folder: Path) -> None:
    """Write every picture into a folder."""
    for name, picture in PICTURES.items():
        save(picture(), folder / name)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
