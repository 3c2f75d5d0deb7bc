"""What every record is made of: the base class, kinds of value, money in decimals, faults in words, JSON files."""
