"""What every record is built from: the base class, value types, decimal money, faults in words, JSON files."""
