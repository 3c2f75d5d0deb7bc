"""What tests of the command line share."""

import sys

import pytest

from lotroute.solver.app.cli import main


@pytest.fixture
def run(capfd, monkeypatch):
    """Run `lotroute` with arguments: returns its exit code, its output and its errors, C libraries' included."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["lotroute", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capfd.readouterr()
        return stop.value.code or 0, out, err

    return call
