"""Plans by rule instead of by search: the published routing table, and the rebalancers that tools in use are like."""
