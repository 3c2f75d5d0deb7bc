"""Comparisons over many made-up households, as reports for people and programs."""
