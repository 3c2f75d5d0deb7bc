"""What the advisor asks for: prices of drift, limits, what later years are worth, what waiting saves."""
