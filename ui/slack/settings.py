"""Settings of the Slack bot: which are missing, and who may ask where."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rag.config import Config
from rag.errors import ConfigError

_PREFIXES = {"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": "xapp-"}

_HOOKS = (("https", "hooks.slack.com"), ("https", "hooks.slack-gov.com"))


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """What the bot needs, checked. `workspaces` and `channels` are allow-lists of ids; empty allows all.
    `standing` are (channel, question) pairs.

    Socket Mode where an app token is set, else HTTP with the signing secret.
    """

    home: Path
    bot_token: str
    app_token: str | None
    signing_secret: str | None
    workspaces: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    direct_messages: bool = True
    follow_ups: bool = True
    workers: int = 4
    queue: int = 500
    edit_seconds: float = 1.2
    streaming: bool = True
    standing: tuple[tuple[str, str], ...] = ()
    standing_minutes: float = 10
    host: str = "127.0.0.1"
    port: int = 3000
    api_url: str = "https://slack.com/api/"

    def __repr__(self) -> str:
        return f"SlackSettings({'Socket Mode' if self.app_token else 'HTTP'})"

    def answers_at(self, url: str) -> bool:
        """Whether a response address is Slack's: on the host of its Web API, or on that host's `hooks`."""
        try:
            own, given = urlsplit(self.api_url), urlsplit(url)
        except ValueError:
            return False
        if (given.scheme, given.netloc) in _HOOKS:  # the Web API may be reached through a proxy; these are not
            return True
        return given.scheme == own.scheme and given.netloc in (own.netloc, f"hooks.{own.netloc}")

    def allows(self, teams: frozenset[str], channel: str) -> bool:
        """Whether all of `teams` (the workspace, and the asker's where it is another) may ask in `channel`."""
        if self.workspaces and not teams <= self.workspaces:
            return False
        if channel.startswith("D"):
            return self.direct_messages
        return not self.channels or not channel or channel in self.channels


def _ids(listed: str) -> frozenset[str]:
    return frozenset(part.strip() for part in listed.split(",") if part.strip())


def _standing(listed: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in filter(str.strip, listed.split(";")):
        channel, _, question = (piece.strip() for piece in part.partition("="))
        if not channel or not question:
            raise ConfigError("PAPERCHAT_SLACK_STANDING: write 'C0123=question; C0456=question', with the channels' ids")
        pairs.append((channel, question))
    return tuple(pairs)


def _missing(tokens: dict[str, str | None]) -> str:
    if not tokens["SLACK_BOT_TOKEN"] and not (tokens["SLACK_APP_TOKEN"] or tokens["SLACK_SIGNING_SECRET"]):
        return "SLACK_BOT_TOKEN, and SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)"
    if not tokens["SLACK_BOT_TOKEN"]:
        return "SLACK_BOT_TOKEN"
    if not (tokens["SLACK_APP_TOKEN"] or tokens["SLACK_SIGNING_SECRET"]):
        return "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)"
    return ""


def settings_of(config: Config) -> SlackSettings:
    """The bot's settings. Raises ConfigError, one line, naming every setting that is missing or mixed up."""
    secrets = {
        "SLACK_BOT_TOKEN": config.slack_bot_token,
        "SLACK_APP_TOKEN": config.slack_app_token,
        "SLACK_SIGNING_SECRET": config.slack_signing_secret,
    }
    tokens = {name: secret.get_secret_value().strip() or None if secret else None for name, secret in secrets.items()}
    if missing := _missing(tokens):
        raise ConfigError(f"set {missing}; `paperchat slack --manifest` prints the Slack app that has them")
    for name, prefix in _PREFIXES.items():
        if (token := tokens[name]) and not token.startswith(prefix):
            raise ConfigError(f"{name} should start with {prefix}; another token was pasted there")
    return SlackSettings(
        home=config.home,
        bot_token=tokens["SLACK_BOT_TOKEN"] or "",
        app_token=tokens["SLACK_APP_TOKEN"],
        signing_secret=tokens["SLACK_SIGNING_SECRET"],
        workspaces=_ids(config.slack_workspaces),
        channels=_ids(config.slack_channels),
        direct_messages=config.slack_direct_messages,
        follow_ups=config.slack_follow_ups,
        workers=config.slack_workers,
        queue=config.slack_queue,
        edit_seconds=config.slack_edit_seconds,
        streaming=config.slack_streaming,
        standing=_standing(config.slack_standing),
        standing_minutes=config.slack_standing_minutes,
        host=config.slack_host,
        port=config.slack_port,
        api_url=config.slack_api_url,
    )
