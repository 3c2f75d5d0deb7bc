"""The frontier of tax against drift: the plans of a sweep as points, those that no other plan betters in a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.transforms import Bbox

from ...models.plan.views.style import (
    COLORS,
    INK,
    LINE,
    OFF,
    Picture,
    drawing,
    headed,
    short_dollars,
)
from ...models.schema.amounts import MINUS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = tuple[float, float]

AXES = {
    "drift": ("drift", "drift after the trades: half of the dollars between classes and their targets"),
    "outside": ("dollars outside bands", "dollars outside bands after the trades"),
    "name_drift": ("drift of names", "drift after the trades: half of the dollars between names and their targets"),
    "tax_change": ("added tax", "tax that the trades add to this year"),
    "tax": ("tax", "tax of the year"),
    "money": ("money", "tax of this year and of later ones, trading and asset location"),
    "objective": ("the objective", "objective: money and penalties"),
}
"""What may be drawn: in a title, and along an axis."""

NEAR = 0.004
"""Points nearer than this part of both axes are labelled together."""

STEPS = 40
"""Points of a line between two plans where no label should stand."""

PLACES = (
    (7, 5, "left", "bottom"),
    (7, -5, "left", "top"),
    (-7, 5, "right", "bottom"),
    (-7, -5, "right", "top"),
    (0, 9, "center", "bottom"),
    (0, -9, "center", "top"),
    (7, 18, "left", "bottom"),
    (-7, -18, "right", "top"),
)
"""Where a label may stand beside its point, the best first: points to the right, points up, and how it is aligned."""


def efficient(points: Sequence[Point]) -> list[Point]:
    """Return the points, by the first coordinate, that no other point betters in one coordinate and at least equals in
    the other; less is better.
    """
    found: list[Point] = []
    for point in sorted({*points}):
        if not found or point[1] < found[-1][1]:
            found.append(point)
    return found


def draw_frontier(frame: pd.DataFrame, paths: Sequence[str], x: str, y: str) -> Picture:
    """Return the picture that `sweeps.plot_frontier` describes. `paths` are the columns that were varied."""
    for name in (x, y):
        if name not in AXES:
            raise ValueError(f"{name!r} is none of {', '.join(AXES)}")
    shown = frame[frame.plan.notna()]
    points = [*zip(shown[x].astype(float), shown[y].astype(float), strict=True)]
    values = [[in_short(value) for value in shown[path]] for path in paths]
    others = [*zip(*values[1:], strict=True)] or [()] * len(points)
    series = [", ".join(f"{path}: {value}" for path, value in zip(paths[1:], each, strict=True)) for each in others]
    with drawing():
        figure = Picture(figsize=(8.4, 5.2), layout="constrained")
        axes = figure.subplots()
        _draw(axes, points, series, [*(shown.status == "infeasible")])
        axes.set(xlabel=AXES[x][1], ylabel=AXES[y][1])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(short_dollars)
        axes.grid(color=LINE, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(0.14)
        title = f"{AXES[y][0].capitalize()} against {AXES[x][0]}: a plan for each value of {paths[0]}"
        headed(axes, title, letters=110)
        if left := len(frame) - len(shown):
            note = f"{left} of {len(frame)} rows faulty, not drawn"
            axes.annotate(note, (0.995, 0.985), xycoords="axes fraction", ha="right", va="top", color=OFF)
        _label(figure, axes, points, values[0])
    return figure


def in_short(value: Any) -> str:  # noqa: ANN401 - a value of any field
    """Return a value of a sweep as a label: numbers with few digits, nothing as `none`."""
    if value is None or value != value:
        return "none"
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = getattr(value, "name", "") or str(value)  # of a policy its name
        return text if len(text) <= 24 else f"{text[:23]}…"
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}").replace("-", MINUS)


def _draw(axes: Axes, points: Sequence[Point], series: Sequence[str], broken: Sequence[bool]) -> None:
    """The points of each series, and the line of those that no other of the series betters."""
    names = [*dict.fromkeys(series)]
    for number, name in enumerate(names):
        color, shape = COLORS[number % len(COLORS)], "osD^vP"[number % 6]
        own = [at for at, each, wrong in zip(points, series, broken, strict=True) if each == name and not wrong]
        best = efficient(own)
        line, apart = (
            (name, "_") if len(names) > 1 else ("no other plan is better in both", "another plan is better in both")
        )
        size = 7.5 + 3 * min(len(names) - 1 - number, 3)  # so that one below another is seen
        axes.plot(*_across(best), color=color, marker=shape, ms=size, mec="white", label=line, zorder=3)
        if others := [at for at in own if at not in best]:
            axes.plot(*_across(others), shape, mfc="white", mec=color, mew=1.6, ms=7, label=apart)
    if any(broken):
        wrong = [at for at, each in zip(points, broken, strict=True) if each]
        axes.plot(*_across(wrong), "X", color=OFF, ms=9, mec="white", label="breaks a hard rule", zorder=4)


def _across(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _label(figure: Figure, axes: Axes, points: Sequence[Point], words: Sequence[str]) -> None:
    """Write the words beside their points, together those of points that nearly coincide, where nothing else stands."""
    figure.draw_without_rendering()
    wide, high = axes.bbox.width * NEAR, axes.bbox.height * NEAR
    places = [tuple(axes.transData.transform(point)) for point in points]
    groups: dict[tuple[float, float], tuple[Point, list[str]]] = {}
    for point, (px, py), word in zip(points, places, words, strict=True):
        near = next((at for at in groups if abs(px - at[0]) <= wide and abs(py - at[1]) <= high), (px, py))
        together = groups.setdefault(near, (point, []))[1]
        together += [word] * (word not in together)
    labels: list[Bbox] = []
    taken = [Bbox.from_bounds(px - 5, py - 5, 10, 10) for px, py in places]
    for line in axes.get_lines():
        if line.get_linestyle() == "-" and len(line.get_path()) > 1:
            along = line.get_path().interpolated(STEPS).transformed(axes.transData)
            taken += [Bbox.from_bounds(px - 1, py - 1, 2, 2) for px, py in np.asarray(along.vertices).tolist()]
    for point, together in groups.values():
        text = " / ".join(together if len(together) <= 4 else [*together[:2], "…", together[-1]])
        notes = [
            axes.annotate(text, point, (x, y), textcoords="offset points", ha=ha, va=va, fontsize=8.5, color=INK)
            for x, y, ha, va in PLACES
        ]
        boxes = [note.get_window_extent() for note in notes]
        outside = [box.x0 < axes.bbox.x0 or box.x1 > axes.bbox.x1 for box in boxes]
        covered = [[sum(box.overlaps(other) for other in others) for others in (labels, taken)] for box in boxes]
        chosen = min(range(len(notes)), key=lambda each: (covered[each][0] + outside[each], covered[each][1]))
        labels.append(boxes[chosen])
        for number, note in enumerate(notes):
            note.set_in_layout(False)
            if number != chosen:
                note.remove()
