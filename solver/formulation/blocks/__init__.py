"""The blocks of the program: one file for each section of docs/formulation.md."""
