"""The door: signatures, settings, the manifest, the command."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from rag import Assistant, load_config
from rag.errors import ConfigError
from tests.doubles import peers as held
from tests.doubles.commands import paperchat
from tests.doubles.slack import FakeSlack
from tests.doubles.slack_rig import ASK, Rig, Told, running, says
from tests.doubles.slack_rules import EVENTS, METHODS
from tests.doubles.slack_server import APP_TOKEN, BOT_TOKEN
from ui import peers
from ui.slack.bot import COMMAND, SlackBot
from ui.slack.serve import HttpServer, SocketMode, manifest
from ui.slack.settings import settings_of
from ui.slack.store import SlackStore

JSON = {"content-type": "application/json"}


@pytest.fixture
def rig(assistant: Assistant, home: Path) -> Iterator[Rig]:
    with running(Told(assistant, says("Yes.")), home) as rig:
        yield rig


def mention(rig: Rig) -> str:
    event = {**rig.slack.write("C0GENERAL", "U0ANN", ASK), "type": "app_mention", "channel": "C0GENERAL"}
    return json.dumps({"type": "event_callback", "team_id": "T0TEAM", "event": event, "event_id": "Ev1"})


@pytest.mark.parametrize(
    ("signing", "status"),
    [
        ({}, 200),
        ({"secret": "another secret"}, 401),
        ({"age": 310}, 401),
        ({"age": -310}, 401),
        ({"signed": "another body"}, 401),
        ({"x_slack_signature": ""}, 401),
        ({"x_slack_request_timestamp": "yesterday"}, 401),
    ],
    ids=["right", "wrong", "stale", "from the future", "of another body", "none", "no time"],
)
def test_signatures(signing: dict[str, object], status: int, rig: Rig) -> None:
    assert rig.slack.post(mention(rig), JSON, **signing).status == status  # type: ignore[arg-type]
    if status == 200:
        rig.slack.wait(lambda: rig.slack.made("chat.update"), "an answer")
    rig.stop()
    assert bool(rig.calls()) is (status == 200)


def test_half_open_connections_are_dropped(assistant: Assistant, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "WAIT", held.TIME)
    with running(Told(assistant, says("Yes.")), home) as rig:
        assert held.all_dropped(rig.slack.request_url)


@pytest.mark.parametrize("kind", ["slash_commands", "interactive"])
def test_forged_commands_and_clicks_are_refused(kind: str, rig: Rig) -> None:
    body = urlencode(
        {"command": COMMAND, "text": "q", "response_url": f"{rig.slack.url}/commands/x", "trigger_id": "1", "team_id": "T0TEAM"}
    )
    if kind == "interactive":
        body = urlencode({"payload": json.dumps({"type": "block_actions", "actions": [{"action_id": "paperchat_retry", "value": "x"}]})})
    assert rig.slack.post(body, {"content-type": "application/x-www-form-urlencoded"}, secret="another").status == 401
    rig.stop()
    assert rig.calls() == []


def test_slack_checks_the_address(rig: Rig) -> None:
    acked = rig.slack.post(json.dumps({"type": "url_verification", "challenge": "c0ffee", "token": "t"}), JSON)
    assert acked.status == 200 and json.loads(acked.body) == {"challenge": "c0ffee"}


def test_what_is_too_large_or_no_text_is_refused(rig: Rig) -> None:
    assert rig.slack.post("x" * 1_000_001, JSON).status == 413
    rig.slack.request_url = rig.slack.request_url.replace("/slack/events", "/elsewhere")
    assert rig.slack.post(mention(rig), JSON).status == 404


def test_a_taken_port_is_one_line(rig: Rig) -> None:
    port = int(rig.slack.request_url.split(":")[2].partition("/")[0])
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port} .*PAPERCHAT_SLACK_PORT"):
        HttpServer(rig.bot.app, "secret", "127.0.0.1", port)


# --- settings


MISSING = [
    ({}, "set SLACK_BOT_TOKEN, and SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)"),
    ({"SLACK_BOT_TOKEN": BOT_TOKEN}, "set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)"),
    ({"SLACK_APP_TOKEN": APP_TOKEN}, "set SLACK_BOT_TOKEN;"),
    ({"SLACK_SIGNING_SECRET": "s", "SLACK_BOT_TOKEN": " "}, "set SLACK_BOT_TOKEN;"),
    ({"SLACK_BOT_TOKEN": APP_TOKEN, "SLACK_APP_TOKEN": BOT_TOKEN}, "SLACK_BOT_TOKEN should start with xoxb-"),
]


@pytest.mark.parametrize(("environment", "line"), MISSING)
def test_missing_settings_are_named(environment: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        settings_of(load_config())
    assert line in str(caught.value) and "\n" not in str(caught.value) and "1234" not in str(caught.value)


@pytest.mark.parametrize(("environment", "socket"), [({"SLACK_APP_TOKEN": APP_TOKEN}, True), ({"SLACK_SIGNING_SECRET": "s"}, False)])
def test_what_is_set_chooses_the_way(environment: dict[str, str], socket: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SLACK_BOT_TOKEN": BOT_TOKEN, **environment}.items():
        monkeypatch.setenv(name, value)
    settings = settings_of(load_config())
    assert (settings.app_token is not None) is socket
    assert BOT_TOKEN not in repr(settings) + str(load_config().shown())


def test_refused_tokens_and_an_unreachable_slack_are_one_line(assistant: Assistant, home: Path) -> None:
    slack = FakeSlack(json.loads(manifest()))
    try:
        with running(assistant, home) as rig, pytest.raises(ConfigError, match="SLACK_APP_TOKEN: Slack says invalid_auth"):
            SocketMode(rig.bot.app, "xapp-wrong")
        for token, url, line in (
            ("xoxb-wrong", slack.url, "SLACK_BOT_TOKEN: Slack says invalid_auth"),
            (BOT_TOKEN, "http://127.0.0.1:9", "cannot be reached"),
        ):
            given = {"SLACK_BOT_TOKEN": token, "SLACK_SIGNING_SECRET": "s"}
            with pytest.raises(ConfigError, match=line):
                SlackBot(assistant, settings_of(load_config(home=home, slack_api_url=f"{url}/api/", **given)))
    finally:
        slack.close()


def test_a_store_that_cannot_be_used_is_one_line(home: Path) -> None:
    home.mkdir()
    (home / "slack.sqlite3").write_bytes(b"no database" * 200)
    with pytest.raises(ConfigError, match=r"slack.sqlite3 cannot be used .*; move it away"):
        SlackStore(home)


# --- the manifest


def test_the_manifest_asks_for_what_the_code_uses_and_no_more(rig: Rig) -> None:
    app = json.loads(manifest())
    sources = "\n".join(path.read_text() for path in Path(sys.modules["ui.slack.bot"].__file__ or "").parent.glob("*.py"))
    called = {method for method in METHODS if re.search(rf"\.{method.replace('.', '_')}\(", sources)}
    if "files_upload_v2(" in sources:
        called |= {"files.getUploadURLExternal", "files.completeUploadExternal"}
    used = set(re.findall(r"client\.([a-z]+_\w+)\(", sources)) - {"files_upload_v2"}
    assert {name.replace("_", ".") for name in used} <= set(METHODS), "a method without its scope in the rules"
    events = app["settings"]["event_subscriptions"]["bot_events"]
    kinds = {"channels", "groups", "im", "mpim"}
    needed = {METHODS[method].format(kind=kind) for method in called for kind in kinds} | {EVENTS[event] for event in events} | {"commands"}
    assert set(app["oauth_config"]["scopes"]["bot"]) == needed - {""}
    heard = {"app_mention", "message", "app_home_opened", "assistant_thread_started", "assistant_thread_context_changed"}
    assert {event.partition(".")[0] for event in events} == heard and set(events) == set(EVENTS)
    assert [command["command"] for command in app["features"]["slash_commands"]] == [COMMAND]
    assert (
        app["settings"]["interactivity"]["is_enabled"]
        and app["features"]["app_home"]["home_tab_enabled"]
        and "assistant_view" in app["features"]
    )
    assert app["settings"]["socket_mode_enabled"]


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_subscribed_event_is_acknowledged(event: str, rig: Rig) -> None:
    kind, _, where = event.partition(".")
    channel = {"groups": "G0", "im": "D0", "mpim": "M0"}.get(where, "C0")
    pane = {"user_id": "U0ANN", "channel_id": "D0ANN", "thread_ts": "1.1", "context": {}}
    acked = rig.slack.deliver_event(
        {"type": kind, "channel": channel, "user": "U0ANN", "text": "x", "ts": "1.1", "tab": "home", "assistant_thread": pane}
    )
    assert acked.status == 200


# --- the command


def test_the_command_prints_the_manifest() -> None:
    printed = paperchat("slack", "--manifest")
    assert printed.returncode == 0 and json.loads(printed.stdout) == json.loads(manifest())
    http = json.loads(manifest("https://bot.example.org"))
    addresses = {part["request_url"] for part in (http["settings"]["event_subscriptions"], http["settings"]["interactivity"])}
    assert addresses | {http["features"]["slash_commands"][0]["url"]} == {"https://bot.example.org/slack/events"}
    assert not http["settings"]["socket_mode_enabled"]


def test_the_command_names_what_is_missing() -> None:
    ended = paperchat("slack")
    assert ended.returncode == 1 and ended.stdout == "" and ended.stderr.count("\n") == 1
    assert "SLACK_BOT_TOKEN" in ended.stderr and "SLACK_APP_TOKEN" in ended.stderr and "SLACK_SIGNING_SECRET" in ended.stderr
