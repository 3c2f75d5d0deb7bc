"""Hypothesis strategies for households: whatever is drawn is valid, so nothing is filtered out."""

from datetime import date, timedelta

from hypothesis import strategies as st

from lotroute.models import Household, InputError, Policy
from lotroute.solver.formulation.problem import build_problem

TRADE_DATE = date(2026, 6, 15)
ODD = st.sampled_from([0.1 + 0.2, 1 / 3, 0.01, 1e-7, 1e5, 12345.6789])
POSITIVE = ODD | st.floats(0.001, 1e5)
AMOUNTS = st.just(0.0) | POSITIVE
FRACTIONS = st.sampled_from([0.0, 1.0, 0.1 + 0.2, 0.5]) | st.floats(0, 1)
MAYBE_FRACTIONS = st.none() | FRACTIONS
SYMBOLS = st.sampled_from(["VTI", "BND", "NA", "null", "1E5", "007", "True", "BRK.B", "#1", "-"])
"""Symbols that a table might read as a number, a boolean, a comment or an empty cell."""
NAMES = st.sampled_from(["joint", "Ann's IRA, old", '"quoted"', "401(k)", "007", "nan", "Zoë 漢字", "a.b"])
PAST = st.integers(0, 9000).map(lambda days: TRADE_DATE - timedelta(days))
FACTORS = st.sampled_from(["tech", "beta", "1E5", "health care", "Größe"])
LOADINGS = st.sampled_from([1.0, 0.0, -0.5, 0.1 + 0.2]) | st.floats(-1000, 1000)
ELSEWHERE = st.sampled_from(["spouse", "1E5", "NA", "Max's 401(k), old", "#1", "null"])
PEOPLE = st.sampled_from(["ann", "1E5", "Max, the elder"])
BIRTHDAYS = st.dates(date(1920, 1, 1), date(1985, 12, 31))
FUTURE = st.integers(0, 60).map(lambda days: TRADE_DATE + timedelta(days))

EARNING = st.fixed_dictionaries({}, optional={"compensation": AMOUNTS, "covered_by_plan": st.booleans()})
RATES = st.fixed_dictionaries(
    {"short": FRACTIONS, "long": FRACTIONS},
    optional={
        "state": FRACTIONS,
        "surtax": FRACTIONS,
        "carried_short": MAYBE_FRACTIONS,
        "carried_long": MAYBE_FRACTIONS,
    },
)
TAXPAYERS = st.fixed_dictionaries(
    {"rates": RATES},
    optional={
        "filing_status": st.sampled_from(["single", "married_jointly", "head_of_household", "married_separately"]),
        "short_carryforward": AMOUNTS,
        "long_carryforward": AMOUNTS,
        "realized_short": st.floats(-1e6, 1e6),
        "realized_long": st.floats(-1e6, 1e6),
    },
)


@st.composite
def securities(draw, symbol):
    stock = draw(FRACTIONS)
    exposures = st.sampled_from(["stock", {"bond": 1.0}, {"stock": stock, "bond": 1 - stock}])
    optional = {
        "name": NAMES,
        "identity_group": NAMES,
        "half_spread": st.floats(0, 0.5),
        "factors": FACTORS | st.dictionaries(FACTORS, LOADINGS, max_size=3),
        "ordinary_yield": FRACTIONS,
        "qualified_yield": FRACTIONS,
    }
    required = {"symbol": st.just(symbol), "price": POSITIVE, "exposures": exposures}
    fee = {"redemption_fee": st.floats(0.0001, 0.4), "redemption_days": st.integers(1, 36_500)}
    fees = st.just({}) | st.fixed_dictionaries(fee)
    return draw(st.fixed_dictionaries(required, optional=optional)) | draw(fees)


@st.composite
def targets(draw):
    stock = draw(st.floats(0.01, 0.5))
    cash = draw(st.just(0.0) | st.floats(0.001, 0.4))
    weights = {"stock": stock, "bond": 1 - stock - cash} | ({"cash": cash} if cash else {})
    items = []
    for asset_class, weight in weights.items():
        bands = {"lower": weight * draw(FRACTIONS), "upper": min(1.0, weight + draw(FRACTIONS))}
        items.append({"asset_class": asset_class, "weight": weight} | draw(st.sampled_from([{}, bands])))
    return items


@st.composite
def security_targets(draw, symbols):
    """Security targets whose weights sum to at most 1, some with a band of their own."""
    items = []
    for symbol in draw(st.lists(st.sampled_from(symbols), unique=True)):
        weight = draw(FRACTIONS) / len(symbols)
        bands = {"lower": weight * draw(FRACTIONS), "upper": min(1.0, weight + draw(FRACTIONS))}
        items.append({"symbol": symbol, "weight": weight} | draw(st.sampled_from([{}, bands])))
    return items


@st.composite
def factor_targets(draw, factors):
    items = []
    for factor in draw(st.lists(st.sampled_from(factors), unique=True)) if factors else []:
        lower, upper = sorted([draw(LOADINGS), draw(LOADINGS)])
        items.append({"factor": factor, "lower": lower, "upper": upper})
    return items


@st.composite
def restrictions(draw, holders, symbols):
    """Restrictions of every rule; keep only if there is a lot."""
    account = st.none() | st.sampled_from([holder["id"] for holder in holders])
    rule = st.sampled_from(["no_buy", "no_sell", "do_not_hold"])
    about = st.fixed_dictionaries({"rule": rule, "symbol": st.sampled_from(symbols)}, optional={"account": account})
    held = [(holder["id"], lot["id"]) for holder in holders for lot in holder["lots"]]
    keep = [{"rule": "keep", "account": holder, "lot": lot} for holder, lot in held]
    rules = ("no_buy", "no_sell", "do_not_hold", "keep", "no_withdrawal", "no_contribution")
    whole = [{"rule": rule, "account": holder["id"]} for rule in rules for holder in holders]
    return draw(st.lists(about | st.sampled_from([*whole, *keep]), max_size=4))


