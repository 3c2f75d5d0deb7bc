"""The plan as an advisor reads it in a terminal: drift, trades with reasons, tax, the router's plan beside it, the
proof.
"""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ...models import Household, Plan, Trade, Wait
from ...models.plan.statements import PARTS, penalties
from ...models.plan.words import Banded, places_for, proof, weights
from ...models.schema.amounts import HALF_A_CENT, count
from ...models.tax.tax_bill import LINES
from .words import (
    blocked_in_words,
    filled_in_words,
    limit_in_words,
    loss_in_words,
    marginal_in_words,
    names_outside,
    notes_on,
    parts_shown,
    policy_in_words,
    quantity_in_words,
    reason_in_words,
    transfers_in_words,
    wait_in_words,
    window_in_words,
)

SHOWN_LINES = (
    "short_net",
    "long_net",
    "ordinary",
    "preferential",
    "loss_used",
    "adjusted_gross_income",
    "taxable_income",
    "at_0",
    "at_15",
    "at_20",
    "regular_tax",
    "minimum_tax",
    "federal",
    "state",
    "surtax",
    "additional_tax",
    "total",
    "short_carryforward",
    "long_carryforward",
)
"""The lines of a bill that are shown; `TaxBill.beside` shows the others too."""


SHOWN = 10
"""The most names, windows or losses that a section lists."""


def print_plan(console: Console, household: Household, plan: Plan, router: Plan) -> None:
    """Print a plan to a console, with the router's plan beside it."""
    title = f"{plan.household}, {plan.trade_date:%B} {plan.trade_date.day}, {plan.trade_date.year}"
    console.print(
        Text(f"{title}: {_dollars(plan.market_value)} in {count(len(household.accounts), 'account')}", style="bold")
    )
    if policy := policy_in_words(plan):
        console.print(Text(f"Policy {policy}"))
    sections: list[tuple[str, list[RenderableType]]] = [
        ("Asset classes, % of the household", [_classes(plan), *_outside_bands(plan)]),
        ("Trades", _trades(household, plan)),
        ("Tax on gains" if household.taxpayer.rates else "Tax this year", [_bills(plan), *_marginal(plan)]),
        ("The plan beside the router's, in dollars", _comparison(household, plan, router)),
    ]
    flows = [Text(f"{flow.account}: {flow.text}") for flow in plan.money_flows if flow.text]
    if flows:
        sections.insert(1, ("Money in and out", [*flows]))
    if plan.transfers:
        sections.insert(1, ("Where the money comes from, and where it goes", [*map(Text, transfers_in_words(plan))]))
    if plan.factors or plan.names:
        sections.insert(1, ("The direct-index sleeve" if plan.names else "Factors", _sleeve(plan)))
    extra: list[tuple[str, list[RenderableType]]] = [
        ("Blocked today", _blocked(plan)),
        ("Soon long-term", [_wait(wait) for wait in plan.waits]),
        ("Limits", [Text(limit_in_words(use), style="yellow" if use.binding else "dim") for use in plan.limits]),
    ]
    if plan.wash_windows:
        sections.append(
            ("After these trades", _first([Text(window_in_words(window), style="dim") for window in plan.wash_windows]))
        )
    washed = [Text(loss_in_words(state), style="yellow") for state in plan.loss_statuses if state.state != "allowed"]
    if washed:
        sections.append(("Losses that may be disallowed", _first(washed)))
    if plan.warnings:
        sections.append(("Not in this bill", [Text(warning, style="yellow") for warning in plan.warnings]))
    place = next(i for i, (heading, _) in enumerate(sections) if heading == "Trades") + 1
    sections[place:place] = [(heading, lines) for heading, lines in extra if lines]
    if plan.filled:
        lines = [Text(line, style="dim") for line in filled_in_words(plan)]
        sections.append(("Filled in, because the household leaves it out", _first(lines)))
    if plan.violations:
        sections.insert(0, ("Cannot be met", [Text(f"{v.where}: {v.text}", style="red") for v in plan.violations]))
    for heading, content in sections:
        console.print()
        console.print(Text(heading, style="bold cyan"))
        for line in content:
            console.print(_indented(line, 2))
    console.print()
    console.print(_proof(plan))


