"""Start-up and warm answers at the size that ships, each beside its floor, from one run.

python -m tests.bench.start
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

ROUNDS = 7
EVAL = Path(__file__).parents[1] / "eval"


def _seconds(arguments: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def _warm() -> list[float]:
    """Seconds of each answer to each judged question, met once before."""
    import rag

    questions = [q["question"] for name in ("dev", "more_a", "more_b") for q in json.loads((EVAL / f"{name}.json").read_text())["queries"]]
    for question in questions:
        rag.query(question)
    taken = []
    for question in questions:
        start = time.perf_counter()
        rag.query(question)
        taken.append(time.perf_counter() - start)
    return taken


def main() -> None:
    with TemporaryDirectory() as home:
        environment = {**os.environ, "PAPERCHAT_HOME": home}
        ask = ["-m", "ui.cli", "ask", "which papers speed up dLLM decoding?"]
        first = _seconds(ask, environment)
        pairs = [(_seconds(ask, environment), _seconds(["-c", "import chromadb"], environment)) for _ in range(ROUNDS)]
        helped = median(_seconds(["-m", "ui.cli", "--help"], environment) for _ in range(ROUNDS))
        os.environ["PAPERCHAT_HOME"] = home
        warm = sorted(_warm())
    cold, floor = median(a for a, _ in pairs), median(b for _, b in pairs)
    print("| what | measured |\n|---|---|")
    print(f"| first `paperchat ask`, indexing 372 papers | {first:.2f} s |")
    print(f"| `paperchat ask`, index present | {cold:.2f} s, {cold / floor:.2f} times `python -c 'import chromadb'` ({floor:.2f} s) |")
    print(f"| `paperchat --help` | {helped:.2f} s |")
    print(f"| warm `rag.query`, p50 / p95 of {len(warm)} | {1000 * median(warm):.1f} / {1000 * quantiles(warm, n=20)[-1]:.1f} ms |")


if __name__ == "__main__":
    main()
