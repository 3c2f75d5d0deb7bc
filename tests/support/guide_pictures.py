"""Draw the pictures of the guide again, into docs/guide/pictures: .venv/bin/python tests/support/guide_pictures.py"""

import sys
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from lotroute.models import Household
from lotroute.models.plan.views.style import save
from lotroute.solver import solve

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/guide/pictures"


def a_plan() -> Figure:
    """The plan that `reading_a_plan.md` goes through."""
    return solve(Household.load(ROOT / "fixtures/must_split.json"), explain="codes").plot()


PICTURES: dict[str, Callable[[], Figure]] = {"a_plan.svg": a_plan}


def draw(folder: Path) -> None:
    """Write every picture into a folder."""
    for name, picture in PICTURES.items():
        save(picture(), folder / name)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
