"""From a problem to orders with a bound: candidates without a program, branch and bound, rounding, the certificate."""
