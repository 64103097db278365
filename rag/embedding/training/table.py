"""Trains the static embedding: a table of rows, one a token, from titles and abstracts alone.

Of each paper two texts are drawn: its title and its abstract, or a few words of the abstract
and the rest of it. The rows are fitted so that a paper's two texts are nearer to each other
than to the other papers' texts of the batch (InfoNCE). Some first texts are worded as
questions, so that "which papers ..." comes to weigh nothing; some pairs are cut into small
pieces instead of whole words, so that words never met are still read by their parts.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from corpus import read
from rag.embedding.static import SCALE, TABLE, TOKENIZER
from rag.embedding.vocabulary import UNKNOWN, Floats, build_tokenizers, first_rows, imported, shown
from rag.errors import ConfigError

__all__ = ["imported", "shown", "train"]

Tokens = NDArray[np.int32]

TEMPERATURE = 0.07
WARM_UP = 50  # steps
TITLE_SHARE, DROPPED = 0.5, 0.2  # pairs that are title -> abstract; words dropped of such a title, on average
SPAN = (6, 27)  # tokens in a span of the abstract
PIECES_SHARE, QUESTION_SHARE = 0.3, 0.3
DAMPING = 1e-3  # rows of tokens with a larger share of the text than this start shorter
QUESTIONS = (
    "which papers {}?|what papers {}?|which papers are about {}?|papers on {}|are there papers on {}?|what is known about {}?|"
    "find papers about {}|which works propose {}?|what work has been done on {}?|list the papers that use {}|show me research on {}|"
    "could you list studies about {}?|can you give me some papers that study {}?|i am looking for papers about {}|any studies on {}?|"
    "which methods {}?|which paper introduced {}?|what methods exist for {}?|how do papers address {}?|which studies explored {}?|"
    "could you provide me works that focused on {}?|what research has been conducted on {}?|who proposed {}?|compare {}|explain {}|"
    "what are the papers that investigate {}?|tell me about {}|how does {} work?|what is the difference between {}?|what does {} do?|"
    "give me an overview of {}|which articles discuss {}?|what are some works that developed {}?|is there a paper that {}?|"
    "can you name papers that introduced {}?|recent work on {}|how many papers report {}?|what results are reported for {}?|"
    "which datasets or benchmarks are there for {}?|in which papers was {} proposed?|please recommend literature on {}|"
    "what have researchers found about {}?|which approaches use {} in their work?|what other studies have looked at {}?|"
    "could you suggest some references on {}?"
).split("|")


def train(
    abstracts: Path,
    out: Path,
    *,
    start: Path | None = None,
    vocabulary: int = 48_000,
    dimensions: int = 256,
    epochs: int = 12,
    batch: int = 2048,
    rate: float = 3e-3,
    threads: int = 2,
    seed: int = 0,
) -> None:
    """Train on the papers of `abstracts` (JSONL, may be gzipped) and write the embedding into `out`.

    `start` is a folder of a BERT-like model (as transformers loads it) whose pieces, and what
    it makes of each token, to start from; without it both are made from the abstracts alone.
    Raises ConfigError where the papers or `start` cannot be used, ImportError without torch.
    """
    imported("torch").set_num_threads(threads)
    rng = np.random.default_rng(seed)
    papers = [(paper.title, paper.abstract) for paper in read(abstracts, on_error=lambda error: None)]
    if len(papers) < 2:
        raise ConfigError(f"{abstracts.name} holds {len(papers)} readable papers; training needs thousands, and at least 2")
    tokenizer, pieces = build_tokenizers(papers, start, vocabulary)
    pairs = _Pairs.of(papers, tokenizer, pieces, rng)
    rows = first_rows(tokenizer, start, dimensions, rng) * pairs.damping(tokenizer.get_vocab_size())
    _fit(rows, pairs, epochs, min(batch, len(papers)), rate)
    rows[tokenizer.token_to_id(UNKNOWN)] = 0  # a text of unknown characters is an empty text
    _write(out, rows, tokenizer)


# The pairs


@dataclass(frozen=True)
class _Pairs:
    """Two texts of one paper, drawn afresh each time. A view is every title and every abstract, as tokens."""

    whole: tuple[list[Tokens], list[Tokens]]
    in_pieces: tuple[list[Tokens], list[Tokens]]
    questions: list[list[Tokens]]  # what comes before the text, and what after
    rng: np.random.Generator

    @classmethod
    def of(cls, papers: Sequence[tuple[str, str]], tokenizer: Tokenizer, pieces: Tokenizer, rng: np.random.Generator) -> "_Pairs":
        titles, abstracts = zip(*papers, strict=True)
        whole, in_pieces = ((_encoded(one, titles), _encoded(one, abstracts)) for one in (tokenizer, pieces))
        return cls(whole, in_pieces, [_encoded(tokenizer, question.split("{}")) for question in QUESTIONS], rng)

    def damping(self, size: int) -> Floats:
        """A factor a token, as a column: near 1 for a rare one, near 0 for a frequent one."""
        counts = np.bincount(np.concatenate([*self.whole[0], *self.whole[1]]), minlength=size) + 1
        return np.asarray(DAMPING / (DAMPING + counts / counts.sum()), dtype=np.float32)[:, None]

    def draw(self, paper: int) -> tuple[Tokens, Tokens]:
        titles, abstracts = self.in_pieces if self.rng.random() < PIECES_SHARE else self.whole
        title, abstract = titles[paper], abstracts[paper]
        if self.rng.random() < TITLE_SHARE or len(abstract) < 2 * SPAN[1]:
            return self._asked(self._thinned(title)), abstract
        length = int(self.rng.integers(SPAN[0], SPAN[1] + 1))
        at = int(self.rng.integers(0, len(abstract) - length))
        return self._asked(abstract[at : at + length]), np.concatenate([abstract[:at], abstract[at + length :]])

    def _thinned(self, tokens: Tokens) -> Tokens:
        kept = tokens[self.rng.random(len(tokens)) > self.rng.random() * 2 * DROPPED]
        return kept if len(kept) else tokens

    def _asked(self, tokens: Tokens) -> Tokens:
        """Some texts worded as a question, most as they are."""
        if self.rng.random() >= QUESTION_SHARE:
            return tokens
        before, after = self.questions[self.rng.integers(len(self.questions))]
        return np.concatenate([before, tokens, after])


def _encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Tokens]:
    return [np.array(one.ids, dtype=np.int32) for one in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]


# The fitting


def _fit(rows: Floats, pairs: _Pairs, epochs: int, batch: int, rate: float) -> None:
    """Change the rows in place, so that the two texts of a paper come near each other."""
    torch = imported("torch")
    weights = torch.from_numpy(rows).requires_grad_()
    optimizer = torch.optim.Adam([weights], lr=rate, fused=True)

    def embedded(texts: Sequence[Tokens]) -> Any:
        ids = torch.from_numpy(np.concatenate(texts).astype(np.int64))
        starts = torch.from_numpy(np.cumsum([0, *map(len, texts[:-1])]))
        return torch.nn.functional.normalize(torch.nn.functional.embedding_bag(ids, weights, starts, mode="sum"), dim=1)

    batches = _batches(len(pairs.whole[0]), epochs, batch, pairs.rng)
    for step, papers in enumerate(shown(batches, "training")):
        first, second = zip(*map(pairs.draw, papers), strict=True)
        scores = embedded(first) @ embedded(second).T / TEMPERATURE
        loss = torch.nn.functional.cross_entropy(scores, torch.arange(len(papers)))
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / WARM_UP) * (1 - step / len(batches))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _batches(papers: int, epochs: int, batch: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Every paper once an epoch in random order, less the last few that fill no batch."""
    whole = papers - papers % batch
    return [one for _ in range(epochs) for one in rng.permutation(papers)[:whole].reshape(-1, batch)]


# The files


def _write(out: Path, rows: Floats, tokenizer: Tokenizer) -> None:
    """Rows as int8 with a scale each, and the tokenizer; a file is whole or not there."""
    scale = (np.abs(rows).max(1) / 127).astype(np.float16)
    divisor = np.where(scale > 0, scale, 1).astype(np.float32)[:, None]
    table = np.clip(np.rint(rows / divisor), -127, 127).astype(np.int8)
    out.mkdir(parents=True, exist_ok=True)
    _replace(out / TABLE, lambda path: np.save(path, table))
    _replace(out / SCALE, lambda path: np.save(path, scale))
    _replace(out / TOKENIZER, lambda path: tokenizer.save(str(path), pretty=False))


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside `path`, then put it in its place."""
    beside = path.with_name(f".{os.getpid()}-{path.name}")  # keeps the suffix: np.save adds one otherwise
    write(beside)
    beside.replace(path)
