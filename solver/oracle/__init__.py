"""The same program written a second time, in cvxpy and big-M, for any solver; it shares nothing but the models."""
