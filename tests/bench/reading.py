"""What reading a turn costs without a model: python -m tests.bench.reading

Reads every turn of tests/eval/conversations.json after the turns before it, with the answers' citations as
history, over the papers that ship. Printed is the time of this process's own work (CPU), so that other
load on the machine does not count; the first turns, which load what is kept, are left out.
"""

import json
import statistics
import tempfile
import time
from pathlib import Path

from rag import Assistant, Message, load_config
from rag.understanding import Reader

CONVERSATIONS = Path(__file__).parents[1] / "eval" / "conversations.json"
_WARM = 10


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


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        found = costs(Assistant(load_config(home=Path(home), llm_model=None)))
    hundredths = statistics.quantiles(found, n=100)
    print(f"reading a turn, {len(found)} turns: p50 {hundredths[49]:.1f} ms, p95 {hundredths[94]:.1f} ms, most {max(found):.1f} ms (CPU)")


if __name__ == "__main__":
    main()
