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
from .later_years import LaterYears, later_years
from .plan import (
    Blocked,
    Certificate,
    ClassWeight,
    FactorExposure,
    LimitUse,
    MarginalRate,
    Plan,
    Reason,
    SecurityWeight,
    Trade,
    Violation,
    Wait,
)
from .policy import Drift, Limit, Limits, Policy
from .rates import marginal_rates, usual_rates
from .schedule_d import Netting, carryover, loss_limit, net
from .tax_bill import TaxBill, Taxes, tax_bill, taxes
from .tax_year import years
from .taxpayer import FlatRates, OtherIncome, Taxpayer

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
    "LaterYears",
    "Limit",
    "LimitUse",
    "Limits",
    "Lot",
    "MarginalRate",
    "Netting",
    "OtherIncome",
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
    "Taxes",
    "Taxpayer",
    "Trade",
    "Violation",
    "Wait",
    "carryover",
    "days_to_long_term",
    "first_long_term_date",
    "holding_term",
    "later_years",
    "loss_limit",
    "marginal_rates",
    "net",
    "read_book",
    "tax_bill",
    "taxes",
    "usual_rates",
    "write_book",
    "years",
]
