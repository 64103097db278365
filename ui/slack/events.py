"""Which of Slack's events are questions to the bot, and what they ask."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ui.slack.reading import addresses, mentions, whole

_QUESTIONS = (None, "thread_broadcast", "file_share", "me_message")
"""Subtypes of messages that people write. All others are edits, joins, bots, topics."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and where its answer goes. `ts` is the message's, `thread` its thread's (empty for a command).

    `follow_up` marks a message inside a thread, whose earlier messages are its history, `overheard`
    one there that does not speak to the bot: it may be meant for it, or be small talk among people.
    """

    team: str
    channel: str
    user: str
    question: str
    ts: str = ""
    thread: str = ""
    follow_up: bool = False
    share: bool = False
    overheard: bool = False

    @property
    def private(self) -> bool:
        """Whether it came by direct message."""
        return self.channel.startswith("D")

    @property
    def key(self) -> str:
        """The same for every delivery of one message, be it as `message` or as `app_mention`."""
        return f"message:{self.team}:{self.channel}:{self.ts}"


_ASKERS = ("team", "user_team", "source_team")


def teams_of(body: dict[str, Any]) -> frozenset[str]:
    """Every workspace that a delivery names: the bot's, and in a shared channel that of whoever wrote, clicked or commanded.

    An organisation's id of the bot's own stands for none.
    """
    event, user = body.get("event"), body.get("user")
    found: list[object] = [body.get("team_id"), body.get("context_team_id")]
    if isinstance(event, dict):
        profile = event.get("user_profile")
        found += [*(event.get(name) for name in _ASKERS), profile.get("team") if isinstance(profile, dict) else None]
    for part in (user, body.get("team")):
        found += [part.get("team_id"), part.get("id") if part is not user else None] if isinstance(part, dict) else []
    own = {body.get("enterprise_id"), body.get("context_enterprise_id")}
    return frozenset(str(team) for team in found if team and team not in own)


def _written_by_a_person(event: dict[str, Any], bot_user: str) -> bool:
    if event.get("subtype") not in _QUESTIONS or event.get("bot_id") or event.get("edited") or event.get("hidden"):
        return False
    asker = [event.get(name) for name in ("user", "ts", "channel")]
    return all(isinstance(part, str) and part for part in asker) and event["user"] != bot_user


def heard(event: dict[str, Any], team: str, bot_user: str, follows: Callable[[str, str], bool]) -> Asked | None:
    """The question in a `message` or `app_mention` event; None where it is not for the bot.

    `follows(channel, thread)` says whether the bot goes on in a thread without being mentioned.
    A message there that mentions others, and not the bot, is theirs. A mention that is code or
    a quote speaks to no one.
    """
    if not _written_by_a_person(event, bot_user):
        return None
    text, channel, thread = str(event.get("text") or ""), event["channel"], event.get("thread_ts") or ""
    mentioned = mentions(text, bot_user)
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    if not (mentioned or direct) and not (thread and not addresses(text) and follows(channel, thread)):
        return None
    question = whole(event, bot_user)
    if not question and not mentioned:
        return None  # a smiley, or a picture
    return Asked(
        team, channel, event["user"], question, event["ts"], thread or event["ts"], bool(thread), overheard=not (mentioned or direct)
    )
