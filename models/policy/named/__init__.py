"""Policies by the names people know, each a TOML with its sentence."""
