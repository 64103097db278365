"""The static embedding at run time: a text is the normalised sum of its tokens' rows, repeats damped.

A directory written by `rag.embedding.training.train` holds `table.npy` (int8, one row a token),
`scale.npy` (float16, what each row is multiplied by) and `tokenizer.json`. The rows stay
int8 in memory; only those that a text needs become floats.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

TABLE, SCALE, TOKENIZER = "table.npy", "scale.npy", "tokenizer.json"
REPEATS = 0.75  # a token met n times weighs n ** 0.75: measured better than n, see weights/README.md
_BATCH = 1024  # texts tokenized at once: enough for every core, little memory
_TOGETHER = 8192  # tokens summed at once: their rows fit a processor's cache

Floats = NDArray[np.float32]
Ids = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class StaticTable:
    """Rows for tokens, and the tokenizer that belongs to them. Never changes, so threads may share it."""

    table: NDArray[np.int8]
    scale: Floats
    tokenizer: Tokenizer

    @classmethod
    def load(cls, directory: Path) -> "StaticTable":
        """Read the three files of `directory`; ValueError where they do not belong together."""
        table = np.load(directory / TABLE, allow_pickle=False)
        scale = np.load(directory / SCALE, allow_pickle=False).astype(np.float32)
        tokenizer = Tokenizer.from_file(str(directory / TOKENIZER))
        if not len(table) == len(scale) == tokenizer.get_vocab_size():
            raise ValueError(f"{directory}: table, scale and tokenizer differ in length")
        return cls(table, scale, tokenizer)

    @property
    def dimensions(self) -> int:
        """How many numbers an embedding has."""
        return int(self.table.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over all that decides an embedding: table, scales, tokenizer and the weight of repeats."""
        digest = hashlib.sha256(f"{self.table.shape} {REPEATS}".encode())
        digest.update(self.table.tobytes())
        digest.update(self.scale.tobytes())
        digest.update(self.tokenizer.to_str().encode())
        return digest.hexdigest()

    def token_ids(self, texts: Sequence[str]) -> list[Ids]:
        """The token ids of each text, without special tokens."""
        if len(texts) == 1:  # a question: a batch costs more than its text
            return [self.cut(texts[0])[0]]
        encoded = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(one.ids, dtype=np.int32) for one in encoded]

    def encode(self, texts: Sequence[str]) -> Floats:
        """One L2-normalised row a text; a text without known tokens gives zeros."""
        parts = [self._encoded(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate([np.zeros((0, self.dimensions), np.float32), *parts])

    def _encoded(self, texts: Sequence[str]) -> Floats:
        tokens = self.token_ids(texts)
        text = np.repeat(np.arange(len(texts)), [len(ids) for ids in tokens])
        return normalised(self.sums(*counted(text, np.concatenate(tokens), len(texts))))

    def lengths(self, texts: Sequence[str]) -> Floats:
        """How long the sum of each text's rows is: short for words that the whole field uses, which training has damped."""
        tokens = self.token_ids(texts)
        text = np.repeat(np.arange(len(texts)), [len(ids) for ids in tokens])
        sums = self.sums(*counted(text, np.concatenate([np.zeros(0, np.int32), *tokens]), len(texts)))
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", sums, sums)))

    def cut(self, text: str) -> tuple[Ids, float]:
        """A text's token ids, and the share of them that only continue a word, 0 to 1: 0 when every word is known whole."""
        encoded = self.tokenizer.encode(text, add_special_tokens=False)
        strange = 1.0 - len(set(encoded.word_ids)) / len(encoded.ids) if encoded.ids else 0.0
        return np.array(encoded.ids, dtype=np.int32), strange

    def strangeness(self, text: str) -> float:
        """How much of a text is known only in pieces; see `cut`."""
        return self.cut(text)[1]

    def encode_one(self, text: str) -> Floats:
        """The embedding of one text, as a vector."""
        return np.asarray(self.encode([text])[0])

    def sums(self, ids: NDArray[np.integer], counts: NDArray[np.integer], ends: NDArray[np.integer]) -> Floats:
        """(groups, dimensions): of each group of different tokens the sum of their rows, repeats damped; see `counted`.

        Groups of like size are summed together, padded: few calls to BLAS, which other threads need not wait for.
        """
        sizes = np.diff(ends, prepend=0)
        weights = self.scale[ids] * counts.astype(np.float32) ** REPEATS
        sums = np.zeros((len(ends), self.dimensions), np.float32)
        order = np.argsort(sizes, kind="stable")
        order = order[sizes[order] > 0]
        while len(order):
            longest = int(sizes[order[-1]])
            some, order = order[-max(1, _TOGETHER // longest) :], order[: -max(1, _TOGETHER // longest)]
            place = np.arange(longest)
            at = np.minimum((ends - sizes)[some][:, None] + place, len(ids) - 1)
            padded = np.where(place < sizes[some][:, None], weights[at], np.float32(0))
            sums[some] = np.matmul(padded[:, None, :], self.table.take(ids[at], 0).astype(np.float32))[:, 0]
        return sums

    def dots(self, ids: NDArray[np.integer], vector: Floats) -> Floats:
        """The dot product of each token's row with a vector; a token that occurs often is read once."""
        met = np.zeros(len(self.table), bool)
        met[ids] = True
        different = np.flatnonzero(met)
        products = np.zeros(len(self.table), np.float32)
        products[different] = (self.table.take(different, 0).astype(np.float32) @ vector) * self.scale[different]
        return np.asarray(products[ids])


def counted(
    group: NDArray[np.integer], tokens: NDArray[np.integer], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Different tokens, group by group; how often each occurs there; where each group ends. `group` says whose each token is."""
    keys, counts = np.unique((group.astype(np.int64) << 32) | tokens.astype(np.int64), return_counts=True)
    ends = np.searchsorted(keys >> 32, np.arange(groups), side="right")
    return keys & 0xFFFFFFFF, counts, ends


def normalised(vectors: Floats) -> Floats:
    """Each vector at length one; zeros stay zeros."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1)[:, None], dtype=np.float32)
