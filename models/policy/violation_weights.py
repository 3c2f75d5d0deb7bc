"""How much broken rules count against each other in the least violation (docs/formulation.md)."""

from __future__ import annotations

CASH_COUNTS = 3.0
"""Dollars that a dollar of missing cash counts as: it could cure two dollars of hard bands, and must not be tempted."""


ORDER_COUNTS = 1e-3
"""An order beyond the count of orders weighs this part of V in the least violation."""
