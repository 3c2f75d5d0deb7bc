"""What is decided: which account trades, which lots to sell, and how good that is.

The rooms, lowest first: formulation and accounting (which do not know each other), search, explanation, auditor;
above api.py: oracle, runs, app.
"""

from .api import BASELINES, GAP_BP, TIME_LIMIT, baseline, route, solve
from .auditor.audit import audit
from .auditor.findings import Finding
from .runs.comparisons import ALTERNATIVES, compare
from .search.relaxation import Relaxation, relax

__all__ = [
    "ALTERNATIVES",
    "BASELINES",
    "GAP_BP",
    "TIME_LIMIT",
    "Finding",
    "Relaxation",
    "audit",
    "baseline",
    "compare",
    "relax",
    "route",
    "solve",
]
