"""`paperchat slack` as processes of their own: two over one data folder, ended, killed, started anew."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag import Assistant
from tests.doubles.commands import Command
from tests.doubles.slack import FakeSlack, shown
from tests.doubles.slack_rig import ASK
from tests.doubles.slack_server import APP_TOKEN, BOT_TOKEN
from ui.slack.serve import manifest


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    slack = FakeSlack(json.loads(manifest()))
    yield slack
    slack.close()


def test_two_processes_a_restart_and_a_kill_give_one_answer(slack: FakeSlack, assistant: Assistant, home: Path, tmp_path: Path) -> None:
    shutil.copytree(assistant.config.home, home, symlinks=True)
    settings = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "PAPERCHAT_SLACK_API_URL": f"{slack.url}/api/"}
    started: list[Command] = []

    def start() -> Command:
        started.append(Command(tmp_path / f"process{len(started)}", "slack", environment=os.environ | settings))
        return started[-1]

    first, second = start(), start()
    try:
        slack.wait(lambda: len(slack.sockets) == 2, "two sockets")
        question = slack.write("C0GENERAL", "U0ANN", ASK)
        events = slack.events_of("C0GENERAL", question)
        with ThreadPoolExecutor(8) as network:
            sent = [(event, socket, retry) for event in events for socket in (0, 1) for retry in (0, 1)]
            list(network.map(lambda s: slack.over_socket("events_api", _body(s[0]), s[2], s[1]), sent))
        assert "diffusion" in shown(slack.final("C0GENERAL")[0])
        first.signal(signal.SIGTERM)
        status, out, err = first.ended(30)
        assert status == 0 and out == "" and "answering as paperchat in Lab (Socket Mode)" in err
        assert BOT_TOKEN not in err and APP_TOKEN not in err and "secret-ticket" not in err and "speed up" not in err
        second.kill()
        third = start()
        slack.wait(lambda: slack.opened == 3, "a third socket")
        for event in events:
            slack.over_socket("events_api", _body(event), retry=2)
        slack.say("C0OTHER", "U0ANN", ASK)
        slack.final("C0OTHER")
        third.signal(signal.SIGINT)
        assert third.ended(30)[0] == 0
        assert len(slack.of_bot("C0GENERAL")) == len(slack.of_bot("C0OTHER")) == 1
        assert slack.made("chat.update")[0]["channel"] == "C0GENERAL"
    finally:
        for process in started:
            process.kill()


def _body(event: dict[str, object]) -> dict[str, object]:
    return {"type": "event_callback", "team_id": "T0TEAM", "event": event, "event_id": "Ev1", "authorizations": []}
