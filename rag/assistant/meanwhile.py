"""Long work of one step: the step is told again and again, so that whoever asked can leave in between."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import TypeVar

from rag.answer import Event, Step

Result = TypeVar("Result")
AGAIN = 1.0
"""Seconds after which the step is told again."""


def meanwhile(step: Step, work: Callable[[], Result]) -> Generator[Event, None, Result]:
    """Yields the step until the work is done, whose result it returns. Raises what the work raised."""
    future: Future[Result] = Future()

    def body() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # whoever asks for the result gets it
            future.set_exception(error)

    yield step
    threading.Thread(target=body, daemon=True, name="paperchat-step").start()
    while True:
        try:
            return future.result(timeout=AGAIN)
        except TimeoutError:
            if future.done():
                return future.result()
            yield step
