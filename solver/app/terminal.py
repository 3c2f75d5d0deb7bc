"""The plan as an advisor reads it in a terminal: drift, trades with reasons, tax, the router's plan beside it, the
proof.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ...models import (
    ClassWeight,
    FactorExposure,
    Household,
    LimitUse,
    LossStatus,
    Plan,
    Reason,
    SecurityWeight,
    Trade,
    Wait,
    WashWindow,
)
from ...models.plan.statements import MONEY, NOTES, PARTS, penalties
from ...models.tax.tax_bill import LINES

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
    "total",
    "short_carryforward",
    "long_carryforward",
)
"""The lines of a bill that are shown; `TaxBill.beside` shows the others too."""


HALF_A_CENT = 0.005
"""Dollars that are printed as 0.00."""

MOST_PLACES = 4
"""Decimals of a percentage: a millionth of the household."""

BY_ROUNDING = 5e-5
"""How far outside its band, as a weight, the rounding of orders may leave a class or a name."""

ROUNDED = 1e-9
"""How far a weight with few decimals may be from itself rounded to them."""

SHOWN = 10
"""The most names, windows or losses that a section lists."""


Banded = ClassWeight | FactorExposure | SecurityWeight


def print_plan(console: Console, household: Household, plan: Plan, router: Plan) -> None:
    """Print a plan to a console, with the router's plan beside it."""
    title = f"{plan.household}, {plan.trade_date:%B} {plan.trade_date.day}, {plan.trade_date.year}"
    console.print(
        Text(f"{title}: {_dollars(plan.market_value)} in {_count(len(household.accounts), 'account')}", style="bold")
    )
    sections: list[tuple[str, list[RenderableType]]] = [
        ("Asset classes, % of the household", [_classes(plan), *_outside_bands(plan)]),
        ("Trades", _trades(household, plan)),
        ("Tax on gains" if household.taxpayer.rates else "Tax this year", [_bills(plan), *_marginal(plan)]),
        ("The plan beside the router's, in dollars", _comparison(household, plan, router)),
    ]
    flows = [Text(f"{flow.account}: {flow.text}") for flow in plan.money_flows if flow.text]
    if flows:
        sections.insert(1, ("Money in and out", [*flows]))
    if plan.factors or plan.names:
        sections.insert(1, ("The direct-index sleeve" if plan.names else "Factors", _sleeve(plan)))
    extra: list[tuple[str, list[RenderableType]]] = [
        ("Blocked today", _blocked(plan)),
        ("Soon long-term", [_wait(wait) for wait in plan.waits]),
        ("Limits", [_limit(use) for use in plan.limits]),
    ]
    if plan.wash_windows:
        sections.append(("After these trades", _first([_window(window) for window in plan.wash_windows])))
    washed = [_washed(state) for state in plan.loss_statuses if state.state != "allowed"]
    if washed:
        sections.append(("Losses that may be disallowed", _first(washed)))
    if plan.warnings:
        sections.append(("Not in this bill", [Text(warning, style="yellow") for warning in plan.warnings]))
    place = next(i for i, (heading, _) in enumerate(sections) if heading == "Trades") + 1
    sections[place:place] = [(heading, lines) for heading, lines in extra if lines]
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
    places = _places(plan, plan.classes)
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
        table, places = _table("factor", "band", "before", "after"), _places(plan, plan.factors)
        for row in plan.factors:
            table.add_row(row.factor, *_against_band(plan, row, places))
        lines.append(table)
    if plan.names:
        value, places = plan.target_value, _places(plan, plan.names, least=2)
        off = {when: [row for row in plan.names if _outside(getattr(row, when) / value, row, places)] if value else []
               for when in ("before", "after")}  # fmt: skip
        words = f"{len(plan.names)} names, outside their bands: {len(off['before'])} before, {len(off['after'])} after"
        lines.append(Text(words))
        worst = sorted(off["after"], key=lambda row: -max(row.after - row.upper * value, row.lower * value - row.after))
        if worst:
            table = _table("name", "target", "band", "before", "after")
            for name in worst[:SHOWN]:
                table.add_row(name.symbol, f"{name.target:.{places}%}", *_against_band(plan, name, places))
            lines.append(table)
    return lines


