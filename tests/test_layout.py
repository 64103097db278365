"""What the project promises of its own shape: layout, imports, public names, types and lint."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import corpus
import rag

ROOT = Path(__file__).parents[1]
LAYERS = ("corpus", "rag", "ui")
SOURCES = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]

WINGS = (
    "errors config filters answer text embedding index llm retrieval understanding relevance verification generation assistant export doctor"
    " llama_index evaluation"
).split()
"""The rooms of rag/, each of which imports only from those before it."""

APART = ("by_model", "exam", "training")
"""Modules that other wings import by their own name: they need a language model's client, or torch."""


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    nodes = list(ast.walk(tree))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_the_top_level_holds_what_was_agreed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    top = {name.split("/")[0] for name in listed}
    assert {name for name in top if not name.startswith(".")} == {"pyproject.toml", "rag", "ui", "corpus", "tests", "README.md"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    layer = LAYERS.index(path.relative_to(ROOT).parts[0])
    used = {name.split(".")[0] for name in _imports(path)} & set(LAYERS)
    assert all(LAYERS.index(name) <= layer for name in used), used
    assert "tests" not in {name.split(".")[0] for name in _imports(path)}


def _wing(module: str) -> str:
    """`rag.index.chroma.store` -> `index`; empty outside rag."""
    top, _, rest = module.partition(".")
    return rest.split(".")[0] if top == "rag" else ""


def test_every_room_of_rag_has_its_place_in_the_order() -> None:
    rooms = {path.stem for path in (ROOT / "rag").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - {"__init__"} == set(WINGS)


@pytest.mark.parametrize("path", [path for path in SOURCES if "rag" in path.parts], ids=lambda p: str(p.relative_to(ROOT)))
def test_inside_rag_no_import_climbs(path: Path) -> None:
    own = path.relative_to(ROOT / "rag").parts[0].removesuffix(".py")
    if own == "__init__":
        return  # the public API names them all, and loads each when it is used
    later = set(WINGS[WINGS.index(own) + 1 :])
    assert not {_wing(module) for module in _imports(path)} & later


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_wing_is_used_through_the_names_that_it_exports(path: Path) -> None:
    own = ".".join(path.relative_to(ROOT).with_suffix("").parts[:2])
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.module or node.module.startswith(own):
            continue
        inside = node.module.count(".") > 1 and node.module.startswith("rag.") and not node.module.startswith("rag.evaluation.")
        assert not inside or node.module.split(".")[-1] in APART, node.module
        if node.module.split(".")[0] in LAYERS:
            assert not [alias.name for alias in node.names if alias.name.startswith("_")], node.module


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_its_job(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or node.lineno) - node.lineno < 60, node.name


def test_the_public_names_are_pinned() -> None:
    assert rag.__all__ == [
        "Answer", "Assistant", "Checks", "Citation", "Config", "Coverage", "Delta", "Event", "Filters", "Hit", "Index", "Message", "Paper",
        "PaperEmbedding", "PaperRetriever", "PaperchatError", "Report", "Step", "Usage", "load_config", "query", "search",
    ]  # fmt: skip
    for module in (rag, corpus):
        for name in module.__all__:
            assert getattr(module, name) is not None
    with pytest.raises(AttributeError):
        rag.nonsense  # noqa: B018


def test_every_setting_is_read_in_config_only() -> None:
    for path in SOURCES:
        if path.name != "config.py":
            assert "os.environ" not in path.read_text("utf-8") or "environ.setdefault" in path.read_text("utf-8"), path


def test_torch_is_not_in_the_default_install() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert not any(name in line for line in project["dependencies"] for name in ("torch", "sentence-transformers", "transformers"))


def test_weights_fit_in_the_package() -> None:
    size = sum(path.stat().st_size for path in (ROOT / "rag").glob("*/weights/*"))
    assert size <= 52 * 1024 * 1024


@pytest.mark.parametrize("command", [["mypy"], ["ruff", "check", "."], ["ruff", "format", "--check", "."]], ids=" ".join)
def test_types_lint_and_format(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_examples_that_are_read_at_run_time_are_installed() -> None:
    """The fit reads the others, from a checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    installed = project["tool"]["setuptools"]["package-data"]["rag.understanding"]
    folder = ROOT / "rag" / "understanding"
    read = [path.read_text("utf-8") for path in folder.glob("*.py") if path.name not in ("training.py", "example_turns.py")]
    for example in (folder / "examples").iterdir():
        assert f"examples/{example.name}" in installed or not any(f'"{example.name}"' in text for text in read), example.name
