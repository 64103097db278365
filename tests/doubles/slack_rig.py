"""The real bot before Slack on loopback, for tests."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from rag import Answer, Assistant, Delta, Event, Message, load_config
from tests.doubles.slack import SECRET, FakeSlack
from tests.doubles.slack_server import APP_TOKEN, BOT_TOKEN, BOT_USER
from ui.slack.bot import SlackBot
from ui.slack.serve import HttpServer, SocketMode, manifest
from ui.slack.settings import settings_of

QUESTION = "which papers speed up diffusion language models?"
ASK = f"<@{BOT_USER}> {QUESTION}"


@dataclass
class Told:
    """The assistant's API with a stream of the test's own, over the shared index; keeps what it was asked."""

    assistant: Assistant
    script: Callable[[str], Iterator[Event]] | None = None
    asked: list[tuple[str, tuple[Message, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index, self.config = self.assistant.index, self.assistant.config

    def stream(self, question: str, history: Sequence[Message] = (), filters: Any = None) -> Iterator[Event]:
        self.asked.append((question, tuple(history)))
        return self.script(question) if self.script else self.assistant.stream(question, history, filters)


def says(text: str, **more: Any) -> Callable[[str], Iterator[Event]]:
    """A script that answers every question with a text."""

    def script(question: str) -> Iterator[Event]:
        yield Delta(text)
        yield Answer(question, text, **more)

    return script


@dataclass
class Rig:
    """A workspace and the bot in it."""

    slack: FakeSlack
    bot: SlackBot
    connection: HttpServer | SocketMode

    def stop(self) -> None:
        """Stop the bot as a signal does; every listener has then run."""
        self.slack.cut()  # else Slack's client waits three seconds for a last message
        self.connection.close()
        self.bot.close()

    def calls(self) -> list[str]:
        """Methods of the calls since the bot started, in order."""
        return [call.method for call in self.slack.calls if call.method not in ("auth.test", "apps.connections.open")]


@contextmanager
def running(assistant: Any, home: Path, socket: bool = False, debug: bool = False, **settings: Any) -> Iterator[Rig]:
    """A bot over HTTP or, with `socket`, in Socket Mode. Settings as in the configuration, without `slack_`."""
    slack = FakeSlack(json.loads(manifest()))
    given: dict[str, Any] = {"edit_seconds": 3_600, "streaming": False, "api_url": f"{slack.url}/api/", "port": 0} | settings
    secrets = {"bot_token": BOT_TOKEN} | ({"app_token": APP_TOKEN} if socket else {"signing_secret": SECRET})
    given |= {name: SecretStr(secret) for name, secret in secrets.items()}
    config = load_config(home=home, **{f"slack_{name}": value for name, value in given.items()})
    bot = SlackBot(assistant, settings_of(config), debug)
    connection: HttpServer | SocketMode
    if socket:
        connection = SocketMode(bot.app, APP_TOKEN, ping_seconds=0.5)
        slack.wait(lambda: slack.sockets, "a socket")
    else:
        connection = HttpServer(bot.app, SECRET, "127.0.0.1", 0)
        slack.request_url = connection.url
    rig = Rig(slack, bot, connection)
    try:
        yield rig
    finally:
        rig.stop()
        slack.close()
