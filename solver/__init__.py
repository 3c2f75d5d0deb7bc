"""What is decided: the program, its search, the router, the audit, and the doors."""

from .audit import Finding, audit
from .search import route, solve

__all__ = ["Finding", "audit", "route", "solve"]
