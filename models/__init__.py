"""What is known: the household on its trade date, the policy, the plan, and the law. Imports nothing from the
solver.
"""

from .book import read_book, write_book
from .faults import Fault, InputError
from .holding_period import days_to_long_term, first_long_term_date, holding_term
from .household import (
    Account,
    FactorTarget,
    Household,
    Lot,
    RecentTrade,
    Restriction,
    ScheduledBuy,
    Security,
    SecurityTarget,
    Target,
)
from .plan import (
    Blocked,
    Certificate,
    ClassWeight,
    FactorExposure,
    LimitUse,
    Plan,
    Reason,
    SecurityWeight,
    Trade,
    Violation,
    Wait,
)
from .policy import Drift, Limit, Limits, Policy
from .schedule_d import Netting, carryover, loss_limit, net
from .tax_bill import TaxBill, tax_bill
from .taxpayer import FlatRates, Taxpayer

__all__ = [
    "Account",
    "Blocked",
    "Certificate",
    "ClassWeight",
    "Drift",
    "FactorExposure",
    "FactorTarget",
    "Fault",
    "FlatRates",
    "Household",
    "InputError",
    "Limit",
    "LimitUse",
    "Limits",
    "Lot",
    "Netting",
    "Plan",
    "Policy",
    "Reason",
    "RecentTrade",
    "Restriction",
    "ScheduledBuy",
    "Security",
    "SecurityTarget",
    "SecurityWeight",
    "Target",
    "TaxBill",
    "Taxpayer",
    "Trade",
    "Violation",
    "Wait",
    "carryover",
    "days_to_long_term",
    "first_long_term_date",
    "holding_term",
    "loss_limit",
    "net",
    "read_book",
    "tax_bill",
    "write_book",
]
