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
from .identity import likeness, same_index, undeclared
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
    WashWindow,
)
from .policy import Drift, Limit, Limits, Policy
from .rates import marginal_rates, usual_rates
from .schedule_d import Netting, carryover, loss_limit, net
from .tax_bill import TaxBill, Taxes, tax_bill, taxes
from .tax_year import years
from .taxpayer import FlatRates, OtherIncome, Taxpayer
from .wash_history import wash_history
from .wash_sales import Dealing, WashSales
from .wash_states import Coverage, WashState, coverage, wash_states

__all__ = [
    "Account",
    "Blocked",
    "Certificate",
    "ClassWeight",
    "Coverage",
    "Dealing",
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
    "WashSales",
    "WashState",
    "WashWindow",
    "carryover",
    "coverage",
    "days_to_long_term",
    "first_long_term_date",
    "holding_term",
    "later_years",
    "likeness",
    "loss_limit",
    "marginal_rates",
    "net",
    "read_book",
    "same_index",
    "tax_bill",
    "taxes",
    "undeclared",
    "usual_rates",
    "wash_history",
    "wash_states",
    "write_book",
    "years",
]
