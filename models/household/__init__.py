"""The household on its trade date: its parts, reading and checking it, and writing it to files."""
