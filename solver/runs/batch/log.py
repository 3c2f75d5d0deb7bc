"""The log of a run: a line of JSON for each event, appended as it happens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .chunks import Part

FILE = "log.jsonl"

QUIET = ("optimal", "within gap")
"""States that nobody need look at; a household in any other has a line of its own."""


class Log:
    """Appends to the log in the folder of a run."""

    def __init__(self, run: Path) -> None:
        self._path = run / FILE

    def __enter__(self) -> Self:
        """Open the file."""
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Note why a run ends early, and close the file."""
        if error is not None:
            self.write("run stops", error=f"{type(error).__name__}: {error}")
        self._file.close()

    def write(self, event: str, **about: Any) -> None:  # noqa: ANN401 - any JSON
        """Write one event, with the time in UTC."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **about}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def part(self, part: Part) -> None:
        """Write that a part is done, and which of its households a person may have to look at."""
        for outcome in part.outcomes:
            if outcome.state not in QUIET:
                why = {"state": outcome.state, "why": outcome.why, "seconds": round(outcome.seconds, 3)}
                self.write("household", household_id=outcome.household, **why)
        seconds = sum(outcome.seconds for outcome in part.outcomes)
        self.write("part written", part=part.number, households=len(part.outcomes), seconds=round(seconds, 3))