def _places(plan: Plan, rows: Sequence[Banded], least: int = 1) -> int:
    """How many decimals of a percentage a table needs, four at most.

    They show every end of a band and every target exactly, and a weight outside its band as outside.
    """
    value = plan.target_value
    for places in range(least, MOST_PLACES):
        ends = [getattr(row, name, 0.0) for row in rows for name in ("target", "lower", "upper")]
        exact = all(abs(round(end, places + 2) - end) < ROUNDED for end in ends)
        weights = [(dollars / value, row) for row in rows for dollars in (row.before, row.after)] if value else []
        if exact and all(_outside(*each, places) for each in weights if _outside(*each, MOST_PLACES, BY_ROUNDING)):
            return places
    return MOST_PLACES


def _against_band(plan: Plan, row: Banded, places: int) -> tuple[str, Text, Text]:
    """Band, weight before and weight after."""
    value = plan.target_value
    before, after = (row.before / value, row.after / value) if value else (0.0, 0.0)
    band = f"{row.lower:.{places}%} to {row.upper:.{places}%}"
    return band, _weight(before, row, places), _weight(after, row, places)


def _outside(weight: float, row: Banded, places: int, by: float = 0.0) -> bool:
    """Whether a weight, as it is printed, is outside its band as that is printed, by more than `by`."""
    printed, lower, upper = (float(f"{each:.{places}%}"[:-1]) for each in (weight, row.lower, row.upper))
    return printed < lower - 100 * by or printed > upper + 100 * by


def _weight(weight: float, row: Banded, places: int) -> Text:
    """A weight, marked if it is outside its band."""
    outside = _outside(weight, row, places)
    return Text(f"{weight:.{places}%}{' !' if outside else '  '}", style="red" if outside else "green")


