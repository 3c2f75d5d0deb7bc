"""Brokers' exports -> the fields of a household: positions, lots, sales, in columns that a layout names."""

from .reading import Imported, read_exports

__all__ = ["Imported", "read_exports"]
