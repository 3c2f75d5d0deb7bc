"""From a household to a mixed-integer program: arrays, then blocks of columns and rows (docs/formulation.md)."""
