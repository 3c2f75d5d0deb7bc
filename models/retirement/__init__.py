"""The law of retirement accounts: what may be contributed, what must come out, and from where money may be taken."""
