"""From a plan and its household to findings: everything recomputed, nothing taken from the program."""
