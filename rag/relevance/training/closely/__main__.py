"""Trains the close reader that ships on judged clusters, and measures it on clusters that took no part.

    cd tests/eval
    python -m rag.relevance.training.closely clusters.jsonl.gz \\
        --more clusters_shipped.jsonl.gz clusters_more.jsonl.gz clusters_later.jsonl.gz clusters_last.jsonl.gz \\
        --spared clusters_more.jsonl.gz 72 --measured clusters_spared.jsonl.gz --out ../../rag/relevance/weights

Needs `pip install 'paperchat[train]'` and the first reader's weights, from which it begins. First the network is pretrained on the
papers alone, then fitted to the questions once for each of --rates; what is written is the mean of the fits. Of each part a
checkpoint is kept in the folder --checkpoints, so the same command goes on after a stop. Nine minutes on an H200. With --go-on
the fits begin from the close reader that ships, and nothing is pretrained.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from rag.embedding import NETWORK_FOLDER, TOKENIZER
from rag.errors import PaperchatError
from rag.relevance.training import imported
from rag.relevance.training.closely.course import Course, Run
from rag.relevance.training.closely.data import Tensors, tensors_of
from rag.relevance.training.closely.export import export
from rag.relevance.training.closely.fit import Fit
from rag.relevance.training.closely.measure import measure
from rag.relevance.training.closely.network import Network
from rag.relevance.training.closely.pretraining import pretraining_loss
from rag.relevance.training.data import Cluster, load_clusters, split_clusters
from rag.relevance.training.start import read_start, read_trained


def main() -> None:
    """Run the command."""
    options = _options()
    try:
        _train(options)
    except (PaperchatError, ImportError, OSError, ValueError) as error:
        sys.exit(f"error: {error}")


def _train(options: argparse.Namespace) -> None:
    torch = imported("torch")
    torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = True
    device = ("cuda" if torch.cuda.is_available() else "cpu") if options.device == "auto" else options.device
    network = Network(read_start(options.reader), device)
    fit_on, measured = _clusters(options)
    data, apart = tensors_of(fit_on, network), {name: tensors_of(clusters, network) for name, clusters in measured.items()}
    print(f"{len(data.kinds)} questions on {len(data.papers)} papers, on {device}", flush=True)
    options.checkpoints.mkdir(parents=True, exist_ok=True)
    if options.go_on:
        network.take({name: torch.tensor(array) for name, array in read_trained(options.go_on).items()})
        _show("before", network, apart)
    else:
        _pretrain(network, data, options)
    start, fitted = network.weights(), []
    for number, (rate, seed) in enumerate(zip(options.rates, options.seeds, strict=True)):
        network.take(start)
        _fit(network, data, number, Fit(network, data, options.questions, options.papers, seed), rate, options)
        fitted.append(network.weights())
        _show(f"fit {number}", network, apart)
    share = (1 - options.keep) / len(fitted)
    network.take({name: options.keep * start[name] + share * sum(one[name] for one in fitted) for name in start})
    _show("mean of the fits", network, apart)
    export(network, options.out)


def _pretrain(network: Network, data: Tensors, options: argparse.Namespace) -> None:
    together, detail = options.pretraining_papers, f"{len(data.papers)} papers, {options.pretraining_papers} a step"
    course = Course("pretraining", options.pretraining, options.pretraining_rate, options.head_rate, 0.1, 0, detail)
    Run(network, course, options.checkpoints / "pretraining.pt").go(lambda _: pretraining_loss(network, data, together))


def _fit(network: Network, data: Tensors, number: int, fit: Fit, rate: float, options: argparse.Namespace) -> None:
    detail = f"{len(data.kinds)} questions, {fit.together} a step, {fit.papers} papers; begun from {options.go_on or options.pretraining}"
    course = Course(f"fit {number}", options.epochs * fit.steps, rate, options.head_rate, 0.02, fit.seed, detail)
    Run(network, course, options.checkpoints / f"fit{number}.pt").go(fit.loss)


def _clusters(options: argparse.Namespace) -> tuple[list[Cluster], dict[str, list[Cluster]]]:
    """Those to fit on, and by name those to measure."""
    tokenizer = Tokenizer.from_file(str(options.reader / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    first = load_clusters(options.clusters, tokenizer)
    fit, tune, _ = split_clusters(len(first), options.fit, options.tune)
    fit_on = [first[number] for number in fit]
    for path in options.more:
        loaded = load_clusters(path, tokenizer)
        fit_on += loaded[: len(loaded) - options.spared.get(path, 0)]
    measured = {path.name: load_clusters(path, tokenizer) for path in options.measured}
    return fit_on, ({"tune": [first[number] for number in tune]} if tune else {}) | measured


def _show(name: str, network: Network, apart: dict[str, Tensors]) -> None:
    for where, data in apart.items():
        figures = ", ".join(f"{figure} {value:.3f}" for figure, value in measure(network, data).items())
        print(f"{name}, {where}: {figures}", flush=True)


def _options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    _add_data(parser)
    _add_training(parser)
    options = parser.parse_args(arguments)
    if len(options.rates) != len(options.seeds):
        parser.error(f"--rates and --seeds name one value for each fit: {len(options.rates)} rates, {len(options.seeds)} seeds")
    try:
        options.spared = {Path(name): int(count) for name, count in options.spared}
    except ValueError:
        parser.error("--spared takes a file of --more and how many of its clusters are left out, for example: --spared FILE 72")
    if unknown := [str(path) for path in options.spared if path not in options.more]:
        parser.error(f"--spared names {', '.join(unknown)}, which --more does not")
    return options


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clusters", type=Path, help="judged clusters, JSONL, gzipped")
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="more judged clusters, all to fit on but those spared")
    parser.add_argument(
        "--spared", nargs=2, action="append", default=[], metavar=("FILE", "COUNT"), help="leave out a file's last clusters"
    )
    parser.add_argument("--measured", type=Path, nargs="*", default=[], help="clusters that are only measured, after each fit")
    parser.add_argument("--fit", type=int, default=120, help="clusters of the first file to fit on")
    parser.add_argument("--tune", type=int, default=24, help="clusters of the first file to measure; the rest are kept apart")
    parser.add_argument("--reader", type=Path, default=NETWORK_FOLDER, help="folder of the first reader (default: the one that ships)")
    parser.add_argument("--go-on", type=Path, metavar="FOLDER", help="begin from this folder's close reader, without pretraining")
    parser.add_argument("--keep", type=float, default=0.0, help="share of the weights begun from in what is written, with --go-on")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--checkpoints", type=Path, default=Path("closely"), help="folder for the checkpoints")


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--pretraining", type=int, default=4700, help="steps of pretraining")
    parser.add_argument("--pretraining-papers", type=int, default=64, help="papers in one step of pretraining")
    parser.add_argument("--pretraining-rate", type=float, default=1.2e-4)
    parser.add_argument("--rates", type=float, nargs="+", default=[8e-5, 8e-5, 1.2e-4], help="of the layers, one for each fit")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="one for each fit")
    parser.add_argument("--head-rate", type=float, default=1e-3, help="of the heads")
    parser.add_argument("--epochs", type=int, default=6, help="of each fit")
    parser.add_argument("--questions", type=int, default=40, help="questions in one step of a fit")
    parser.add_argument("--papers", type=int, default=10, help="papers that each of them is read with")


if __name__ == "__main__":
    main()
