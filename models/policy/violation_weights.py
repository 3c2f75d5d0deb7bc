"""Weights of shortfalls in the violation (docs/formulation.md)."""

from __future__ import annotations

CASH_COUNTS = 3.0
"""What a dollar of missing cash counts in the violation, in dollars. A dollar overdrawn and invested could cure two
dollars of hard bands; at this weight that never pays."""


ORDER_COUNTS = 1e-3
"""What each order beyond the limit on orders counts in the violation, as a fraction of V."""
