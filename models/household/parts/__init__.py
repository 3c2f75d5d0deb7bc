"""The parts of a household: accounts with lots, securities, targets, trades around the trade date."""
