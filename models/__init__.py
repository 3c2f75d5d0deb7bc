"""What is known: the household on its trade date, the policy, the plan, and the law. Imports nothing from the
solver.
"""

from .faults import Fault, InputError
from .holding_period import days_to_long_term, first_long_term_date, holding_term
from .household import Account, Household, Lot, RecentTrade, ScheduledBuy, Security, Target
from .plan import Blocked, Certificate, ClassWeight, Plan, Reason, Trade, Violation
from .policy import Drift, Policy
from .schedule_d import Netting, carryover, loss_limit, net
from .tax_bill import TaxBill, tax_bill
from .taxpayer import FlatRates, Taxpayer

__all__ = [
    "Account",
    "Blocked",
    "Certificate",
    "ClassWeight",
    "Drift",
    "Fault",
    "FlatRates",
    "Household",
    "InputError",
    "Lot",
    "Netting",
    "Plan",
    "Policy",
    "Reason",
    "RecentTrade",
    "ScheduledBuy",
    "Security",
    "Target",
    "TaxBill",
    "Taxpayer",
    "Trade",
    "Violation",
    "carryover",
    "days_to_long_term",
    "first_long_term_date",
    "holding_term",
    "loss_limit",
    "net",
    "tax_bill",
]
