"""The advisor's policy: prices of drift, limits, the value of later years, the price of not waiting."""
