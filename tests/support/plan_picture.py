"""Draw docs/plan_beside_route.svg: the plan of fixtures/must_split.json beside the router's. Needs matplotlib.

python tests/support/plan_picture.py
"""

from pathlib import Path

from lotroute.models import Household
from lotroute.solver import route, solve
from lotroute.solver.app.picture import draw_parts

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Write the picture."""
    household = Household.load(ROOT / "fixtures" / "must_split.json")
    draw_parts({"plan": solve(household), "route": route(household)}, ROOT / "docs" / "plan_beside_route.svg")


if __name__ == "__main__":
    main()
