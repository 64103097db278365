"""The command `paperchat mcp`. Light to import."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rag.assistant import Assistant


def mcp_command(open_assistant: "Callable[[], Assistant]") -> Callable[..., None]:
    """The command, over an assistant that is opened in the background: a client waits for no index."""

    def mcp(
        read_only: Annotated[bool, typer.Option("--read-only", help="Offer no tool that adds papers.")] = False,
    ) -> None:
        """Serve MCP tools over standard input and output, for a program that starts this one.

        Over HTTP: paperchat serve --mcp.
        """
        from rag.errors import ConfigError

        try:
            from ui.mcp.stdio import run
        except ModuleNotFoundError as error:
            raise ConfigError(f"{error.name} is not installed; run: pip install 'paperchat[mcp]'") from None
        run(open_assistant, adds=not read_only)

    return mcp
