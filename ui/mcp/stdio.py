"""The MCP server over standard input and output. Nothing else may be printed there."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING

from rag.config import load_config
from ui.mcp.server import server
from ui.topics import Cartographer

if TYPE_CHECKING:
    from rag.assistant import Assistant


def run(open_assistant: "Callable[[], Assistant]", adds: bool) -> None:
    """Serve until the client closes the input. The assistant opens meanwhile; a tool waits for it, and tells what kept it."""
    future: Future[Assistant] = Future()

    def work() -> None:
        try:
            future.set_result(open_assistant())
        except BaseException as error:  # whoever asks for the result gets the error
            future.set_exception(error)

    Thread(target=work, daemon=True, name="open-assistant").start()
    server(future.result, Cartographer(load_config().home / "map.json"), adds).run("stdio")
