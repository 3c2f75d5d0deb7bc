"""A generated book with poison in it: each poisoned household in its right state, all others planned."""

from poisoned_book import ENDS, poison
from runs_of_books import PLANTED, book_of, households, run, states_of

from lotroute.solver.runs.batch.outcomes import PLANNED


def test_every_poisoned_household_has_its_state_and_all_others_a_plan(tmp_path):
    book = book_of(tmp_path / "book", households(24, seed=3), "parquet")
    kinds = poison(book, tmp_path / "poisoned", each=1)
    run(tmp_path / "poisoned", tmp_path / "run", work=PLANTED, per_household=2.0)
    found = states_of(tmp_path / "run")
    assert len(found) == 24
    assert {name: found[name][0] for name in kinds} == {name: ENDS[kind] for name, kind in kinds.items()}
    assert {state for name, (state, _) in found.items() if name not in kinds} <= PLANNED
