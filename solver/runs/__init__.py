"""Runs that solve more than once: comparisons, verification, benchmarks."""
