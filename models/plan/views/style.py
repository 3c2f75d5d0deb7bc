"""The style of every picture: colors that color-blind people tell apart, quiet axes, one file for the same data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from ...schema.amounts import MINUS

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

COLORS = ("#1f6f54", "#c08a1e", "#3b6ea5", "#b3401f", "#7a5195", "#7f7f7f", "#4d9078", "#a05d56", "#5e7fa8", "#999933")
"""Colors of things side by side, neighbors of different lightness."""

NOW, WAS, OFF = COLORS[0], "#8a949e", "#b3401f"
"""With the plan, without it, and what is outside its band; each has a shape of its own too."""

BAND, EDGE = "#cfe6dc", "#7fb49d"
LINE, QUIET, INK = "#d5dae0", "#57606a", "#1b1f24"

DPI = 120

LONGEST = 40
"""Letters of a name beside a chart."""

MARK = 7
"""Letters that the mark of a legend's entry takes, with the space between two."""


class Picture(Figure):
    """A figure that a notebook shows, whether or not pyplot is loaded."""

    def _repr_png_(self) -> bytes:
        """Return the picture as a notebook shows it."""
        written = BytesIO()
        self.savefig(written, format="png", dpi=DPI)
        return written.getvalue()


@contextmanager
def drawing() -> Iterator[None]:
    """Draw and write in this style: text as it is, with dollar signs that are no formulas."""
    settings: dict[Any, Any] = {
        "svg.hashsalt": "lotroute",
        "svg.fonttype": "none",
        "text.parse_math": False,
        "font.size": 9.5,
    }
    with mpl.rc_context({**settings, "axes.edgecolor": LINE, "xtick.color": QUIET, "ytick.color": INK}):
        yield


def save(figure: Figure, path: Path) -> None:
    """Write a figure in the format of the path's suffix; as SVG, the same file for the same figure."""
    with drawing():
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=DPI)


def rows_of(axes: Axes, names: list[str], room: int = 0) -> None:
    """Make a chart of rows, the first at the top, each with its name, as high as a chart of `room` rows would be."""
    axes.set_yticks(range(len(names)), [name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in names])
    axes.set_ylim(max(len(names), room) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)


def headed(axes: Axes, title: str, handles: Sequence[Artist] | None = None, letters: int = 60) -> None:
    """Give a chart its title, at the left, and below it the legend, of all that has a label if `handles` are left out.

    A line of the legend has room for so many letters.
    """
    found = axes.get_legend_handles_labels()[0] if handles is None else handles
    widest = max((len(str(each.get_label())) + MARK for each in found), default=1)
    columns = min(max(letters // widest, 1), max(len(found), 1))
    axes.set_title(title, loc="left", fontsize=11, pad=7 + 15 * -(-len(found) // columns))
    axes.legend(
        handles=found,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        borderaxespad=0.1,
        ncols=columns,
        frameon=False,
        handletextpad=0.5,
        columnspacing=1.4,
        labelspacing=0.3,
        fontsize=9,
    )


def short_dollars(amount: float, _: float = 0) -> str:
    """Return dollars as an axis has them: `−$1.5k`."""
    sign, size = MINUS if amount < 0 else "", abs(amount)
    number = f"{size / 1e6:g}M" if size >= 1e6 else f"{size / 1e3:g}k" if size >= 1e3 else f"{size:g}"
    return f"{sign}${number}"
