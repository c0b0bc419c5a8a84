"""Promises about the package as a whole: names, lightness, documentation."""

import ast
import importlib.util
import inspect
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

import photochrom
from photochrom import errors
from photochrom.cli.main import cli

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PUBLIC = {
    "Colorizer", "Hint", "Palette", "PhotochromError", "Session", "TrainConfig", "__version__",
    "colorize", "evaluate", "load_image", "save_image", "train",
}  # fmt: skip
HEAVY = ("torch", "onnxruntime", "cv2", "pyvips", "numpy", "ray", "fsspec")


def blocks(language: str) -> list[tuple[str, str]]:
    """Every fenced block of a language with the name of its page."""
    pattern = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [
        (page.relative_to(ROOT).as_posix(), block)
        for page in PAGES
        for block in pattern.findall(page.read_text(encoding="utf-8"))
    ]


def test_the_public_names_are_these_and_no_more() -> None:
    assert set(photochrom.__all__) == PUBLIC
    assert set(dir(photochrom)) == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_can_be_had_and_is_documented(name: str) -> None:
    found = getattr(photochrom, name)
    if name == "__version__":
        return
    assert inspect.getdoc(found)
    home = f"::: {found.__module__}.{name}"
    assert home in (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'paint'"):
        photochrom.paint  # noqa: B018


def test_importing_photochrom_loads_nothing_heavy() -> None:
    script = f"import sys, photochrom; print([n for n in {HEAVY!r} if n in sys.modules])"
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_error_is_also_a_builtin_one_and_documented() -> None:
    page = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    for name, error in vars(errors).items():
        if inspect.isclass(error) and error is not errors.PhotochromError:
            assert issubclass(error, errors.PhotochromError)
            also = next(base for base in error.__mro__ if base.__module__ == "builtins")
            assert f"| `{name}` | `{also.__name__}` | {error.__doc__} |" in page


def test_the_page_of_the_command_line_is_current() -> None:
    spec = importlib.util.spec_from_file_location("cli_page", ROOT / "tools" / "cli_page.py")
    assert spec is not None
    assert spec.loader is not None
    cli_page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cli_page)
    stale = "run python tools/cli_page.py"
    assert cli_page.PAGE.read_text(encoding="utf-8") == cli_page.page(), stale


@pytest.mark.parametrize(("page", "block"), blocks("console"))
def test_every_command_in_the_documentation_is_accepted(page: str, block: str) -> None:
    targets = set(
        re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    for line in block.splitlines():
        words = shlex.split(line.split("<")[0], comments=True)
        assert words[0] in ("make", "photochrom"), page
        if words[0] == "make":
            assert words[1] in targets, page
        else:
            _accept(words[1:])


def _accept(words: list[str]) -> None:
    command: click.Command = cli
    while isinstance(command, click.Group):
        command, words = command.commands[words[0]], words[1:]
    command.make_context("example", words)  # raises on unknown or missing options


@pytest.mark.parametrize(("page", "block"), blocks("python"))
def test_every_python_example_runs(page: str, block: str, tmp_path: Path) -> None:
    if "photochrom.train(" in block:  # minutes of training; its names must exist at least
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "photochrom":
                assert node.attr in PUBLIC, page
        return
    command = [sys.executable, "-c", block]
    here = {**os.environ, "PYTHONPATH": str(Path(photochrom.__file__).parents[1])}
    found = subprocess.run(
        command, cwd=tmp_path, env=here, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, f"{page}: {found.stderr}"


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            if not target.startswith(("http://", "https://")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_text_files_are_utf_8_on_every_machine() -> None:
    calls = [
        (path.name, node)
        for path in sorted((ROOT / "src").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    assert calls
    bare = [
        f"{name}:{node.lineno}"
        for name, node in calls
        if isinstance(node.func, ast.Attribute)
        and node.func.attr in ("read_text", "write_text")
        and "encoding" not in [keyword.arg for keyword in node.keywords]
    ]
    assert bare == []


def test_every_room_is_on_the_map() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = [init.parent.name for init in (ROOT / "src/photochrom").glob("*/__init__.py")]
    assert rooms
    assert [room for room in rooms if f"`{room}`" not in page] == []


def test_the_licence_travels_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    assert project["license-files"] == ["LICENSE"]
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_a_missing_extra_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(photochrom, "import_module", missing)
    with pytest.raises(errors.MissingExtraError, match=r"photochrom\[train\]"):
        photochrom.train  # noqa: B018
