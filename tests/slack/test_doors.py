"""Who gets in, whose turn it is, and what a wrong clock does."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Flag
from urllib.parse import urlencode

import pytest

from rag import Answer, Assistant, Event
from tests.doubles.slack import finished, shown
from tests.doubles.slack_rig import ASK, Rig, Told, running, says
from tests.doubles.slack_server import BOT_USER
from ui.slack import store as stores
from ui.slack.actions import click_of
from ui.slack.events import Asked
from ui.slack.settings import SlackSettings
from ui.slack.store import KEPT_DAYS, SlackStore
from ui.slack.work import Work

ELSEWHERE = "T0ELSEWHERE"


@pytest.fixture
def told(assistant: Assistant) -> Told:
    return Told(assistant, says("Yes."))


FOREIGN: dict[str, Callable[[Rig], object]] = {
    f"a message of a shared channel whose {name} is elsewhere": lambda rig, name=name: rig.slack.say(  # type: ignore[misc]
        "C0GENERAL", "U0X", ASK, **({"user_profile": {"team": ELSEWHERE}} if name == "user_profile" else {name: ELSEWHERE})
    )
    for name in ("user_team", "source_team", "team", "user_profile")
} | {
    "a command of another workspace": lambda rig: rig.slack.command("which papers?", team_id=ELSEWHERE),
    "a command of a workspace whose id begins alike": lambda rig: rig.slack.command("which papers?", team_id="T0TEAM2"),
    "a command of a workspace whose id is a part": lambda rig: rig.slack.command("which papers?", team_id="T0TEA"),
    "a command of a workspace in other letters": lambda rig: rig.slack.command("which papers?", team_id="t0team"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_workspace_that_is_not_allowed_gets_nothing(case: str, told: Told, home: Path) -> None:
    with running(told, home, workspaces="T0TEAM, T0FRIENDS") as rig:
        FOREIGN[case](rig)
        rig.stop()
        assert rig.calls() == [] and told.asked == []


@pytest.mark.parametrize(("team", "answers"), [("T0TEAM", True), ("T0FRIENDS", True), (ELSEWHERE, False), ("T0TEAM2", False)])
def test_clicks_count_from_allowed_workspaces_only(team: str, answers: bool, told: Told, home: Path) -> None:
    with running(told, home, workspaces="T0TEAM, T0FRIENDS") as rig:
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        (answer,) = rig.slack.final("C0GENERAL")
        rig.slack.calls.clear()
        rig.slack.click("C0GENERAL", answer, "Helpful", "U0X", team=team)
        if answers:
            rig.slack.wait(lambda: rig.slack.made("chat.postEphemeral"), "thanks")
        rig.stop()
        assert bool(rig.calls()) is answers and bool(SlackStore(home).ratings()) is answers


def test_a_click_in_a_channel_off_the_list_does_nothing(told: Told, home: Path) -> None:
    with running(told, home) as rig:
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        (answer,) = rig.slack.final("C0GENERAL")
    with running(told, home, channels="C0GENERAL2") as rig:
        rig.slack.click("C0GENERAL", answer, "Helpful")
        rig.stop()
        assert rig.calls() == []


def test_one_member_cannot_fill_the_queue(told: Told, home: Path) -> None:
    """Forty questions of one person: another's is the next to be answered, and some of the forty are asked to come back."""
    gate, reached = Flag(), Flag()

    def held(question: str) -> Iterator[Event]:
        reached.set()
        assert gate.wait(100)
        yield Answer(question, f"Yes: {question}")

    told.script = held
    with running(told, home, workers=1, queue=39) as rig:
        rig.slack.say("C0FIRST", "U0MUCH", ASK)
        assert reached.wait(30)
        for number in range(40):
            rig.slack.say(f"C{number:03}", "U0MUCH", f"<@{BOT_USER}> much {number}")
        rig.slack.wait(lambda: sum(any(map(finished, rig.slack.of_bot(f"C{n:03}"))) for n in range(40)) >= 31, "put off")
        rig.slack.say("C0OTHER", "U0LITTLE", f"<@{BOT_USER}> little")
        rig.slack.wait(lambda: rig.bot._answers._held["U0LITTLE"], "a place in the line")
        gate.set()
        assert "Yes: little" in shown(rig.slack.final("C0OTHER")[0])
        rig.stop()
        asked = [question for question, _ in told.asked]
        assert asked.index("little") <= 2 and len(asked) <= 1 + 9 + 1


def test_turns_go_round() -> None:
    done: list[str] = []
    gate = Flag()
    work = Work(1, 100, "test")
    work.submit(lambda: assert_(gate.wait(30)))
    for who in ("a", "a", "a", "b", "b", "c"):
        assert work.submit(lambda who=who: done.append(who), whose=who)  # type: ignore[misc]
    gate.set()
    while len(done) < 6:
        time.sleep(0)
    work.close()
    assert done == ["a", "b", "c", "a", "b", "a"] and not work._held and not work._waiting


def assert_(held: bool) -> None:
    assert held


