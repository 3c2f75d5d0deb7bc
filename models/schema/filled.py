"""The mark of a value that an input left out and a table of facts filled in."""

from .record import Record
from .values import Label


class Filled(Record):
    """A value that a household left out and a table of facts filled in. If the household gives another, the mark is
    gone.
    """

    path: Label
    """The place of the value, as in securities.VTI.exposures."""
    value: Label
    """The value, as the cell of a table has it."""
    source: Label
    """The table of facts, with its year."""
