"""What is decided: the program, its search, the router, the audit, and the doors."""

from .audit import audit
from .baselines import BASELINES, baseline
from .findings import Finding
from .search import Relaxation, relax, route, solve

__all__ = ["BASELINES", "Finding", "Relaxation", "audit", "baseline", "relax", "route", "solve"]
