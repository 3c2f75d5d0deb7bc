"""A household as arrays and in decimals, once it is decided what money its accounts pay and receive."""

from __future__ import annotations

from dataclasses import dataclass

from ...models.household.moves import Moves
from ..accounting.books import Books
from ..formulation.problem import Problem, settled


@dataclass(frozen=True, slots=True)
class Settled:
    """The arrays and the books of one household: an ordinary one, in which nothing is asked for any more."""

    problem: Problem
    books: Books

    def after(self, moves: Moves) -> Settled:
        """Return those of the household after moves."""
        problem, books = self.problem, self.books
        own = Books(books.asked, books.policy, books.wash, books.forgone, moves)
        return Settled(settled(problem, moves), own)
