"""What is installed: the wheel that `pip install .` builds."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_MAY_SHIP = (".py", ".txt", ".json", ".npy", ".npz", ".onnx", ".md", ".css", ".js", "/py.typed")


@pytest.mark.slow
def test_the_wheel_holds_what_is_needed_and_no_more(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    tracked = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(source)], input=tracked, check=True)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as held:
        names = [name for name in held.namelist() if ".dist-info/" not in name]
        metadata = held.read(next(name for name in held.namelist() if name.endswith("/METADATA"))).decode()
    assert {name.partition("/")[0] for name in names} == {"corpus", "rag", "ui"}
    assert all(name.endswith(_MAY_SHIP) for name in names)
    assert {"corpus/py.typed", "rag/py.typed", "ui/py.typed", "rag/relevance/weights/READER-LICENSE.txt"} <= set(names)
    assert not [name for name in names if name.endswith(("wordings.txt", "questions.tsv", "slots.json", "screenshot.png"))]
    assert "License-Expression: Apache-2.0" in metadata and "READER-LICENSE.txt" in metadata
