"""Draw the pictures of docs/performance.md. Needs matplotlib.

python tests/support/performance_pictures.py growth ROWS      what `lotroute bench speed --json` printed
python tests/support/performance_pictures.py progress [CASE]  incumbent and bound over time on one hard household
python tests/support/performance_pictures.py flame [FILE]     where the seconds of one household of funds go
"""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter, process_time

import matplotlib as mpl

from lotroute.models import Household
from lotroute.solver import solve

DOCS = Path(__file__).parents[2] / "docs"
WAYS = {"textbook_seconds": "#b3401f", "seconds": "#1f6f54", "root_seconds": "#8a857a"}
NAMES = {"textbook_seconds": "textbook model", "seconds": "whole call", "root_seconds": "root LP alone"}
HARD = "sleeve100"
"""The case whose household of seed 0, in fractions of shares, is shown."""
ROOMS = {
    "models/wash_sales": "#c9803a",
    "models": "#d8b26e",
    "formulation": "#5b8db8",
    "search": "#1f6f54",
    "accounting": "#7aa874",
    "explanation": "#9a7bb0",
    "auditor": "#b3605a",
}
"""The color of each room in a flame graph; what is not of this package is gray."""
SAMPLE, SECONDS, LEAST = 0.001, 6.0, 0.004
"""CPU seconds between two samples and of all, and the least part of them that is drawn."""


def picture(width: float, height: float) -> tuple:
    """A figure with one chart."""
    mpl.use("svg")
    from matplotlib import pyplot

    mpl.rcParams.update({"svg.hashsalt": "lotroute", "svg.fonttype": "none", "font.size": 9})
    return pyplot.subplots(figsize=(width, height), layout="constrained")


def save(figure: object, path: Path) -> None:
    """Write a figure as SVG, the same for the same figure."""
    figure.savefig(path, metadata={"Date": None})
    sys.stdout.write(f"{path}\n")


def growth(rows: list[dict]) -> None:
    """Seconds against lots in fractions of shares: every household a dot, every way a line through the medians."""
    figure, axes = picture(7.5, 4.2)
    sleeves = [row for row in rows if row["case"].startswith("sleeve") and not row["whole_shares"]]
    for way, color in WAYS.items():
        found = [(row["lots"], row[way]) for row in sleeves if row[way] is not None]
        axes.scatter(*zip(*found, strict=True), s=14, color=color, alpha=0.6, linewidths=0)
        cases = sorted({row["case"] for row in sleeves}, key=lambda name: int(name.removeprefix("sleeve")))
        middles = [
            sorted((row["lots"], row[way]) for row in sleeves if row["case"] == name and row[way] is not None)
            for name in cases
        ]
        line = [(own[0][0], sorted(seconds for _, seconds in own)[len(own) // 2]) for own in middles if own]
        axes.plot(*zip(*line, strict=True), color=color, label=NAMES[way])
    axes.set(xscale="log", yscale="log", xlabel="lots", ylabel="CPU seconds")
    axes.grid(color="#e6e6e6")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, DOCS / "performance_growth.svg")


def progress(case: str) -> None:
    """Incumbent and bound over time, in dollars above the final bound."""
    from lotroute.solver.runs.benchmarks.speed_cases import CASES

    household, points, began = CASES[case](0, whole_shares=False), [], perf_counter()
    plan = solve(household, progress=lambda at: points.append((perf_counter() - began, at.objective, at.bound)))
    figure, axes = picture(7.5, 3.6)
    final, allowed = plan.certificate.bound, plan.market_value * 1e-5
    for place, words, color in ((1, "best plan so far", "#1f6f54"), (2, "bound", "#3b6ea5")):
        seen = [(each[0], each[place] - final) for each in points if abs(each[place] - final) < 1e3 * allowed]
        axes.step(*zip(*seen, strict=True), where="post", color=color, label=words)
    axes.axhline(plan.objective - final, color="#8a857a", linewidth=0.8, linestyle=":")
    axes.axvline(plan.certificate.seconds, color="#8a857a", linewidth=0.8)
    axes.set_yscale("symlog", linthresh=allowed)
    axes.set(xlabel=f"seconds of the search for {household.id}; the line is the end of the whole call")
    axes.set_ylabel("dollars above the final bound")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, DOCS / "performance_progress.svg")


# -- flame graph -------------------------------------------------------------------------------------------------------


def flame(household: Household, path: Path) -> None:
    """Solve a household again and again, sample the stack, and draw how the time is divided, callers on top."""
    solve(household)
    stacks: Counter[tuple[tuple[str, str], ...]] = Counter()

    def sample(_: int, frame: object) -> None:
        stack = []
        while frame is not None:
            code = frame.f_code
            stack.append((place(code.co_filename), code.co_name))
            frame = frame.f_back
        names = [each for each, _ in stack]
        if "solver/api" in names:
            own = stack[: names.index("solver/api") + len([each for each in names if each == "solver/api"])]
            stacks[tuple(folded(reversed(own)))] += 1

    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, SAMPLE, SAMPLE)
    began, solved = process_time(), 0
    while process_time() - began < SECONDS:
        solve(household)
        solved += 1
    signal.setitimer(signal.ITIMER_PROF, 0)
    each = (process_time() - began) / solved
    draw_flame(stacks, f"{household.id}: {1000 * each:.0f} ms of CPU a call, the mean of {solved}", path)


