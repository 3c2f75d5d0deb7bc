"""A book of households solved in one run, with nothing lost."""