def _classes(plan: Plan) -> Table:
    table = _table("class", "target", "band", "before", "after")
    places = places_for(plan.target_value, plan.classes)
    for row in plan.classes:
        table.add_row(row.asset_class, f"{row.target:.{places}%}", *_against_band(plan, row, places))
    return table


def _outside_bands(plan: Plan) -> list[RenderableType]:
    """What keeps classes outside their bands."""
    return [Text(row.text, style="yellow") for row in plan.outside_bands if row.text]


def _sleeve(plan: Plan) -> list[RenderableType]:
    """All factors, how many names lie outside their bands, and the worst of those names after the trades."""
    lines: list[RenderableType] = []
    if plan.factors:
        table, places = _table("factor", "band", "before", "after"), places_for(plan.target_value, plan.factors)
        for row in plan.factors:
            table.add_row(row.factor, *_against_band(plan, row, places))
        lines.append(table)
    if plan.names:
        places = places_for(plan.target_value, plan.names, least=2)
        off = names_outside(plan, places)
        words = f"{len(plan.names)} names, outside their bands: {len(off['before'])} before, {len(off['after'])} after"
        lines.append(Text(words))
        if off["after"]:
            table = _table("name", "target", "band", "before", "after")
            for name in off["after"][:SHOWN]:
                table.add_row(name.symbol, f"{name.target:.{places}%}", *_against_band(plan, name, places))
            lines.append(table)
    return lines


def _against_band(plan: Plan, row: Banded, places: int) -> tuple[str, Text, Text]:
    """Band, weight before and weight after."""
    before, after, off_before, off_after = weights(plan.target_value, row, places)
    band = f"{row.lower:.{places}%} to {row.upper:.{places}%}"
    return band, _weight(before, places, off=off_before), _weight(after, places, off=off_after)


def _weight(weight: float, places: int, *, off: bool) -> Text:
    """A weight, marked if it is outside its band."""
    return Text(f"{weight:.{places}%}{' !' if off else '  '}", style="red" if off else "green")


def _trades(household: Household, plan: Plan) -> list[RenderableType]:
    if not plan.trades:
        return [Text("none: nothing is worth trading today")]
    cells = [
        (
            trade.side,
            quantity_in_words(trade.quantity),
            trade.symbol,
            f"lot {trade.lot}" if trade.lot else "",
            f"{abs(trade.proceeds):,.2f}",
            "" if trade.gain is None else f"{trade.gain:+,.2f} {trade.term}",
        )
        for trade in plan.trades
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(6)]
    blocks: list[RenderableType] = []
    for account in household.accounts:
        rows = [(t, row) for t, row in zip(plan.trades, cells, strict=True) if t.account == account.id]
        if rows:
            cash = f"cash after {_dollars(plan.cash_after[account.id])}"
            blocks.append(Text(f"{account.id} ({account.kind}), {cash}", style="bold"))
        for trade, row in rows:
            blocks += _trade(trade, row, widths)
    return blocks


def _trade(trade: Trade, row: tuple[str, ...], widths: list[int]) -> tuple[RenderableType, RenderableType]:
    """A trade's line of figures, and its reason below."""
    side, quantity, symbol, lot, amount, gain = row
    line = f"{side:<4} {quantity:>{widths[1]}} {symbol:<{widths[2]}} {lot:<{widths[3]}} {amount:>{widths[4]}}"
    style = "" if trade.gain is None else "red" if trade.gain > 0 else "green"
    figures = Text.assemble(line, "  ", (gain, style)) if gain else Text(line)
    return _indented(figures, 2), _indented(Text(reason_in_words(trade), style="dim"), 7)


