"""The blocks of the program. The head of each file gives its sets, variables, rows and part of the objective."""
