"""Audits a plan: recomputes everything from the household and the trades, and takes nothing from the program."""
