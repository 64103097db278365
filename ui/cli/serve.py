"""The command `paperchat serve`. Light to import: `paperchat --help` reads it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rag import Assistant


def serve_command(open_assistant: "Callable[[], Assistant]") -> Callable[..., None]:
    """The command's function, for an assistant opened in the background."""

    def serve(
        host: Annotated[str, typer.Option(help="Address to listen on; any other than this machine's needs a login.")] = "127.0.0.1",
        port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 7860,
        no_auth: Annotated[bool, typer.Option("--no-auth", help="Let in everyone who reaches the host; adding papers is off.")] = False,
        mcp: Annotated[bool, typer.Option("--mcp", help="Serve MCP tools, too, for other programs; over stdio: paperchat mcp.")] = False,
    ) -> None:
        """Open the chat page. It listens on this machine only, unless told otherwise.

        For another --host set PAPERCHAT_PAGE_USER and PAPERCHAT_PAGE_PASSWORD.
        """
        from ui.lasting import lasting
        from ui.logs import log_in_lines

        lasting()
        log_in_lines()
        from rag.config import load_config
        from ui.page.serve import access, opening, serve_forever

        config = load_config()
        entry = access(host, port, config.page_user, config.page_password, no_auth, mcp or config.mcp, config.public_host)
        serve_forever(config, entry, opening(open_assistant))

    return serve
