"""Slack on loopback, for tests of the bot: people who write and click, and what of it reaches the bot.

Deliveries go over signed HTTP or Socket Mode. The workspace holds conversations as Slack does,
refuses what Slack refuses, and grants an app what its manifest asks for and no more.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.doubles.slack_rules import CHANNEL_TYPES, EVENTS, kind_of
from tests.doubles.slack_server import BOT_USER, TEAM, Json, SlackServer

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@dataclass(frozen=True)
class Acked:
    """How a delivery was acknowledged."""

    status: int
    body: str
    seconds: float


@dataclass
class FakeSlack(SlackServer):
    """A workspace with people in it."""

    request_url: str = ""
    """Where the bot listens; without it, deliveries go over the socket."""

    # --- what tests look at

    def wait(self, condition: Callable[[], Any], what: str = "") -> Any:
        """The condition's value once it is true; it is looked at after everything that happens here, and now and then for the bot's part."""
        until = time.monotonic() + 30
        with self.changed:
            while not (found := condition()):
                assert time.monotonic() < until, f"never came: {what}; calls: {[call.method for call in self.calls]}"
                self.changed.wait(0.1)
            return found

    def made(self, method: str) -> list[Json]:
        """Arguments of the calls to a method that went through."""
        return [call.args for call in list(self.calls) if call.method == method and call.status == 200]

    def of_bot(self, channel: str) -> list[Json]:
        """The bot's messages in a conversation, as they stand."""
        held = list(self.messages.items())  # in one step, as the server's thread adds to it
        return [message for (where, _), message in sorted(held) if where == channel and message.get("bot_id")]

    def final(self, channel: str, count: int = 1) -> list[Json]:
        """The bot's messages once `count` of them have buttons: answers, or faults."""
        self.wait(lambda: sum(finished(m) for m in self.of_bot(channel)) >= count, f"{count} finished in {channel}")
        return self.of_bot(channel)

    # --- what people do

    def write(self, channel: str, user: str, text: str, thread: str = "", **more: Any) -> Json:
        """A message that stands in a conversation, of which no one was told."""
        message = {"type": "message", "user": user, "text": text, "ts": self.now(), **({"thread_ts": thread} if thread else {}), **more}
        self.messages[channel, message["ts"]] = message
        return message

    def say(self, channel: str, user: str, text: str, thread: str = "", **more: Any) -> Json:
        """Write a message and deliver its events, as Slack does: `message`, and with a mention `app_mention` too."""
        message = self.write(channel, user, text, thread, **more)
        for event in self.events_of(channel, message):
            assert self.deliver_event(event).status == 200
        return message

    def events_of(self, channel: str, message: Json) -> list[Json]:
        kind = CHANNEL_TYPES[kind_of(channel)]
        events = [{**message, "type": "message", "channel": channel, "channel_type": kind}]
        if f"<@{BOT_USER}>" in message["text"] and kind != "im" and not message.get("subtype"):
            events.append({**message, "type": "app_mention", "channel": channel})
        return events

    def deliver_event(self, event: Json, retry: int = 0, **body: Any) -> Acked:
        kind = event["type"] if event["type"] != "message" else f"message.{kind_of(event['channel'])}"
        assert kind in self.manifest["settings"]["event_subscriptions"]["bot_events"], f"{kind} is not subscribed to"
        assert not EVENTS[kind] or EVENTS[kind] in self.scopes, f"{kind} needs {EVENTS[kind]}"
        authorization = {"team_id": TEAM, "enterprise_id": None, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}
        envelope = {
            "type": "event_callback", "team_id": TEAM, "api_app_id": "A0APP", "event": event, "event_id": f"Ev{next(self._counter)}",
            "event_time": int(time.time()), "authorizations": [authorization], **body,
        }  # fmt: skip
        return self.deliver("events_api", envelope, retry)

    def command(self, text: str, channel: str = "C0GENERAL", user: str = "U0ANN", **more: Any) -> Acked:
        commands = [command["command"] for command in self.manifest["features"]["slash_commands"]]
        assert commands == ["/papers"] and "commands" in self.scopes
        return self.deliver("slash_commands", {
            "command": "/papers", "text": text, "team_id": TEAM, "channel_id": channel, "user_id": user, "api_app_id": "A0APP",
            "response_url": f"{self.url}/commands/{TEAM}-{next(self._counter)}", "trigger_id": f"{next(self._counter)}.tr", **more,
        })  # fmt: skip

    def click(
        self, channel: str, message: Json, label: str, user: str = "U0ANN", ephemeral: bool = False, team: str = TEAM, **more: Any
    ) -> Acked:
        """Press the button with a label on a message."""
        assert self.manifest["settings"]["interactivity"]["is_enabled"]
        button = next(button for button in buttons_of(message) if button["text"]["text"] == label)
        action = {
            "type": button["type"],
            "action_id": button["action_id"],
            "value": button["value"],
            "block_id": "b",
            "action_ts": self.now(),
        }
        container = {"type": "message", "channel_id": channel, "is_ephemeral": ephemeral, "message_ts": message.get("ts", "1.1")}
        return self.deliver("interactive", {
            "type": "block_actions", "team": {"id": TEAM}, "user": {"id": user, "team_id": team}, "channel": {"id": channel},
            "container": container, "message": None if ephemeral else message, "actions": [{**action, **more}], "api_app_id": "A0APP",
            "response_url": f"{self.url}/actions/{TEAM}-{next(self._counter)}", "trigger_id": f"{next(self._counter)}.tr",
        })  # fmt: skip

    # --- deliveries

    def deliver(self, kind: str, payload: Json, retry: int = 0) -> Acked:
        if self.request_url:
            return self._over_http(kind, payload, retry)
        return self.over_socket(kind, payload, retry)

    def _over_http(self, kind: str, payload: Json, retry: int) -> Acked:
        headers = {"content-type": "application/json"} if kind == "events_api" else {"content-type": "application/x-www-form-urlencoded"}
        if retry:
            headers |= {"x-slack-retry-num": str(retry), "x-slack-retry-reason": "http_timeout"}
        bodies = {"events_api": lambda: json.dumps(payload), "slash_commands": lambda: urlencode(payload)}
        return self.post(bodies.get(kind, lambda: urlencode({"payload": json.dumps(payload)}))(), headers)

    def post(self, body: str, headers: Json, age: float = 0, secret: str = SECRET, signed: str = "", **over: str) -> Acked:
        """A request signed as Slack signs it; or `age` seconds ago, with another secret, another body, other headers."""
        stamp = str(int(time.time() - age))
        signature = "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:{signed or body}".encode(), hashlib.sha256).hexdigest()
        address = urlsplit(self.request_url)
        started = time.perf_counter()
        connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
        proof = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature} | {
            name.replace("_", "-"): v for name, v in over.items()
        }
        connection.request("POST", address.path, body.encode(), headers | proof)
        response = connection.getresponse()
        acked = Acked(response.status, response.read().decode(), time.perf_counter() - started)
        connection.close()
        return acked

    def over_socket(self, kind: str, payload: Json, retry: int = 0, socket: int = -1) -> Acked:
        """An envelope, and its acknowledgement; sent anew where none comes, as Slack does, for the socket may have dropped."""
        started = time.perf_counter()
        for attempt in range(retry, retry + 10):
            self.wait(lambda: self.sockets, "a socket")
            with suppress(TimeoutError, ConnectionError, IndexError):  # IndexError: dropped since
                acked = self.send_envelope(kind, payload, attempt, socket).result(3)
                return Acked(200, json.dumps(acked.get("payload") or {}), time.perf_counter() - started)
        raise TimeoutError(f"no acknowledgement of {kind}")

    def send_envelope(self, kind: str, payload: Json, retry: int = 0, socket: int = -1) -> "Future[Any]":
        """An envelope; its acknowledgement is what the future holds."""
        envelope_id = f"env-{next(self._counter)}"
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api"}
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        self._acks[envelope_id] = Future()
        asyncio.run_coroutine_threadsafe(self.sockets[socket].send_json(envelope), self._loop).result(10)
        return self._acks[envelope_id]

    def tell(self, message: Json) -> None:
        """A message that is no envelope, to the last socket."""
        asyncio.run_coroutine_threadsafe(self.sockets[-1].send_json(message), self._loop).result(10)

    def cut(self) -> None:
        """Every socket drops, without a goodbye."""

        def abort() -> None:
            for socket in list(self.sockets):
                if transport := socket._req and socket._req.transport:
                    transport.abort()
            self.sockets.clear()

        self._loop.call_soon_threadsafe(abort)


def finished(message: Json) -> bool:
    """Whether a message is an answer or a fault, by its buttons."""
    return any(block["type"] in ("actions", "context_actions") for block in message.get("blocks") or ())


def buttons_of(message: Json) -> list[Json]:
    """Every button under a message; Slack's feedback buttons as two."""
    found = []
    for block in message["blocks"]:
        for element in block["elements"] if block["type"] in ("actions", "context_actions") else ():
            if element["type"] == "feedback_buttons":
                both = (element["positive_button"], element["negative_button"])
                found += [{**one, "type": "feedback_buttons", "action_id": element["action_id"]} for one in both]
            else:
                found.append(element)
    return found


def shown(message: Json) -> str:
    """All the text of a message's blocks."""
    texts = []
    for block in message["blocks"]:
        if "text" in block:
            texts.append(block["text"]["text"])
        texts += [element["text"] for element in block.get("elements", ()) if element["type"] == "mrkdwn"]
    return "\n".join(texts)