def _trades(household: Household, plan: Plan) -> list[RenderableType]:
    if not plan.trades:
        return [Text("none: nothing is worth trading today")]
    cells = [
        (
            trade.side,
            f"{trade.quantity:,.6f}".rstrip("0").rstrip("."),
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
    words = trade.reason.text or f"{trade.reason.code.replace('_', ' ').capitalize()}."
    if trade.reason.next_best_costs is not None:
        words += f" {_without(trade)}"
    return _indented(figures, 2), _indented(Text(words, style="dim"), 7)


def _without(trade: Trade) -> str:
    """What the best plan found without a trade would do instead, and what that costs more, in a sentence."""
    reason = trade.reason
    least = reason.next_best_at_least or 0.0
    proven = f" (every plan without it: at least ${least:,.2f})" if least >= HALF_A_CENT else ""
    order = "sale" if trade.side == "sell" else "purchase"
    return (
        f"Without this {order}, solved again, the plan would {reason.next_best} and cost about {_more(reason)}{proven}."
    )


def _more(reason: Reason) -> str:
    """What the plan without a trade costs more: money and penalties apart, because nobody pays a penalty."""
    penalized = reason.next_best_penalties or 0.0
    money = (reason.next_best_costs or 0.0) - penalized
    more, charged = (f"${abs(each):,.2f} {'more' if each >= 0 else 'less'}" for each in (money, penalized))
    return more if abs(penalized) < HALF_A_CENT else f"{more} in money and {charged} in penalties"


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
    if not plan.marginal:
        return []
    rates = {(row.term, row.when): row for row in plan.marginal}
    lines: list[RenderableType] = []
    for term in ("short", "long"):
        before, after = rates[term, "before"], rates[term, "after"]
        was = "" if before.rate == after.rate else f" (before the plan {before.rate:.1%})"
        lines.append(Text(f"Next $1,000 of {term}-term gain: {after.rate:.1%}{was}. {after.text}", style="dim"))
    return [Text(""), *lines]


def _comparison(household: Household, plan: Plan, router: Plan) -> list[RenderableType]:
    """Where the two plans sell, and their objectives part by part: money, then penalties, each with its sum."""
    table = _table("", "plan", "router", "plan less router")
    for name, taxable in (("sold in sheltered accounts", False), ("sold in taxable accounts", True)):
        table.add_row(
            name, *(f"{_sold(household, each, taxable=taxable):,.2f}" for each in (plan, router)), style="dim"
        )
    nothing = plan.baselines.get("nothing")
    shown = [part for part in PARTS if plan.parts[part] or router.parts[part]]
    penalized = [part for part in shown if part not in MONEY]
    for part in (part for part in shown if part in MONEY):
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
    notes = [f"{PARTS[part]}: {NOTES[part]}." for part in shown if part in NOTES]
    notes.append("in all: what the plan makes least, money and penalties; nobody pays a penalty.")
    return [table, *(Text(note, style="dim") for note in notes)]


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
        what = f"{item.account}: {item.symbol} lot {item.lot}" if item.lot else f"buying {item.symbol}"
        lines.append(Text(f"{what}, until {item.until}" if item.until else what, style="yellow"))
        lines.append(_indented(Text(item.text, style="dim"), 5))
    return lines


def _wait(wait: Wait) -> Text:
    style = "yellow" if wait.sold else "dim"
    return Text(f"{wait.account}: {wait.symbol} lot {wait.lot}. {wait.text}", style=style)


def _first(lines: list[Text]) -> list[RenderableType]:
    """The first lines, and how many more there are."""
    more = [Text(f"and {len(lines) - SHOWN} more (--json has all)", style="dim")] if len(lines) > SHOWN else []
    return [*lines[:SHOWN], *more]


def _washed(state: LossStatus) -> Text:
    return Text(f"{state.account}: {state.symbol} lot {state.lot}. {state.text} {state.rule}.", style="yellow")


def _window(window: WashWindow) -> Text:
    what = "Do not buy" if window.rule == "do_not_buy" else "Do not sell at a loss:"
    return Text(f"{what} {', '.join(window.symbols)} before {window.until}; {window.cause}.", style="dim")


def _limit(use: LimitUse) -> Text:
    return Text(f"{use.name.replace('_', ' ')}: {use.text}", style="yellow" if use.binding else "dim")


def _proof(plan: Plan) -> Text:
    """The certificate in a sentence."""
    certificate = plan.certificate
    if certificate.gap is None:
        how = certificate.detail or "nothing is proven about its price"
        return Text(f"{certificate.status}: found by the {certificate.method}; {how}.", style="yellow")
    relative = "" if certificate.gap_bp is None else f" ({certificate.gap_bp:.4f} bp of the household)"
    limit = f" The {certificate.limit} limit stopped the search." if certificate.limit else ""
    rounded = f", ${certificate.rounding:,.2f} of it rounding to shares and cents" if certificate.rounding else ""
    asked = f"; {certificate.gap_asked_bp:g} bp was asked for" if certificate.status == "within_rounding" else ""
    found = f"no plan is better than this one by more than ${certificate.gap:,.2f}{relative}{rounded}{asked}"
    text = f"{certificate.status.replace('_', ' ')}: {found}."
    style = "bold green" if certificate.status in ("optimal", "within_rounding") else "bold yellow"
    kinks = ""
    if certificate.tax_binaries:
        kinks = f" ({_count(certificate.tax_binaries, 'choice')} for kinks of the tax)"
    how = f"Found by {certificate.method}{kinks} in {certificate.seconds:.2f} s."
    scope = f" {certificate.scope}" if certificate.scope else ""
    return Text(f"{text}{limit}{scope} {how}", style=style)


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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
