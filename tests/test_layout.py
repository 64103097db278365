"""What the project promises of its own shape: layout, imports, public names, types and lint."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import corpus
import rag

ROOT = Path(__file__).parent.parent
LAYERS = ("corpus", "rag", "ui")
SOURCES = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]

RAG_ORDER = """errors config filters vector_files folder answer records conditions document sentences static embedding forward view
words catalogue encode sparse collection quota connection lease chroma generations lexical lexical_writer server_words sync rebuild repair index wording
question untrusted passages retrieve quotes judge write verify assistant evaluate""".split()


def _imports(path: Path, top_level: bool = False) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    nodes = tree.body if top_level else list(ast.walk(tree))
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


@pytest.mark.parametrize("name", RAG_ORDER)
def test_inside_rag_modules_import_only_what_comes_before(name: str) -> None:
    inner = {module.split(".")[1] for module in _imports(ROOT / "rag" / f"{name}.py", top_level=True) if module.startswith("rag.")}
    later = set(RAG_ORDER[RAG_ORDER.index(name) + 1 :])
    assert not inner & later


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
    size = sum(path.stat().st_size for path in (ROOT / "rag" / "weights").iterdir())
    assert size <= 16 * 1024 * 1024


@pytest.mark.parametrize("command", [["mypy"], ["ruff", "check", "."], ["ruff", "format", "--check", "."]], ids=" ".join)
def test_types_lint_and_format(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
