"""From orders to a plan: reasons, next-best prices, limits, violations, what is blocked, in words."""
