"""Turns solved orders into a plan: reasons, next-best prices, limits, violations and what is blocked, in words."""
