"""Time of an answer beside the model's own: a zero-latency server in a process of its own.

    python -m tests.bench.overhead

Prints the median and the 90th percentile of the seconds that an answer takes in all, calls included, and of the
processor's time in this process, which a busy machine does not lengthen.
"""

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median, quantiles

from rag import Assistant, load_config
from rag.evaluation.evaluate import load_queries
from tests.doubles.openai import FakeOpenAI, Reply, Request
from tests.doubles.scripted import ScriptedModel, step

_DEV = Path(__file__).parents[1] / "eval" / "dev.json"
_ROUNDS = 3


def serve() -> None:
    """The server: every tenth paper of a prompt is relevant, and the answer comes in few pieces, as fast as it can."""
    model = ScriptedModel(lambda question, title: 2 if sum(map(ord, title)) % 10 == 0 else 0)

    def reply(request: Request) -> Reply | str:
        text = model(request)
        return Reply(chunks=text.splitlines(keepends=True)) if step(request) == "write" else text

    with FakeOpenAI(reply) as server:
        print(server.url, flush=True)
        threading.Event().wait()


def main() -> None:
    child = subprocess.Popen([sys.executable, "-m", "tests.bench.overhead", "serve"], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        with tempfile.TemporaryDirectory() as home:
            config = load_config(
                home=Path(home), llm_model="fake-model", openai_base_url=child.stdout.readline().strip(), cache=False, llm_trust="all"
            )
            _measure(Assistant(config))
    finally:
        child.terminate()
        child.wait()


def _measure(assistant: Assistant) -> None:
    queries = load_queries(_DEV, list(assistant.index.all_papers()))
    seconds: list[float] = []
    busy: list[float] = []
    by_step: dict[str, list[float]] = {}
    for round_number in range(_ROUNDS + 1):
        for query in queries:
            start, used = time.perf_counter(), time.process_time()
            answer = assistant.query(query.question, query.history)
            if round_number:  # the first round warms what a running server has warm
                seconds.append(time.perf_counter() - start)
                busy.append(time.process_time() - used)
                for name, took in answer.usage.seconds.items():
                    by_step.setdefault(name, []).append(took)
    print(f"{len(assistant.index)} papers, {len(seconds)} answers, calls to a zero-latency server included:")
    print(f"  {1000 * median(seconds):.1f} ms median, {1000 * quantiles(seconds, n=10)[-1]:.1f} ms 90th percentile")
    print(f"  processor: {1000 * median(busy):.1f} ms median, {1000 * quantiles(busy, n=10)[-1]:.1f} ms 90th percentile")
    for name, took in by_step.items():
        print(f"  {name:10} {1000 * median(took):6.1f} ms median of {len(took)}")


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()
