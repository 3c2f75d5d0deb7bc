"""The household after a plan: what was filled, what the wash-sale ledger makes of it, and the lots that are left."""
