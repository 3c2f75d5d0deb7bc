"""Whatever solves more than once: comparisons, verification, benchmarks."""