def place(file: str) -> str:
    """The file of this package without suffix, or the package that it belongs to."""
    for package in ("solver/", "models/", "fixtures/"):
        if f"lotroute/{package}" in file:
            return package + file.rpartition(f"lotroute/{package}")[2].removesuffix(".py")
    outside = file.rpartition("site-packages/")[2].split("/")[0]
    return outside.removesuffix(".py") if "site-packages" in file else "Python"


def folded(stack: object) -> list[tuple[str, str]]:
    """The stack, callers first, with the frames of other packages and of comprehensions folded into one."""
    found: list[tuple[str, str]] = []
    for file, function in stack:
        own = file.startswith(("solver/", "models/"))
        entry = (file, function if own else "")
        if function.startswith("<") or (found and not own and found[-1][0] == file):
            continue
        found.append(entry)
    return found


def draw_flame(stacks: Counter, title: str, path: Path) -> None:
    """Draw stacks as bars, each as wide as its part of the samples, below its caller's."""
    total, bars = sum(stacks.values()), []

    def add(stacks: dict, left: float, depth: int) -> None:
        heads: dict = {}
        for stack, count in stacks.items():
            if stack:
                below = heads.setdefault(stack[0], Counter())
                below[stack[1:]] += count
        for head, below in sorted(heads.items(), key=lambda each: -sum(each[1].values())):
            width = sum(below.values()) / total
            if width >= LEAST:
                bars.append((left, depth, width, head))
                add(below, left, depth + 1)
            left += width

    add(stacks, 0.0, 0)
    deepest = max(depth for _, depth, _, _ in bars)
    figure, axes = picture(10, 0.8 + 0.2 * (deepest + 1))
    for left, depth, width, (file, function) in bars:
        room = next((room for room in ROOMS if f"/{room}/" in f"/{file}/" or file.startswith(room)), "")
        axes.barh(depth, width, left=left, height=0.92, color=ROOMS.get(room, "#d9d6cf"), edgecolor="white", lw=0.4)
        words = f"{file.rpartition('/')[2]}.{function}" if function else file
        letters = int(width * 155)
        if letters > 3:
            axes.text(left + 0.002, depth, words[:letters], va="center", fontsize=6.5, clip_on=True)
    axes.set(xlim=(0, 1), ylim=(deepest + 0.6, -0.6), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_title(title, loc="left", fontsize=9)
    save(figure, path)


def main() -> None:
    """Draw what is asked."""
    what, *arguments = sys.argv[1:]
    if what == "growth":
        growth([json.loads(line) for line in Path(arguments[0]).read_text().splitlines()])
    elif what == "progress":
        progress(arguments[0] if arguments else HARD)
    else:
        from lotroute.solver.runs.benchmarks.speed_cases import many_funds

        flame(many_funds(1)[0], Path(arguments[0]) if arguments else DOCS / "performance_after.svg")


if __name__ == "__main__":
    main()
