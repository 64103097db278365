"""The assistant, opened while something else is got ready. Light to import."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag import Assistant


def opening(open_assistant: "Callable[[], Assistant]") -> "Future[Assistant]":
    """The assistant, opened in the background; whoever asks for the result waits for it, and gets what kept it."""
    future: Future[Assistant] = Future()

    def work() -> None:
        try:
            future.set_result(open_assistant())
        except BaseException as error:  # whoever asks for the result gets the error
            future.set_exception(error)

    Thread(target=work, daemon=True, name="open-assistant").start()
    return future
