"""What notebooks show: cards of HTML in which everything is escaped, readable on light and on dark ground.

Colors are those of the notebook, or halfway between black and white, because a notebook's theme is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from .safe_text import printable

STYLE = Markup("""<style>
.lotroute.lotroute { color: inherit; font: 14px/1.4 system-ui, sans-serif; max-width: 74em; }
.lotroute.lotroute :is(p, dl, dd, dt, table) { margin: 0; }
.lotroute .of { display: flex; flex-wrap: wrap; gap: .9em 2.4em; margin: .7em 0; align-items: flex-start; }
.lotroute .title { font-size: 1.15em; }
.lotroute .quiet, .lotroute dt, .lotroute.lotroute th { opacity: .72; font-weight: normal; }
.lotroute dl div { min-width: 9em; }
.lotroute dt { font-size: .88em; }
.lotroute.lotroute dd { font-size: 1.2em; font-weight: 600; font-variant-numeric: tabular-nums; }
.lotroute.lotroute dd + dd { font-size: .88em; font-weight: normal; opacity: .72; }
.lotroute.lotroute table { border-collapse: collapse; border: 0; font-size: .92em; }
.lotroute.lotroute :is(th, td) {
  text-align: left; vertical-align: middle; padding: .16em 1.1em .16em 0; border: 0; background: none; color: inherit;
  max-width: 22em; overflow-wrap: anywhere;
}
.lotroute.lotroute tbody tr { background: none; border-top: 1px solid rgba(128, 128, 128, .35); }
.lotroute.lotroute .n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.lotroute.lotroute caption { text-align: left; caption-side: top; font-weight: 600; padding: 0 0 .2em; color: inherit; }
.lotroute svg { display: block; overflow: visible; }
</style>""")

NOW, WAS, OFF, BAND = "#2e9c78", "#8a949e", "#d9603b", "rgba(46, 156, 120, .3)"
"""Colors of bars: with the plan, without it, outside the band, the band."""

WIDTH, HEIGHT = 150, 16
"""The size of a bar."""


class Column(NamedTuple):
    """A column of a table: its head, and whether it holds numbers."""

    head: str
    number: bool = False


def text(value: object) -> Markup:
    """Return a value escaped, without characters that change the direction of a line; markup as it is."""
    return value if isinstance(value, Markup) else escape(printable(str(value)))


def element(name: str, *children: object, of: str = "") -> Markup:
    """Return an element with its children, of a class if one is given."""
    opening = Markup('<{} class="{}">').format(Markup(name), of) if of else Markup(f"<{name}>")
    return opening + Markup().join(map(text, children)) + Markup(f"</{name}>")


def card(title: object, *parts: Markup) -> str:
    """Return a card: its title and its parts, one below the other."""
    return str(
        Markup('<div class="lotroute">')
        + STYLE
        + element("p", title, of="title")
        + Markup().join(parts)
        + Markup("</div>")
    )


def figures(found: Iterable[tuple[str, str, str]]) -> Markup:
    """Return figures side by side: each with its name, and a line below."""
    shown = [
        element("div", element("dt", name), element("dd", figure), element("dd", more)) for name, figure, more in found
    ]
    return element("dl", *shown, of="of")


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], more: str = "") -> Markup:
    """Return a table; `more` says what it leaves out."""
    kinds = ["n" if column.number else "" for column in columns]
    head = element("tr", *(element("th", column.head, of=kind) for column, kind in zip(columns, kinds, strict=True)))
    body = [
        element("tr", *(element("td", cell, of=kind) for cell, kind in zip(row, kinds, strict=True))) for row in rows
    ]
    made = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return element("div", made, *([element("p", more, of="quiet")] if more else []))


def bar(
    lower: float, upper: float, target: float, before: float | None, now: float, *, off: bool, end: float
) -> Markup:
    """Return a weight against its band, on an axis from 0 to `end`: the weight before is a ring, now a disk.

    Outside its band it is a square.
    """
    ends = (lower, upper, target, now if before is None else before, now)
    at = [round(WIDTH * min(max(each / end if end else 0.0, 0.0), 1.0), 1) for each in ends]
    middle, radius = HEIGHT / 2, 4.5
    mark = (
        f'<rect x="{at[4] - radius}" y="{middle - radius}" width="{2 * radius}" height="{2 * radius}" fill="{OFF}"/>'
        if off
        else f'<circle cx="{at[4]}" cy="{middle}" r="{radius}" fill="{NOW}"/>'
    )
    ring = f'<circle cx="{at[3]}" cy="{middle}" r="3.5" fill="none" stroke="{WAS}" stroke-width="2"/>'
    return Markup(
        f'<svg width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f'<rect x="{at[0]}" y="1" width="{max(at[1] - at[0], 1):.1f}" height="{HEIGHT - 2}" fill="{BAND}"/>'
        f'<rect x="{at[2] - 1}" y="1" width="2" height="{HEIGHT - 2}" fill="currentColor" opacity=".75"/>'
        f"{ring * (before is not None)}{mark}</svg>"
    )
