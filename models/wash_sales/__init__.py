"""Wash sales by IRC 1091: the ledger, the household's history in it, and what it says before, in and after a plan."""
