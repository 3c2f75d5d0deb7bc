"""The picture of dollars above the plan: a dot per household and a row per baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ....models.plan.views.style import COLORS, LINE, OFF, WAS, Picture, drawing, rows_of, save, short_dollars
from ....models.schema.amounts import MINUS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Saved = Mapping[str, Sequence[float]]
"""The dollars by which a baseline is above the plan in each household, by baseline."""


def draw(kinds: Mapping[str, Saved], path: Path) -> None:
    """Draw these dollars, a chart per kind of household under its title, in the format of the path's suffix."""
    with drawing():
        figure = Picture(figsize=(9, 0.9 + 2.6 * len(kinds)), layout="constrained")
        rows = figure.subplots(len(kinds), 1, sharex=True, squeeze=False)
        for axes, (title, saved) in zip(rows[:, 0], kinds.items(), strict=True):
            _draw_kind(axes, title, saved)
        rows[-1, 0].set_xlabel(
            "dollars above the plan, penalties included (linear between −$10 and $10, logarithmic beyond)"
        )
    save(figure, path)


def _draw_kind(axes: Axes, title: str, kind: Saved) -> None:
    for row, dollars in enumerate(kind.values()):
        saved = sorted(dollars)
        if not saved:
            continue
        apart = 0.5 * ((np.arange(len(saved)) * 0.618) % 1 - 0.5)  # spread evenly, so that no dot hides its neighbor
        axes.scatter(saved, row + apart, s=10, color=COLORS[2], alpha=0.45, linewidths=0)
        median = float(np.median(saved))
        axes.plot([median, median], [row - 0.36, row + 0.36], color=OFF, linewidth=2.2)
        words = f"{MINUS if median < 0 else ''}${abs(median):,.0f}"
        axes.annotate(words, (1.01, row), xycoords=("axes fraction", "data"), va="center", color=OFF)
    axes.set_xscale("symlog", linthresh=10, linscale=0.5)
    axes.xaxis.set_major_formatter(short_dollars)
    axes.axvline(0, color=WAS, linewidth=0.8)
    rows_of(axes, list(kind))
    axes.grid(axis="x", color=LINE)
    axes.set_title(title, loc="left", fontsize=11)
    axes.annotate("median", (1.01, 1.03), xycoords="axes fraction", color=OFF)
