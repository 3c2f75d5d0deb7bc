"""A run with its review, for the tests of its pages."""

import pytest
from reviewed_run import Review, make

from lotroute.solver.app.pages.review import review


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory):
    """A run and its review: the run's folder, what the review says was written, and its pages."""
    run = make(tmp_path_factory.mktemp("reviewed"))
    done = review(run)
    return run, done, Review(run / "review")
