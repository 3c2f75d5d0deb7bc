"""A process that plans one household at a time, watched from outside: it may end in any way, or not at all.

It is a new Python that shares nothing with its parent but two pipes. (A fork would take HiGHS's threads with it, half
alive.) Nothing that happens in it can hold the parent up: it is killed when a household's time is over, and replaced.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Event, Timer
from typing import IO, Any

RECYCLED_AFTER = 500
"""Households after which a process is replaced, so that nothing can pile up in it."""

START_LIMIT = 120.0
"""Seconds that a process may take to start, on a machine that is busy."""

END_LIMIT = 5.0
"""Seconds that a process may take to end after it has closed its pipe."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""What keeps numpy to one thread: there is a process for each core."""

LAST_WORDS = 500
"""Letters of what a process wrote to standard error before it died that are kept."""


class ProcessFailedError(Exception):
    """The process died, or its work raised."""


class TookTooLongError(Exception):
    """The process was killed because its time was over."""


@dataclass(frozen=True, slots=True)
class Raised:
    """What the work raised, in words."""

    error: str


class SolverProcess:
    """A process that calls `work(setup, task)`. `work` is a function's name, such as `package.module:function`."""

    def __init__(self, work: str, setup: Any) -> None:  # noqa: ANN401 - whatever the work takes
        self._work, self._setup = work, setup
        self._process: subprocess.Popen[bytes] | None = None
        self._words: IO[bytes] | None = None
        self._done = 0
        self._closed = False

    def ask(self, task: Any, limit: float) -> Any:  # noqa: ANN401 - whatever the work takes and returns
        """Return what the work makes of a task. The process is started if there is none.

        Raises TookTooLongError if it takes more than `limit` seconds, and ProcessFailedError with what is known if the
        work raises or the process dies. There is no process after either.
        """
        if self._closed:
            raise ProcessFailedError("the run has ended")
        if self._process is None:
            self._start()
        answer = self._exchange(task, limit)
        self._done += 1
        if isinstance(answer, Raised):
            self._end()
            raise ProcessFailedError(answer.error)
        if self._done >= RECYCLED_AFTER:
            self._end()
        return answer

    def close(self) -> None:
        """End the process, if there is one, from any thread; no other is started."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None:
            return
        process.kill()
        process.wait()
        with suppress(OSError):  # it still holds what could not be sent
            process.stdin.close()
        process.stdout.close()
        if self._words is not None:
            self._words.close()

    def _start(self) -> None:
        self._words, self._done = TemporaryFile(), 0  # noqa: SIM115 - open as long as the process
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                env=os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,  # Ctrl-C is for the parent, which then ends its processes
            )
        except OSError as error:
            raise ProcessFailedError(f"no solving process could be started: {error}") from None
        self._exchange((self._work, self._setup), START_LIMIT)

    def _exchange(self, message: Any, limit: float) -> Any:  # noqa: ANN401
        """Send a message and return the answer to it."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        over = Event()
        late = Timer(limit, _kill, [process, over])
        late.daemon = True
        late.start()
        try:
            pickle.dump(message, process.stdin, pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            return pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            code, words = _code(process), self._last_words()
            self._end()
            if over.is_set():
                raise TookTooLongError from None
            raise ProcessFailedError(_ended(code, words)) from None
        finally:
            late.cancel()

    def _last_words(self) -> str:
        if self._words is None:
            return ""
        self._words.seek(0)
        lines = self._words.read()[-LAST_WORDS:].decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def _kill(process: subprocess.Popen[bytes], over: Event) -> None:
    """Kill a process, and note that its time is over."""
    over.set()
    process.kill()


def _code(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process that has closed its pipe. It is killed if it lives on."""
    try:
        return process.wait(END_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _ended(code: int, words: str) -> str:
    """How a process ended, in words."""
    try:
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    except ValueError:
        how = f"was ended by signal {-code}"
    return f"the solving process {how}" + (f": {words}" if words else "")
