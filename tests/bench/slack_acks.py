"""How soon the Slack bot acknowledges: N events at once, while it answers them for real.

    python -m tests.bench.slack_acks [--events 100] [--rounds 3]

Runs `paperchat slack` as a process of its own before Slack on loopback, over HTTP and in Socket Mode.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from tests.doubles.slack import SECRET, FakeSlack
from tests.doubles.slack_server import APP_TOKEN, BOT_TOKEN, BOT_USER, TEAM, Json
from ui.slack.serve import manifest

QUESTIONS = (
    "which papers speed up diffusion language models?",
    "papers on LoRA",
    "compare LoRA and QLoRA",
    "which papers are from NVIDIA?",
)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def started(slack: FakeSlack, home: str, socket: bool) -> "subprocess.Popen[str]":
    way = {"SLACK_APP_TOKEN": APP_TOKEN} if socket else {"SLACK_SIGNING_SECRET": SECRET, "PAPERCHAT_SLACK_PORT": "0"}
    settings = {"SLACK_BOT_TOKEN": BOT_TOKEN, "PAPERCHAT_HOME": home, "PAPERCHAT_SLACK_API_URL": f"{slack.url}/api/"} | way
    process = subprocess.Popen([sys.executable, "-m", "ui.cli", "slack"], env=os.environ | settings, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    for line in process.stderr:
        if "answering as" in line:
            if not socket:
                slack.request_url = line.partition("(")[2].partition(")")[0]
            break
    return process


def storm(slack: FakeSlack, count: int, number: int) -> tuple[list[float], float]:
    """Seconds to each acknowledgement, and until all is answered."""
    bodies: list[Json] = []
    for n in range(count):
        message = slack.write(f"C{number}{n:04}", "U0ANN", f"<@{BOT_USER}> {QUESTIONS[n % len(QUESTIONS)]}")
        event = {**message, "type": "app_mention", "channel": f"C{number}{n:04}"}
        bodies.append({"type": "event_callback", "team_id": TEAM, "event": event, "event_id": f"Ev{number}{n}"})
    begun = time.perf_counter()
    deliver: Callable[[Json], float] = lambda body: slack.deliver("events_api", body).seconds  # noqa: E731
    with ThreadPoolExecutor(count) as people:
        acked = list(people.map(deliver, bodies))
    slack.wait(lambda: all(slack.of_bot(body["event"]["channel"]) and finished_all(slack, body) for body in bodies), "all answers")
    return acked, time.perf_counter() - begun


def finished_all(slack: FakeSlack, body: Json) -> bool:
    return any(block["type"] == "actions" for block in slack.of_bot(body["event"]["channel"])[-1]["blocks"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print(f"{'way':12} {'round':>5} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'all answered s':>15}")
    with tempfile.TemporaryDirectory() as home:
        for way, socket in (("HTTP", False), ("Socket Mode", True)):
            slack = FakeSlack(json.loads(manifest()))
            process = started(slack, str(Path(home) / "paperchat"), socket)
            for number in range(given.rounds):
                acked, whole = storm(slack, given.events, number + 10 * socket)
                shown = (median(acked), percentile(acked, 0.99), max(acked))
                print(f"{way:12} {number:5} " + " ".join(f"{1000 * value:8.0f}" for value in shown) + f" {whole:15.1f}")
            process.terminate()
            process.communicate(timeout=60)
            slack.close()


if __name__ == "__main__":
    main()
