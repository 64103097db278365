"""The command `paperchat slack`. Light to import."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rag.assistant import Assistant


def slack_command(open_assistant: "Callable[[], Assistant]") -> Callable[..., None]:
    """The command, over an assistant that is opened once the settings are known to be whole."""

    def slack(
        manifest: Annotated[bool, typer.Option("--manifest", help="Print the manifest of the Slack app, and end.")] = False,
        url: Annotated[str, typer.Option(help="With --manifest: for HTTP instead of Socket Mode, at this public address.")] = "",
        debug: Annotated[bool, typer.Option("--debug", help="Log more, message text included; tokens never.")] = False,
    ) -> None:
        """Answer in Slack: mentions, direct messages, threads, /papers.

        Needs SLACK_BOT_TOKEN, and SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP).
        """
        from ui.lasting import lasting

        lasting()
        from rag.errors import ConfigError

        try:
            from ui.slack import serve as slack_serve
        except ModuleNotFoundError as error:
            raise ConfigError(f"{error.name} is not installed; run: pip install 'paperchat[slack]'") from None
        if manifest:
            print(slack_serve.manifest(url), end="")
        else:
            slack_serve.run(open_assistant, debug)

    return slack
