"""Where training starts: a vocabulary of small pieces and of the field's words whole, and a first row for each."""

import importlib
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from rag.errors import ConfigError

Floats = NDArray[np.float32]

UNKNOWN = "[UNK]"
PIECE = re.compile(r"(##)?[a-z0-9]+|[!-~]|(##)?[α-ω]")  # what is kept of another model's vocabulary
WORD = re.compile(r"(?![0-9]+\b)[a-z0-9]+")  # what may become a token of its own: no bare numbers
LEAST_COUNT = 8  # a word met less often is left in pieces
LEARNT_PIECES = 8_000  # how many pieces to learn where there is no model to start from


def imported(name: str) -> Any:
    """A module that only training needs; ImportError with the fix where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"training needs {name}: pip install 'paperchat[train]'") from error


def shown(items: Any, label: str) -> Any:
    """The items, their progress shown on stderr."""
    from rich.console import Console
    from rich.progress import track

    return track(items, label, console=Console(stderr=True))


def build_tokenizers(papers: Sequence[tuple[str, str]], start: Path | None, size: int) -> tuple[Tokenizer, Tokenizer]:
    """A tokenizer with whole words, and one with the pieces only; a piece has the same id in both."""
    normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    texts = [normalizer.normalize_str(f"{title} {abstract}") for title, abstract in papers]
    counts = Counter(word for text in texts for word in re.findall(r"[a-z0-9]+", text))
    pieces = [UNKNOWN, *(_pieces_of(start) if start else _learnt_pieces(counts))][:size]
    known = set(pieces)
    words = (word for word, count in counts.most_common() if count >= LEAST_COUNT and word not in known and WORD.fullmatch(word))
    return _word_piece([*pieces, *words][:size]), _word_piece(pieces)


def _word_piece(tokens: Sequence[str]) -> Tokenizer:
    ids = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=UNKNOWN, max_input_chars_per_word=64))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def _pieces_of(start: Path) -> list[str]:
    """The tokens of another model in the order of their ids, without those that English papers don't use."""
    ids = _bare_tokenizer(start).get_vocab()
    return sorted(filter(PIECE.fullmatch, ids), key=lambda token: ids[token])


def _learnt_pieces(counts: Counter[str]) -> list[str]:
    """Every character, then the commonest beginnings and ends of words."""
    parts: Counter[str] = Counter()
    for word, count in counts.items():
        for cut in range(1, len(word)):
            parts[word[:cut]] += count
            parts[f"##{word[cut:]}"] += count
    characters = [chr(code) for code in range(ord("!"), ord("~") + 1) if not chr(code).isupper()]
    single = [*characters, *(f"##{character}" for character in characters if character.isalnum())]
    commonest = sorted(parts, key=lambda part: (-parts[part], part))[:LEARNT_PIECES]
    return list(dict.fromkeys(single + commonest))


def _bare_tokenizer(start: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(start / "tokenizer.json"))
    except Exception as error:  # the library raises Exception itself
        raise ConfigError(f"{start} has no tokenizer.json to start from: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def first_rows(tokenizer: Tokenizer, start: Path | None, dimensions: int, rng: np.random.Generator) -> Floats:
    """A row a token, of length 1 on average: random, or of the model in `start`, reduced."""
    if start:
        rows = _reduced(_rows_of(start, tokenizer), dimensions)
    else:
        rows = rng.standard_normal((tokenizer.get_vocab_size(), dimensions), dtype=np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1).mean(), dtype=np.float32)


def _rows_of(start: Path, tokenizer: Tokenizer) -> Floats:
    """What the model in `start` makes of each token, read alone: the mean of its last layer."""
    torch = imported("torch")
    model = imported("transformers").AutoModel.from_pretrained(start).eval()
    pieces = _bare_tokenizer(start)
    before, *_, after = pieces.encode("a").ids  # what the model wants around a text
    by_length = defaultdict(list)
    for token, row in sorted(tokenizer.get_vocab().items()):  # in one order: equal seeds, equal rows
        own = pieces.token_to_id(token)
        ids = [own] if own is not None else pieces.encode(token, add_special_tokens=False).ids
        by_length[len(ids)].append((row, [before, *ids, after]))
    rows = np.empty((tokenizer.get_vocab_size(), model.config.hidden_size), dtype=np.float32)
    for same in by_length.values():
        for at in shown(range(0, len(same), 256), "first rows"):
            places, texts = zip(*same[at : at + 256], strict=True)
            with torch.inference_mode():
                rows[list(places)] = model(torch.tensor(texts)).last_hidden_state.mean(1).numpy()
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _reduced(rows: Floats, dimensions: int) -> Floats:
    """The rows' principal components; zeros follow where there are fewer than `dimensions`."""
    centred = rows - rows.mean(0)
    directions = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :dimensions]
    return np.asarray(np.pad(centred @ directions, ((0, 0), (0, dimensions - directions.shape[1]))))