def _bills(plan: Plan) -> Table:
    table = _table("", "before", "after", "change")
    exact_bill = plan.tax_after.regular_tax is not None
    for line in SHOWN_LINES:
        name, _ = LINES[line]
        before, after = getattr(plan.tax_before, line), getattr(plan.tax_after, line)
        if line == "federal" and exact_bill:
            continue  # its two parts are shown
        if line == "total" and not exact_bill:
            name = "tax on gains"
        if before or after or line == "total":
            style = "bold" if line == "total" else ""
            table.add_row(name, f"{before:,.2f}", f"{after:,.2f}", f"{after - before:+,.2f}", style=style)
    return table


def _marginal(plan: Plan) -> list[RenderableType]:
    """What the next dollars of gain cost with the plan, and without it if that differs."""
    lines = [Text(line, style="dim") for line in marginal_in_words(plan)]
    return [Text(""), *lines] if lines else []


def _comparison(household: Household, plan: Plan, router: Plan) -> list[RenderableType]:
    """Where the two plans sell, and their objectives part by part: money, then penalties, each with its sum."""
    table = _table("", "plan", "router", "plan less router")
    for name, taxable in (("sold in sheltered accounts", False), ("sold in taxable accounts", True)):
        table.add_row(
            name, *(f"{_sold(household, each, taxable=taxable):,.2f}" for each in (plan, router)), style="dim"
        )
    nothing = plan.baselines.get("nothing")
    money, penalized = parts_shown(plan, router)
    for part in money:
        table.add_row(PARTS[part], *_against(plan.parts[part], router.parts[part]))
    if penalized:
        sums = penalties(plan.parts), penalties(router.parts)
        table.add_row("money", *_against(plan.objective - sums[0], router.objective - sums[1]), style="bold")
        for part in penalized:
            table.add_row(PARTS[part], *_against(plan.parts[part], router.parts[part]))
        table.add_row("penalties", *_against(*sums), style="bold")
    table.add_row("in all", *_against(plan.objective, router.objective), style="bold")
    if nothing is not None:
        table.add_row("doing nothing, all penalties", f"{nothing:,.2f}", "", "", style="dim")
    return [table, *(Text(note, style="dim") for note in notes_on([*money, *penalized]))]


def _sold(household: Household, plan: Plan, *, taxable: bool) -> float:
    """Dollars sold in one kind of account."""
    sales = (trade for trade in plan.trades if trade.side == "sell")
    return sum(trade.proceeds for trade in sales if household.account[trade.account].taxable == taxable)


def _against(plan: float, router: float) -> tuple[str, str, str]:
    less = plan - router
    return f"{plan:,.2f}", f"{router:,.2f}", f"{less:+,.2f}" if abs(less) >= HALF_A_CENT else "0.00"


def _blocked(plan: Plan) -> list[RenderableType]:
    lines: list[RenderableType] = []
    for item in plan.blocked:
        what = blocked_in_words(item)
        lines.append(Text(f"{what}, until {item.until}" if item.until else what, style="yellow"))
        lines.append(_indented(Text(item.text, style="dim"), 5))
    return lines


def _wait(wait: Wait) -> Text:
    style = "yellow" if wait.sold else "dim"
    return Text(wait_in_words(wait), style=style)


def _first(lines: list[Text]) -> list[RenderableType]:
    """The first lines, and how many more there are."""
    more = [Text(f"and {len(lines) - SHOWN} more (--json has all)", style="dim")] if len(lines) > SHOWN else []
    return [*lines[:SHOWN], *more]


def _proof(plan: Plan) -> Text:
    """The certificate in a sentence."""
    proven, known = plan.certificate.status in ("optimal", "within_rounding"), plan.certificate.gap is not None
    return Text(proof(plan.certificate), style="yellow" if not known else "bold green" if proven else "bold yellow")


def _table(*columns: str) -> Table:
    """A plain table: the first column to the left, numbers to the right."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position == 0 else "right", no_wrap=True)
    return table


def _indented(content: RenderableType, by: int) -> Padding:
    return Padding(content, (0, 0, 0, by), expand=False)


def _dollars(amount: float) -> str:
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"
