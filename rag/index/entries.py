"""Papers as the index needs them: the vector that Chroma holds, and the forward index's entry."""

from collections.abc import Sequence
from functools import partial
from zlib import crc32

import numpy as np
import tantivy
from numpy.typing import NDArray

from corpus import Paper
from rag.embedding import Embedder, StaticEmbedder, Vectors, WordMemo, counted, normalised
from rag.index.lexical.forward import MOST_COUNT, Entries, Rows, Words, pack
from rag.index.lexical.schema import analyzer
from rag.index.records import embedded_text
from rag.text import folded, split_sentences


def stem_hash(stem: str) -> int:
    """What stands for an index term in an entry."""
    return crc32(stem.encode())


def _read_words(static: StaticEmbedder, stemmer: tantivy.TextAnalyzer, words: list[str]) -> tuple[list[bytes], list[bytes]]:
    """Tokens and stems of words, as words of four bytes."""
    stems = (b"".join(stem_hash(stem).to_bytes(4, "little") for stem in stemmer.analyze(folded(word))) for word in words)
    return [ids.astype("<u4").tobytes() for ids in static.table.token_ids(words)], list(stems)


class PaperEncoder:
    """Encodes papers, each text read once. Raises ModelError when an embedder's endpoint fails."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.static = embedder if isinstance(embedder, StaticEmbedder) else StaticEmbedder()
        self._memo = WordMemo(partial(_read_words, self.static, analyzer()))

    @property
    def reads_by(self) -> str:
        """Changes whenever entries would: they hold this table's tokens."""
        return self.static.fingerprint

    def encode(self, papers: Sequence[Paper]) -> tuple[Vectors, Entries]:
        """(papers, dimensions) vectors, and the entries."""
        texts = _Texts(papers, self._memo)
        own = self.embedder is self.static
        vectors = self._vectors(texts) if own else self.embedder.encode([embedded_text(paper) for paper in papers])
        return vectors, self._entries(papers, texts, vectors)

    def entries(self, papers: Sequence[Paper], vectors: Vectors) -> Entries:
        """The entries of papers whose vectors are known."""
        return self._entries(papers, _Texts(papers, self._memo), vectors)

    def _vectors(self, texts: "_Texts") -> Vectors:
        """What `StaticEmbedder.encode` gives for the embedded texts, which hold a full stop after the title."""
        count, table = len(texts.counts), self.static.table
        stop = int(table.token_ids(["."])[0][0])
        paper = np.append(texts.paper[texts.passage], np.arange(count))
        return normalised(table.sums(*counted(paper, np.append(texts.tokens, np.full(count, stop)), count)))

    def _entries(self, papers: Sequence[Paper], texts: "_Texts", vectors: Vectors) -> Entries:
        ids, counts, ends = counted(texts.passage, texts.tokens, len(texts.paper))
        counts = np.minimum(counts, MOST_COUNT)
        sums = self.static.table.sums(ids, counts, ends)
        norms = np.sqrt(np.einsum("ij,ij->i", sums, sums))
        return pack([paper.paper_id for paper in papers], vectors, (texts.counts, ends, norms, ids, counts), texts.different_stems())


class _Texts:
    """Tokens and stems of papers' passages (the title first, then the sentences), end to end, with whose each is."""

    def __init__(self, papers: Sequence[Paper], memo: WordMemo) -> None:
        groups = [(paper.title, *split_sentences(paper.abstract)) for paper in papers]
        tokens, stems = memo.texts([text for group in groups for text in group])
        self.counts = np.array([len(group) for group in groups], np.int64)
        self.paper = np.repeat(np.arange(len(papers)), self.counts)
        self.tokens, self.passage = _joined(tokens)
        self._stems, self._stem_passage = _joined(stems)

    def different_stems(self) -> tuple[Words, Rows, Rows]:
        """Each paper's different stems, those of its title first; how many are the title's; where each paper's end."""
        paper = self.paper[self._stem_passage]
        in_title = self._stem_passage == (np.cumsum(self.counts) - self.counts)[paper]
        keys = np.sort((paper << 33) | (self._stems.astype(np.int64) << 1) | ~in_title)
        keys = keys[np.diff(keys >> 1, prepend=-1) != 0]  # of two alike the title's came first
        paper, in_title = keys >> 33, keys & 1 == 0
        order = np.argsort(paper * 2 + ~in_title, kind="stable")
        titled = np.bincount(paper[in_title], minlength=len(self.counts))
        ends = np.cumsum(np.bincount(paper, minlength=len(self.counts)))
        return (keys[order] >> 1 & 0xFFFFFFFF).astype(np.uint32), titled, ends


def _joined(parts: Sequence[bytes]) -> tuple[Words, NDArray[np.int64]]:
    """Words of four bytes, end to end, and the number of the part that each is of."""
    return np.frombuffer(b"".join(parts), "<u4"), np.repeat(np.arange(len(parts)), [len(part) // 4 for part in parts])
