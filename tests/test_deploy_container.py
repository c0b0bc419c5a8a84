"""The container file against what can judge it without a container engine."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import click
import pytest

from photochrom.cli.main import cli

ROOT = Path(__file__).resolve().parent.parent
FILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def instructions() -> list[tuple[str, str]]:
    """Every instruction with its words; comments left out, continued lines joined."""
    lines = [line for line in FILE.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(head, rest) for head, _, rest in (x.partition(" ") for x in joined.splitlines() if x)]


def last_stage() -> dict[str, str]:
    """The instructions of the image itself."""
    whole = instructions()
    begin = max(place for place, (name, _) in enumerate(whole) if name == "FROM")
    return dict(whole[begin:])


def copied() -> list[Path]:
    """Files of this repository that reach the builder and are copied there, by Docker's rules."""
    exclude = pytest.importorskip("docker.utils").exclude_paths
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in ignored if line and not line.startswith("#")]
    sent = {Path(name) for name in exclude(str(ROOT), patterns) if (ROOT / name).is_file()}
    sources = [
        Path(word)
        for name, rest in instructions()
        if name == "COPY" and "--from" not in rest
        for word in shlex.split(rest)[:-1]
    ]
    assert sources
    for source in sources:
        assert any(source == each or source in each.parents for each in sent), source
    return [each for each in sent if any(s == each or s in each.parents for s in sources)]


def test_what_is_copied_makes_the_whole_package_and_nothing_else_is_sent(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    for source in copied():
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, tmp_path / source)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "made"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "made").glob("photochrom-*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    ours = {p.relative_to(ROOT / "src").as_posix() for p in (ROOT / "src").rglob("*.py")}
    assert {*ours, "photochrom/models/general.onnx"} <= held
    assert {path.parts[0] for path in copied()} == {"src", "pyproject.toml", "README.md", "LICENSE"}
    assert not any("__pycache__" in path.parts for path in copied())


@pytest.mark.skipif(sys.platform == "win32", reason="the image is a Linux one")
@pytest.mark.parametrize(
    ("extras", "wanted"),
    [
        ("", ["."]),
        ("s3", [".[s3]"]),
        ("s3,train", ["--extra-index-url", "torch", ".[s3,train]"]),
        ("all", ["--extra-index-url", "torch", ".[all]"]),
    ],
)
def test_the_extras_that_were_asked_for_are_installed(
    extras: str, wanted: list[str], tmp_path: Path
) -> None:
    assert set(filter(None, extras.split(","))) <= set(PROJECT["optional-dependencies"])
    for name in ("python", "pip"):  # they say what they were asked, and do nothing
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@"\n', encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (script,) = (rest for name, rest in instructions() if name == "RUN" and "pip" in rest)
    here = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "EXTRAS": extras, "TORCH_INDEX": "torch"}
    found = subprocess.run(
        ["sh", "-ec", script], env=here, check=True, capture_output=True, text=True
    )
    made, installed = (line.split() for line in found.stdout.splitlines())
    assert made == ["python", "-m", "venv", "--without-pip", "/opt/photochrom"]
    assert installed[:3] == ["pip", "--python", "/opt/photochrom/bin/python"]
    assert installed[5:] == wanted


def test_the_image_runs_photochrom_as_nobody_in_particular() -> None:
    image = last_stage()
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", image["USER"])
    (entry,) = json.loads(image["ENTRYPOINT"])
    assert entry in PROJECT["scripts"]
    assert image["COPY"].split() == ["--from=build", "/opt/photochrom", "/opt/photochrom"]
    assert "PATH=/opt/photochrom/bin:" in image["ENV"]


def test_the_images_python_is_one_that_the_project_is_tested_with() -> None:
    (version,) = re.findall(r"^ARG PYTHON=(.*)$", FILE, re.MULTILINE)
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]


def documented() -> list[str]:
    """Every `docker` command of the page and of the file itself."""
    page = (ROOT / "docs/how-to/container.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```shell\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [*lines, *re.findall(r"^#   (docker .*)$", FILE, re.MULTILINE)]


@pytest.mark.parametrize("line", documented())
def test_every_documented_command_says_what_photochrom_understands(line: str) -> None:
    words = shlex.split(line)
    assert words[:2] in (["docker", "build"], ["docker", "run"]), line
    if words[1] == "build":
        assert words[words.index("-f") + 1] == "deploy/Dockerfile"
        return
    asked = words[words.index("photochrom") + 1 :]
    command: click.Command = cli
    while isinstance(command, click.Group) and asked[0] in command.commands:
        command, asked = command.commands[asked[0]], asked[1:]
    if command is not cli:
        command.make_context("example", asked)  # raises on unknown or missing options
