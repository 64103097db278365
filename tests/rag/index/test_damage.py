"""Damage to the files of an index: seen at opening, healed, and never answered from."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag import Assistant, load_config

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
