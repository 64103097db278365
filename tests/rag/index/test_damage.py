"""Damage to the files of an index: seen at opening, healed, and never answered from."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from rag import Assistant, Index, load_config
from rag.embedding import StaticEmbedder, Vectors
from rag.errors import IndexDamaged
from tests.doubles.killing import papers

pytestmark = pytest.mark.local
ASKED = "which papers speed up dLLM decoding?"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A data folder with the papers that ship, and what it answers."""
    home = tmp_path_factory.mktemp("built")
    yield home, Assistant(load_config(home=home)).query(ASKED).text


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    for at in range(len(data) // 3, len(data), max(len(data) // 50, 1)):
        data[at] ^= 0x5A
    file.write_bytes(bytes(data))


def _zero(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _delete(file: Path) -> None:
    file.unlink()


KINDS = (".fast", ".fieldnorm", ".idx", ".pos", ".store", ".term", "forward.data", "forward.rows")


@pytest.mark.parametrize("damage", [_flip, _zero, _cut, _delete], ids=lambda d: d.__name__.strip("_"))
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_made_anew(built: tuple[Path, str], tmp_path: Path, kind: str, damage: Callable[[Path], None]) -> None:
    home, wanted = tmp_path / "home", built[1]
    shutil.copytree(built[0], home)
    (file,) = [path for path in (home / "index" / "g1" / "lexical").iterdir() if path.name.endswith(kind)]
    damage(file)
    healed = Assistant(load_config(home=home))
    assert healed.query(ASKED).text == wanted
    assert not healed.index.verify()


def _flip_header(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[:64] = bytes(byte ^ 0x5A for byte in data[:64])
    file.write_bytes(bytes(data))


def _flip_log(file: Path) -> None:
    """No valid UTF-8 in the log of writes: Chroma's native code panics at it."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE embeddings_queue SET metadata = CAST(x'7b22ff22' AS TEXT) WHERE seq_id = 7")


def _flip_record(file: Path) -> None:
    """One letter of one abstract: nothing that Chroma would ever notice."""
    with closing(sqlite3.connect(file)) as database:
        [(record,)] = database.execute("SELECT string_value FROM embedding_metadata WHERE key = 'record' LIMIT 1")
    data = bytearray(file.read_bytes())
    data[data.rindex(record[20:60].encode())] ^= 1
    file.write_bytes(bytes(data))


DATABASE = (_flip, _flip_header, _flip_log, _flip_record, _zero, _cut, _delete)


@pytest.mark.parametrize("damage", DATABASE, ids=lambda d: d.__name__.strip("_"))
def test_a_damaged_database_is_made_anew_from_its_copy(
    built: tuple[Path, str],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
) -> None:
    home = tmp_path / "home"
    shutil.copytree(built[0], home)
    damage(home / "index" / "g1" / "chroma" / "chroma.sqlite3")
    healed = Assistant(load_config(home=home))
    assert healed.query(ASKED).text == built[1] and not healed.index.verify()
    assert [record.message for record in caplog.records] == [
        "Chroma's database is damaged or gone: making it anew from the lexical index's copy of the papers."
    ]
    assert capfd.readouterr() == ("", "")  # no word of Chroma's native code
    assert damage is _delete or (home / "index" / "g1.damaged" / "chroma.sqlite3").exists()


def test_papers_that_ship_and_were_removed_stay_removed_when_the_index_is_healed(built: tuple[Path, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(built[0], home)
    index = Assistant(load_config(home=home)).index
    gone = [paper.paper_id for paper in index.all_papers()][:5]
    assert index.remove(gone) == 5
    _zero(home / "index" / "g1" / "chroma" / "chroma.sqlite3")
    healed = Assistant(load_config(home=home)).index
    assert len(healed) == 367 and not healed.papers(gone) and not healed.verify()


def test_where_the_copy_is_damaged_too_one_line_tells_it(built: tuple[Path, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(built[0], home)
    _zero(home / "index" / "g1" / "chroma" / "chroma.sqlite3")
    _zero(next((home / "index" / "g1" / "lexical").glob("*.store")))
    with pytest.raises(IndexDamaged, match=r"^[^\n]*; move that folder away, then add your papers again$"):
        Assistant(load_config(home=home))


def test_another_embedders_owner_is_told_to_reindex(built: tuple[Path, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(built[0], home)
    _zero(home / "index" / "g1" / "chroma" / "chroma.sqlite3")
    with pytest.raises(IndexDamaged, match=r"^[^\n]*; run `paperchat reindex` to rebuild it from its copy$"):
        Index(load_config(home=home), _Costly())


class _Costly:
    """An embedder of which each call would cost money."""

    fingerprint = "costly"

    def encode(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError("asked without leave")

    encode_query = encode


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with so many papers that Chroma has written them into its vector files."""
    home = tmp_path_factory.mktemp("many")
    Index(load_config(home=home), StaticEmbedder()).sync(papers(1_100))
    return home


VECTORS = ("data_level0.bin", "header.bin", "length.bin", "link_lists.bin", "index_metadata.pickle")


def _flip_one(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x5A
    file.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("name", "damage"), [*((name, _flip_one) for name in VECTORS), *((VECTORS[0], d) for d in (_flip, _zero, _cut, _delete))]
)
def test_damaged_vector_files_are_made_anew(many: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]) -> None:
    home, embedder = tmp_path / "home", StaticEmbedder()
    shutil.copytree(many, home)
    damage(next((home / "index" / "g1" / "chroma").glob(f"*/{name}")))
    index = Index(load_config(home=home), embedder)  # a flipped link ended the process: status 139
    assert len(index) == 1_100 and not index.verify()
    assert index.nearest(embedder.encode_query("Paper number 7"), 10)


@pytest.mark.parametrize("text", [b"\xff\xfe\x00garbage", b"", b"one", "١".encode()])
def test_garbage_in_the_format_is_mended(built: tuple[Path, str], tmp_path: Path, text: bytes) -> None:
    home = tmp_path / "home"
    shutil.copytree(built[0], home)
    (home / "index" / "FORMAT").write_bytes(text)
    assert Assistant(load_config(home=home)).query(ASKED).text == built[1]
    assert (home / "index" / "FORMAT").read_text() == "1"


def test_a_file_that_is_damaged_meanwhile_is_told(built: tuple[Path, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(built[0], home)
    index = Assistant(load_config(home=home)).index
    (file,) = (home / "index" / "g1" / "lexical").glob("*.store")
    _flip(file)
    assert index.verify() == [f"a file of the lexical index is damaged ({file.name} was changed)"]
