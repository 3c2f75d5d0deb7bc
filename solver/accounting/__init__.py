"""What orders come to, in exact decimals: cash, lots, bands, the tax bill, the objective, broken rules."""
