"""The oracle: the program formulated a second time, in cvxpy with big-M, for any solver; it shares only the models."""