@st.composite
def lots(draw, name, symbols, *, taxable):
    known = {"basis_per_share": AMOUNTS, "acquired": PAST}
    required = {"id": st.just(name), "symbol": st.sampled_from(symbols), "quantity": AMOUNTS}
    return draw(st.fixed_dictionaries(required | known) if taxable else st.fixed_dictionaries(required, optional=known))


@st.composite
def accounts(draw, name, symbols):
    """Withdrawals take at most half of the cash, minimums at most half of the rest; contributions cover debits."""
    kind = draw(st.sampled_from(["taxable", "traditional", "roth", "hsa", "401k"]))
    menu = draw(st.none() | st.lists(st.sampled_from(symbols), unique=True))
    allowed = symbols if menu is None else menu
    contribution = draw(AMOUNTS)
    cash = draw(st.floats(-contribution / 2, 1e6))
    withdrawal = (cash + contribution) / 2 * draw(FRACTIONS)
    minimum_cash = (cash + contribution - withdrawal) / 2 * draw(FRACTIONS)
    lot_names = draw(st.lists(NAMES, unique=True, max_size=4)) if allowed else []
    return {
        "id": name,
        "kind": kind,
        "cash": cash,
        "contribution": contribution,
        "withdrawal": withdrawal,
        "minimum_cash": minimum_cash,
        "maximum_cash": draw(st.none() | st.floats(minimum_cash, 1e7)),
        "whole_shares": draw(st.booleans()),
        "commission": draw(AMOUNTS),
        "accounting_method": draw(st.sampled_from(["specific", "fifo", "lifo", "hifo"])),
        "average_cost": draw(st.lists(st.sampled_from(symbols), unique=True)),
        "menu": menu,
        "lots": [draw(lots(lot, allowed, taxable=kind == "taxable")) for lot in lot_names],
    } | draw(ownership(kind, contribution))


@st.composite
def ownership(draw, kind, contribution):
    """Whose an account is: fields that go with its kind. Only an account without a contribution is inherited."""
    owner = draw(st.none() | PEOPLE)
    registrations = ["individual"] + (["joint", "trust"] if kind == "taxable" else [])
    if kind not in ("taxable", "hsa"):
        saved = {"last_year_end_value": st.none() | AMOUNTS, "withdrawn": AMOUNTS}
        saved |= {"required_distribution": AMOUNTS} if owner else {}
        saved = draw(st.fixed_dictionaries({}, optional=saved))
        if contribution == 0 and draw(st.booleans()):
            kinds = st.sampled_from(["spouse", "minor_child", "disabled", "close_in_age", "other", "estate"])
            origin = {"died": PAST, "owner_born": BIRTHDAYS, "beneficiary": kinds}
            inherited = draw(st.fixed_dictionaries(origin))
            return saved | {"registration": "inherited", "inherited": inherited, "owner": draw(PEOPLE)}
        more = {"contributed": AMOUNTS, "contribution_room": st.none() | AMOUNTS}
        more |= {"roth_basis": AMOUNTS} if kind == "roth" else {}
        saved |= draw(st.fixed_dictionaries({}, optional=more))
        if owner is None:
            saved.pop("required_distribution", None)  # where it may come from goes by the owner's age
        return saved | {"owner": owner}
    return {"owner": owner, "registration": draw(st.sampled_from(registrations))}


@st.composite
def households(draw):
    symbols = draw(st.lists(SYMBOLS, unique=True, min_size=1, max_size=4))
    names = draw(st.lists(NAMES, unique=True, min_size=1, max_size=4))
    place = {"account": st.sampled_from(names), "symbol": st.sampled_from(symbols)}
    side = st.sampled_from(["buy", "sell", "option"])
    trade = st.fixed_dictionaries(
        place | {"side": side, "date": PAST, "quantity": POSITIVE}, optional={"gain": st.none() | st.floats(-1e6, 1e6)}
    )
    buy = st.fixed_dictionaries(place | {"date": FUTURE}, optional={"quantity": st.none() | POSITIVE})
    holders = [draw(accounts(name, symbols)) for name in names]
    funds = [draw(securities(symbol)) for symbol in symbols]
    loadings = [fund.get("factors", {}) for fund in funds]
    factors = sorted({name for part in loadings for name in ([part] if isinstance(part, str) else part)})
    return Household(
        id=draw(NAMES),
        trade_date=TRADE_DATE,
        taxpayer=draw(TAXPAYERS),
        accounts=holders,
        securities=funds,
        targets=draw(targets()),
        recent_trades=draw(st.lists(trade, max_size=3)),
        scheduled_buys=draw(st.lists(buy, max_size=3)),
        security_targets=draw(security_targets(symbols)),
        factor_targets=draw(factor_targets(factors)),
        people=[{"id": name, "born": draw(BIRTHDAYS)} | draw(EARNING) for name in ("ann", "1E5", "Max, the elder")],
        restrictions=draw(restrictions(holders, symbols)),
        same_index=draw(st.booleans()),
        accounts_elsewhere=draw(st.lists(ELSEWHERE, unique=True, max_size=3)),
    )


def payable(home):
    """Whether a household's required distributions are known and can be paid today; `solve` refuses any other."""
    try:
        build_problem(home, Policy())
    except InputError:
        return False
    return True
