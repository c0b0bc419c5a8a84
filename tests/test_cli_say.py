"""What is printed of names that were made to harm a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

from photochrom.cli.main import main
from photochrom.cli.say import printable

CLEARS = "\x1b[2J\x1b]0;owned\x07.png"


def gray(path: Path) -> Path:
    Image.fromarray(skimage.data.chelsea()[::8, ::8, 1]).save(path)
    return path


def test_control_codes_and_what_is_no_text_are_written_out() -> None:
    assert printable("a\x1b[2J\tö\r\u202e\x9b\udcff\nb") == "a\\x1b[2J\\tö\\r\\u202e\\x9b\\udcff\nb"


def test_an_error_names_a_file_without_its_control_codes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / CLEARS).write_bytes(b"no picture")
    gray(tmp_path / "b.png")
    assert main(["colorize", str(tmp_path), "-o", str(tmp_path.with_name("out"))]) == 3
    said = capsys.readouterr().err
    assert "\\x1b[2J" in said
    assert not set(said) & {"\x1b", "\x07", "\r"}


def test_a_pipe_gets_a_name_as_it_is_and_a_terminal_one_that_does_no_harm(tmp_path: Path) -> None:
    picture = gray(tmp_path / CLEARS)
    command = [sys.executable, "-m", "photochrom", "colorize", str(picture), "--force", "-o"]
    target = tmp_path / f"new-{CLEARS}"
    piped = subprocess.run([*command, str(target)], stdout=subprocess.PIPE, check=True)
    assert piped.stdout == os.fsencode(f"{target}\n")

    ours, theirs = pty.openpty()
    subprocess.run([*command, str(target)], stdout=theirs, stderr=subprocess.DEVNULL, check=True)
    os.close(theirs)
    shown = os.read(ours, 4096)
    os.close(ours)
    assert b"new-\\x1b[2J" in shown
    assert b"\x1b" not in shown
