"""What an audit finds that trades come to, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ...models.schema.money import ZERO

if TYPE_CHECKING:
    from ...models.schema.ordered import Ordered
    from .bill import Lines
    from .findings import Finding
    from .ledger import Term
    from .wash import AfterPlan

Place = tuple[str, str, str]
"""An order: account id, symbol and side."""

UNITS = (
    "short_gain",
    "long_gain",
    "net_gain",
    "gain_share",
    "loss",
    "bill",
    "added_tax",
    "turnover",
    "trades",
)
"""The limits on amounts, in the order in which a plan states them."""


class Result(NamedTuple):
    """What a trade does: cash in (negative: out) before commission; gain and term of a taxable sale."""

    proceeds: Decimal
    gain: Decimal | None = None
    term: Term | None = None
    exact_gain: Decimal | None = None
    """The gain before it is rounded to the cent."""


class Band(NamedTuple):
    """A class, a factor or a name, with its band in fractions of V and its dollars."""

    kind: str
    name: str
    target: Decimal | None
    lower: Decimal
    upper: Decimal
    before: Decimal
    after: Decimal

    def outside(self, value: Decimal) -> Decimal:
        """Dollars outside the band after the trades. `value` is V."""
        return max(self.after - self.upper * value, self.lower * value - self.after, ZERO)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A rule that demands a result, and the dollars (or orders) by which the trades miss it."""

    rule: str
    where: str
    amount: Decimal


@dataclass(slots=True)
class Evaluation:
    """What trades come to. Amounts are in dollars."""

    trades: Sequence[Ordered]
    results: Sequence[Result]
    cash: Mapping[str, Decimal]
    left: Mapping[tuple[str, str], Decimal]
    """Shares left of each lot that is sold from, by account and lot id."""
    bands: Sequence[Band]
    bill_before: Lines
    bill_after: Lines
    used: Mapping[str, Decimal]
    """What each limit limits, in its unit."""
    parts: Mapping[str, Decimal]
    """The parts of the objective, each rounded to the cent."""
    unrounded: Mapping[str, Decimal]
    """The same, not rounded."""
    slack: Decimal
    """Dollars by which orders in millionths of shares and in cents may miss what dollars would reach."""
    undersized: Mapping[Place, Decimal]
    """Orders below the minimum trade, and the dollars missing."""
    after: AfterPlan
    """The wash-sale ledgers after the plan."""
    shortfalls: Sequence[Shortfall] = ()
    findings: Sequence[Finding] = field(default_factory=tuple)
    """The rules that the trades break, apart from the shortfalls."""
    violation: Decimal = ZERO
    """All shortfalls together (docs/formulation.md, Elastic rows), in dollars."""

    @property
    def objective(self) -> Decimal:
        """The sum of the parts."""
        return sum(self.parts.values(), ZERO)
