"""Taxpayers at random, with an income that puts a kink of the year's law in the household's reach."""

from decimal import Decimal

from random_numbers import TRADE_DATE, down, pick, rounded

from lotroute.models import Taxpayer, holding_term, loss_limit, net, taxes
from lotroute.models.tax.tax_year import tax_year

AIMS = (
    "rest at an ordinary top",
    "all at an ordinary top",
    "a gain top",
    "line 25",
    "the investment threshold",
    "investment income",
    "the deduction",
    "negative income",
    "no income",
    "minimum tax",
    "the exemption",
    "its phase-out",
    "its end",
    "beyond its end",
    "no kink",
)
"""The kinks of a year's law, one of which is put in a household's reach."""


def bracket_taxpayer(rng, payer, accounts, funds):
    """A taxpayer with a year's law in place of flat rates, and an income that puts a kink in the household's reach."""
    so_far = ("short_carryforward", "long_carryforward", "realized_short", "realized_long")
    kept = {name: payer[name] for name in so_far}
    if rng.random() < 0.7:  # gains so far that losses offset, so that something is taxed
        short, _, long, _ = _gains(accounts, funds)
        realized = (rounded(-rng.uniform(0, 1.5) * loss) for loss in (short, long))
        kept = dict(zip(so_far, (0.0, 0.0, *realized), strict=True))
    there, size = _somewhere(rng, kept, accounts, funds), sum(map(abs, _gains(accounts, funds)))
    drawn = sum(account["withdrawal"] for account in accounts if account["kind"] in ("traditional", "401k"))
    return kept | year_and_income(rng, payer["filing_status"], there, size=size, drawn=drawn)


def year_and_income(rng, status, there, *, size, drawn=0.0, aim=None):
    """A year's law, and an income that puts a kink of it at `there`, a pair of S and L.

    `size` is dollars of gains, and other income is sometimes of that size; `drawn` is what is withdrawn from
    traditional accounts; `aim` is one of AIMS.
    """
    year, aim = pick(rng, (2024, 2025, 2026)), aim or pick(rng, AIMS)
    money = lambda most: down(pick(rng, (0.0, 0.0, rng.random() * most, min(size, most))))  # noqa: E731
    if aim == "no income":
        money = lambda most: 0.0  # noqa: E731
    interest, dividends = money(30_000), money(60_000)
    given = {
        "filing_status": status,
        "year": year,
        "interest": interest,
        "ordinary_dividends": dividends,
        "qualified_dividends": down(dividends * pick(rng, (0.0, rng.random(), 1.0))),
        "other_income": {"roth_conversion": money(50_000), "bonus": money(20_000)},
        "state_rate": pick(rng, (0.0, 0.05, 0.093, 0.123)),
    }
    if rng.random() < 0.3:
        given["state_long_rate"] = pick(rng, (0.0, 0.03, 0.07))
    if rng.random() < 0.4 or aim in ("minimum tax", "the exemption"):
        given["deduction"] = down(rng.uniform(0, 90_000))
        given["minimum_tax_additions"] = down(pick(rng, (0.0, 0.5, 1.0)) * given["deduction"])
    if rng.random() < 0.1:  # as from the spread of options
        given["minimum_tax_additions"] = down(rng.uniform(0, 300_000))
    return _aimed(rng, aim, given, there, drawn)


def _aimed(rng, aim, given, there, drawn):
    """The taxpayer with the ordinary income, or the deductions, that put the kink at `there`, a pair of S and L."""
    law = tax_year(given["year"], given["filing_status"])
    netting = net(*there, loss_limit(given["filing_status"]))
    capital = netting.ordinary + netting.preferential - netting.loss_used
    known = Decimal(given["interest"]) + Decimal(given["ordinary_dividends"]) + Decimal(drawn)
    known += capital + sum(map(Decimal, given["other_income"].values()))
    deduction = law.standard_deduction if "deduction" not in given else Decimal(given["deduction"])
    added = Decimal(given.get("minimum_tax_additions", 0.0)) + ("deduction" not in given) * deduction
    preferred = netting.preferential + Decimal(given["qualified_dividends"])
    start, gone = law.phase_out_start, law.phase_out_start + law.exemption / law.phase_out_rate
    investments = Decimal(given["interest"]) + Decimal(given["ordinary_dividends"]) + capital
    taxable = {
        "rest at an ordinary top": pick(rng, law.ordinary_tops) + preferred,
        "all at an ordinary top": pick(rng, law.ordinary_tops),
        "a gain top": pick(rng, law.gain_tops),
        "line 25": law.gain_tops[0] + preferred,
        "the investment threshold": law.investment_threshold - deduction,
        "investment income": law.investment_threshold - deduction + max(investments, Decimal(0)),
        "the deduction": Decimal(0),
        "negative income": -Decimal(rng.uniform(0, 5000)),
        "no income": capital - deduction + Decimal(rng.uniform(0, 3000)),
        "minimum tax": Decimal(rng.uniform(50_000, 600_000)),
        "the exemption": law.exemption - added,
        "its phase-out": start - added,
        "its end": gone - added,
        "beyond its end": gone + law.exemption / law.phase_out_rate - added,
        "no kink": Decimal(10 ** rng.uniform(4, 6)),
    }[aim]
    if rng.random() < 0.1:
        taxable = round(taxable, -2)
    ordinary = taxable + deduction - known
    if ordinary < 0:  # deduct more instead
        given["deduction"], ordinary = rounded(deduction - ordinary), 0
    given["ordinary_income"] = max(0.0, rounded(ordinary))
    if aim == "minimum tax":
        given["minimum_tax_additions"] = _additions(given, there)
    return given


def _additions(given, there):
    """The additions of Form 6251 at which the minimum tax begins at `there`, found by bisection."""
    low, high = 0.0, 2e6
    while high - low > 0.01:
        middle = (low + high) / 2
        payer = Taxpayer.model_validate(given | {"minimum_tax_additions": middle})
        low, high = (low, middle) if taxes(payer, *there).form.minimum_tax > 0 else (middle, high)
    return rounded(high)


def _gains(accounts, funds):
    """Short-term losses and gains, then long-term losses and gains, of the taxable lots."""
    price, found = {fund["symbol"]: fund["price"] for fund in funds}, dict.fromkeys(range(4), 0.0)
    for lot in (lot for account in accounts if account["kind"] == "taxable" for lot in account["lots"]):
        gain = lot["quantity"] * (price[lot["symbol"]] - lot["basis_per_share"])
        found[2 * (holding_term(lot["acquired"], TRADE_DATE) == "long") + (gain > 0)] += gain
    return list(found.values())


def _somewhere(rng, payer, accounts, funds):
    """S and L somewhere in the household's reach: 1 % of all sold, some part of all, or some part of each kind."""
    parts = pick(rng, ([0.01] * 4, [rng.random()] * 4, rng.random(4).tolist()))
    losses_and_gains = _gains(accounts, funds)
    short, long = (sum(parts[k] * losses_and_gains[k] for k in pair) for pair in ((0, 1), (2, 3)))
    short += payer["realized_short"] - payer["short_carryforward"]
    long += payer["realized_long"] - payer["long_carryforward"]
    return Decimal(short), Decimal(long)
