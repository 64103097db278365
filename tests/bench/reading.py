"""What reading a turn costs without a model: python -m tests.bench.reading [--answers]

Reads every turn of tests/eval/conversations.json after the turns before it, with the answers' citations as
history, over the papers that ship. Printed is the time of this process's own work (CPU), so that other
load on the machine does not count; the first turns, which load what is kept, are left out.

--answers: what it adds to a whole answer. The first questions of all conversations are asked of two assistants in turns, one of which
has read the question before; what both need, as the lower layers' run that papers are read by, is in both. All is done three times
in new processes, and of each answer the quickest counts, as a p95 of single answers hangs on what else the machine does. Time on the clock.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rag import Assistant, Message, load_config
from rag.embedding import shipped_network
from rag.understanding import Reader

CONVERSATIONS = Path(__file__).parents[1] / "eval" / "conversations.json"
_WARM, _ANSWERS, _ROUNDS = 10, 300, 3


def costs(assistant: Assistant) -> list[float]:
    """Milliseconds that each turn took to read."""
    reader = Reader(assistant.index.lexical)
    found = []
    for conversation in json.loads(CONVERSATIONS.read_text("utf-8"))["conversations"]:
        said: list[Message] = []
        for turn in conversation["turns"]:
            began = time.process_time()
            reader.read(turn["user"], said)
            found.append(1_000 * (time.process_time() - began))
            answer = assistant.query(turn["user"], said)
            cited = [citation.paper.paper_id for citation in answer.citations]
            said += [{"role": "user", "content": turn["user"]}, {"role": "assistant", "content": answer.text, "citations": cited}]
    return found[_WARM:]


def questions() -> list[str]:
    """First questions of all conversations, in an order that hangs on no file's."""
    first = [
        conversation["turns"][0]
        for path in sorted(CONVERSATIONS.parent.glob("conversations*.json"))
        for conversation in json.loads(path.read_text("utf-8"))["conversations"]
    ]
    found = [turn["user"] for turn in first if turn.get("intent", "papers") == "papers" and turn["user"].strip()]
    random.Random(0).shuffle(found)
    return found[: _WARM + _ANSWERS]


def answers() -> tuple[list[float], list[float]]:
    """Milliseconds of each answer: its question read, and read before; the quickest of three."""
    rounds = [_round() for _ in range(_ROUNDS)]
    return [min(times) for times in zip(*(read for read, _ in rounds), strict=True)], [
        min(times) for times in zip(*(known for _, known in rounds), strict=True)
    ]


def _round() -> tuple[list[float], list[float]]:
    command = [sys.executable, "-m", "tests.bench.reading", "--answer"]
    two = [subprocess.Popen([*command, which], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for which in ("read", "known")]
    took: tuple[list[float], list[float]] = ([], [])
    for n, question in enumerate(questions()):
        for which in (n % 2, 1 - n % 2):
            asked, told = two[which].stdin, two[which].stdout
            assert asked and told
            print(json.dumps(question), file=asked, flush=True)
            took[which].append(float(told.readline()))
    for program in two:
        program.communicate()
    return took[0][_WARM:], took[1][_WARM:]


def answer(known: bool) -> None:
    """Milliseconds that the answer to each question of stdin takes, those that were read before among them if `known`."""
    with tempfile.TemporaryDirectory() as home:
        assistant = Assistant(load_config(home=Path(home), llm_model=None))
        for line in sys.stdin:
            question = json.loads(line)
            assistant.query(f"{question} please")  # its papers have been read before
            if known:
                assistant._understood(question, (), None)  # what was read is kept
            if network := shipped_network():
                network.read.cache_clear()  # type: ignore[attr-defined]
            began = time.perf_counter()
            assistant.query(question)
            print(1_000 * (time.perf_counter() - began), flush=True)


def _told(milliseconds: list[float]) -> str:
    hundredths = statistics.quantiles(milliseconds, n=100)
    return f"p50 {hundredths[49]:.1f} ms, p95 {hundredths[94]:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", action="store_true", help="what reading adds to a whole answer")
    parser.add_argument("--answer", choices=("read", "known"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.answer:
        answer(given.answer == "known")
    elif given.answers:
        read, known = answers()
        more = statistics.median(one - other for one, other in zip(read, known, strict=True))
        print(f"{len(read)} answers: {_told(read)}; with the question read before {_told(known)}; each by {more:+.1f} ms (median)")
    else:
        with tempfile.TemporaryDirectory() as home:
            found = costs(Assistant(load_config(home=Path(home), llm_model=None)))
        print(f"reading a turn, {len(found)} turns: {_told(found)}, most {max(found):.1f} ms (CPU)")


if __name__ == "__main__":
    main()
