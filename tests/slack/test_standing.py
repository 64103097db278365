"""Standing questions: a channel is told of new papers that answer one, once, and of no others."""

import shutil
from pathlib import Path

import pytest

from corpus import Paper
from rag import Assistant, load_config
from rag.errors import ConfigError
from tests.doubles.slack import shown
from tests.doubles.slack_rig import running
from ui.slack.settings import settings_of

QUESTION = "which papers are about zorblax quantisation?"


def paper(number: int, topic: str) -> Paper:
    return Paper(
        f"new-{number}", f"{topic} {number}", f"We propose {topic.lower()} method number {number}, which is new. It works <!here>."
    )


def test_new_papers_are_posted_once_also_across_restarts(assistant: Assistant, home: Path) -> None:
    shutil.copytree(assistant.config.home, home, symlinks=True)
    own = Assistant(load_config(home=home))
    settings = {"standing": f"C0NEWS={QUESTION}; C0OTHER=which papers are about xylophone tuning?", "standing_minutes": 0.005}
    with running(own, home, **settings) as rig:
        rig.stop()
        assert rig.calls() == []  # what is held already is not new
    own.add([paper(1, "Zorblax quantisation")])
    with running(own, home, **settings) as rig:
        rig.slack.wait(lambda: rig.slack.of_bot("C0NEWS"), "news")
        (news,) = rig.slack.of_bot("C0NEWS")
        assert "A new paper answers “which papers are about zorblax quantisation?”" in shown(news)
        assert "Zorblax quantisation 1" in shown(news) and "<!here>" not in shown(news) and "thread_ts" not in news
        rig.slack.click("C0NEWS", news, "Show abstracts")
        rig.slack.wait(lambda: "number 1" in "".join(map(shown, rig.slack.made("chat.postEphemeral"))), "abstracts")
    own.add([paper(2, "Zorblax quantisation"), paper(3, "Gardening robots"), paper(5, "Xylophone tuning")])
    with running(own, home, **settings) as rig:
        rig.slack.wait(lambda: rig.slack.of_bot("C0NEWS") and rig.slack.of_bot("C0OTHER"), "news in both channels")
        rig.stop()
        (news,), (other,) = rig.slack.of_bot("C0NEWS"), rig.slack.of_bot("C0OTHER")
        assert "Zorblax quantisation 2" in shown(news) and "Gardening" not in shown(news) and "Zorblax quantisation 1" not in shown(news)
        assert "Xylophone tuning 5" in shown(other)


@pytest.mark.parametrize("listed", ["which papers?", "C0NEWS=", "=which papers?"])
def test_a_malformed_setting_is_one_line(listed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "PAPERCHAT_SLACK_STANDING": listed}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="PAPERCHAT_SLACK_STANDING: write"):
        settings_of(load_config())
