"""The data and the law: the household on its trade date, the advisor's policy, the plan, tax and wash sales.

Imports nothing from the solver. The rooms, lowest first: schema, tax, household, retirement, policy, wash_sales,
eligibility, apply, plan.
"""

from .apply.fills import Fill
from .household.books import read_book, write_book
from .household.funds.filling import filled
from .household.funds.table import Fund, known_fund
from .household.household import Household
from .household.parts.accounts import Account, Lot
from .household.parts.activity import RecentTrade, Restriction, ScheduledBuy
from .household.parts.held_beside import HeldBeside
from .household.parts.identity import likeness, same_index
from .household.parts.people import Inherited, Person
from .household.parts.securities import Security
from .household.parts.targets import FactorTarget, SecurityTarget, Target
from .plan.certificate import Certificate
from .plan.money_flow import MoneyFlow
from .plan.outside_band import OutsideBand
from .plan.plan import Plan
from .plan.statements import (
    Blocked,
    ClassWeight,
    FactorExposure,
    LimitUse,
    MarginalRate,
    SecurityWeight,
    Violation,
    Wait,
)
from .plan.trades import Reason, Trade
from .plan.transfers import Transfer
from .policy.later_years import LaterYears, later_years
from .policy.named.table import NamedPolicy, named_policies
from .policy.policy import Drift, Limit, Limits, Policy
from .schema.faults import Fault, InputError
from .schema.filled import Filled
from .tax.holding_period import days_to_long_term, first_long_term_date, holding_term
from .tax.marginal_rates import marginal_rates, usual_rates
from .tax.schedule_d import Netting, carryover, loss_limit, net
from .tax.tax_bill import TaxBill, Taxes, tax_bill, taxes
from .tax.tax_year import years
from .tax.taxpayer import FlatRates, OtherIncome, Taxpayer
from .wash_sales.after_plan import WashWindow
from .wash_sales.loss_status import LossStatus

__all__ = [
    "Account",
    "Blocked",
    "Certificate",
    "ClassWeight",
    "Drift",
    "FactorExposure",
    "FactorTarget",
    "Fault",
    "Fill",
    "Filled",
    "FlatRates",
    "Fund",
    "HeldBeside",
    "Household",
    "Inherited",
    "InputError",
    "LaterYears",
    "Limit",
    "LimitUse",
    "Limits",
    "LossStatus",
    "Lot",
    "MarginalRate",
    "MoneyFlow",
    "NamedPolicy",
    "Netting",
    "OtherIncome",
    "OutsideBand",
    "Person",
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
    "Transfer",
    "Violation",
    "Wait",
    "WashWindow",
    "carryover",
    "days_to_long_term",
    "filled",
    "first_long_term_date",
    "holding_term",
    "known_fund",
    "later_years",
    "likeness",
    "loss_limit",
    "marginal_rates",
    "named_policies",
    "net",
    "read_book",
    "same_index",
    "tax_bill",
    "taxes",
    "usual_rates",
    "write_book",
    "years",
]
