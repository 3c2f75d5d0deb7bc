"""Wash sales under IRC 1091: the ledger, the household's history in it, and its answers before and after a plan."""
