"""What is decided: the program, its search, the router, the audit, and the doors."""

from .audit import audit
from .findings import Finding
from .search import Relaxation, relax, route, solve

__all__ = ["Finding", "Relaxation", "audit", "relax", "route", "solve"]
