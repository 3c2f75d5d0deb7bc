"""The decisions: which account trades, which lots to sell, and how good that plan is.

The packages, lowest first: formulation and accounting (neither imports the other), search, explanation, auditor. api.py
uses all of them; runs and app are above it. oracle stands apart and imports only models.
"""

from .api import BASELINES, GAP_BP, TIME_LIMIT, baseline, explained, route, solve
from .auditor.audit import audit
from .auditor.findings import Finding
from .runs.checking import check
from .runs.comparisons import ALTERNATIVES, compare
from .runs.sweeps import plot_frontier, sweep
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
    "check",
    "compare",
    "explained",
    "plot_frontier",
    "relax",
    "route",
    "solve",
    "sweep",
]