@pytest.mark.parametrize("jump", [400, -400])
def test_a_clock_that_jumps_forgets_nothing(jump: int, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days forward or back, while it runs and across a restart: no message is answered twice, no answer's buttons are lost."""
    store = SlackStore(home)
    assert store.claim("message:1")
    store.keep("a1", Asked("T", "C", "U", "q"))
    monkeypatch.setattr(stores.time, "time", lambda now=time.time: now() + jump * 86_400)
    assert store.claim("message:2") and not store.claim("message:1")
    store.keep("a2", Asked("T", "C", "U", "q"))
    assert store.kept("a1") and store.kept("a2") and not SlackStore(home).claim("message:1")
    monkeypatch.undo()
    assert not SlackStore(home).claim("message:1") and not SlackStore(home).claim("message:2")


def test_what_is_long_past_is_forgotten(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "KEPT_CLAIMS", 3)
    store = SlackStore(home)
    for number in range(8):
        store.claim(f"message:{number}")
    store.keep("a1", Asked("T", "C", "U", "q"))
    later = time.time() + (KEPT_DAYS + 1) * 86_400
    monkeypatch.setattr(stores.time, "time", lambda: later)
    again = SlackStore(home)
    assert again.kept("a1") is None
    assert [number for number in range(8) if again.claim(f"message:{number}")] == [0, 1, 2, 3, 4]


# --- what is sent to the door

JSON, FORM = {"content-type": "application/json"}, {"content-type": "application/x-www-form-urlencoded"}
NO_FORM = [
    ("{", JSON),
    ("[]", JSON),
    ("5", JSON),
    ("[" * 20_000 + "]" * 20_000, JSON),
    ('{"a": "\x1b[31m"}\nCRITICAL forged', JSON),
    ("payload={", FORM),
    ("payload=[]", FORM),
    ('{"type": "event_callback", "team_id": ["x"], "event": {"type": "message"}}', JSON),
    ('{"type": "event_callback", "team_id": {"a": 1}, "event": {"type": "message"}}', JSON),
    ('{"type": "event_callback", "team_id": "T0TEAM", "event": []}', JSON),
    ('{"type": "event_callback", "event": {"type": "message", "user": 5}}', JSON),
    ('{"type": "event_callback", "event": {"type": "message", "channel": ["C"]}}', JSON),
    ('{"type": "event_callback", "event": {"type": "message", "attachments": 5}}', JSON),
    *((urlencode({"payload": json.dumps({"type": "block_actions", "actions": actions})}), FORM) for actions in ([], [5], 5, {})),
    (urlencode({"payload": json.dumps({"type": "block_actions", "actions": [{"action_id": "paperchat_helpful"}]})}), FORM),
    (urlencode({"command": "/papers", "text": "x", "channel_id": "C", "user_id": "U0ANN", "team_id": "T0TEAM"}), FORM),
]
UNKNOWN: list[dict[str, object]] = [{"type": "view_submission", "view": {}}, {"type": "shortcut", "callback_id": "x"}, {"type": "no such"}]


@pytest.fixture(scope="module")
def door(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with running(Told(assistant, says("Yes.")), tmp_path_factory.mktemp("door")) as rig:
        yield rig


@pytest.mark.parametrize("signed", [True, False])
def test_what_slack_does_not_send_is_refused_in_a_line(
    signed: bool, door: Rig, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for body, headers in NO_FORM:
        caplog.clear()
        with caplog.at_level(logging.INFO):
            status = door.slack.post(body, headers, **({} if signed else {"secret": "another"})).status
        assert status == (400 if signed else 401), body[:60]
        lines = [record for record in caplog.records if record.name.startswith("paperchat")]
        assert len(lines) == signed and "forged" not in caplog.text and "Traceback" not in caplog.text, body[:60]
    assert "Traceback" not in capfd.readouterr().err


def test_kinds_that_the_bot_does_not_take_are_one_line(door: Rig, caplog: pytest.LogCaptureFixture) -> None:
    for payload in UNKNOWN:
        caplog.clear()
        door.slack.post(urlencode({"payload": json.dumps(payload | {"secret": "held"})}), FORM)
        lines = [record.getMessage() for record in caplog.records if record.name == "paperchat.slack"]
        assert len(lines) == 1 and "\n" not in lines[0] and "held" not in lines[0], payload


def test_headers_that_are_no_text_are_refused_without_a_traceback(door: Rig, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("x_slack_signature", "x_slack_request_timestamp", "x_other"):
        status = door.slack.post("{}", JSON, secret="another", **{name: "\u00e9\u00b2"}).status
        assert status == 401, name
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("attempt", ["\u00b2", "9" * 5_000, "", "-1", "1e9"])
def test_an_attempt_that_is_no_number_is_the_first(attempt: str) -> None:
    click = click_of({"user": {"id": "U0ANN"}}, {"action_id": "paperchat_retry", "value": f"answer:{attempt}"})
    assert (click.answer_id, click.attempt) == ("answer", 0)


def test_half_a_sign_is_answered(door: Rig) -> None:
    door.slack.calls.clear()
    door.slack.say("C0GENERAL", "U0ANN", f"{ASK} \ud800x")
    assert door.slack.final("C0GENERAL")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "https://hooks.slack.com.evil.example/x", "https://hooks.slack.com@evil.example/", "//x", "["]
)
def test_nothing_is_sent_to_an_address_that_is_not_slacks(url: str, told: Told, home: Path) -> None:
    with running(told, home) as rig:
        rig.slack.command("which papers?", response_url=url)
        rig.stop()
        assert told.asked == [] and rig.calls() == []
    assert not SlackSettings(home, "xoxb-1", None, "secret").answers_at(url)
    assert SlackSettings(home, "xoxb-1", None, "secret").answers_at("https://hooks.slack.com/commands/T/1/x")
    proxied = SlackSettings(home, "xoxb-1", None, "secret", api_url="https://proxy.example/slack/api/")
    assert proxied.answers_at("https://hooks.slack.com/actions/T/1/x") and not proxied.answers_at(url)
