"""The household on its trade date: its parts, how it is read and checked, and how it is written to files."""
