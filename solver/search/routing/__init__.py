"""Plans by rule instead of by search: the router with its published table, and the baselines (rules of other tools)."""
