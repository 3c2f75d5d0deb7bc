"""What runs in a solving process: it answers its parent's tasks until the parent closes the pipe or dies."""

from __future__ import annotations

import os
import pickle
from importlib import import_module
from threading import Thread
from time import sleep
from typing import Any

from .solver_process import Raised

WATCH_SECONDS = 1.0
"""How often a process looks whether its parent still lives."""


def serve() -> None:
    """Answer tasks. The first message names the work and has its setup; the answer to it says that all is loaded."""
    tasks, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    Thread(target=_end_with_parent, args=[os.getppid()], daemon=True).start()
    name, setup = pickle.load(tasks)
    module, _, function = name.partition(":")
    work = getattr(import_module(module), function)
    answer: Any = None
    while True:
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
        try:
            task = pickle.load(tasks)
        except EOFError:
            return
        try:
            answer = work(setup, task)
        except Exception as error:
            answer = Raised(f"{type(error).__name__}: {error}")


def _end_with_parent(parent: int) -> None:
    """End this process, also in the middle of a solve, when its parent is gone."""
    while os.getppid() == parent:
        sleep(WATCH_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    serve()
