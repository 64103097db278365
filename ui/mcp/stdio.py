"""The MCP server over standard input and output. Nothing else may be printed there."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.config import load_config
from ui.logs import log_in_lines
from ui.mcp.server import server
from ui.opening import opening
from ui.topics import Cartographer

if TYPE_CHECKING:
    from rag.assistant import Assistant


def run(open_assistant: "Callable[[], Assistant]", adds: bool) -> None:
    """Serve until the client closes the input. The assistant opens meanwhile; a tool waits for it, and tells what kept it."""
    log_in_lines()
    server(opening(open_assistant).result, Cartographer(load_config().home / "map.json"), adds).run("stdio")
