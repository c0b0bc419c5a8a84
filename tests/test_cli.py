"""The command line as a whole: help, exit codes, lightness of start-up."""

import os
import subprocess
import sys
import typing
from pathlib import Path

import click
import pytest

from photochrom import __version__
from photochrom.cli import main as door
from photochrom.cli.controls import DECODES
from photochrom.cli.main import cli, main
from photochrom.cli.options import DEVICES, MODEL
from photochrom.cli.status import Status, of_batch, of_error
from photochrom.errors import DatasetError, OptionError
from photochrom.inference import runtime
from photochrom.modelfile.spec import Decode
from photochrom.models.packaged import DEFAULT

HEAVY = ("torch", "onnxruntime", "cv2", "pyvips", "numpy", "rich", "ray", "fsspec")


def all_verbs(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name, command in group.commands.items():
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += all_verbs(command, (*path, name))
    return found


VERBS = dict([((), cli), *all_verbs()])


def python(*arguments: str, **options: typing.Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "photochrom", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_help_text_has_an_example(
    verb: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*verb, "--help"]) == Status.DONE
    before, example = capsys.readouterr().out.split("Example:\n")
    assert before.startswith(" ".join(["Usage: photochrom", *verb]))
    assert example.startswith(" ".join(["    photochrom", *verb]))


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_option_is_explained(verb: tuple[str, ...]) -> None:
    for parameter in VERBS[verb].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_example_is_accepted_as_a_command(verb: tuple[str, ...]) -> None:
    help_text = VERBS[verb].help or ""
    examples = [line for line in help_text.splitlines() if "  photochrom " in line]
    assert examples
    for example in examples:
        _parse(example.split("<")[0].split()[1:])


def _parse(words: list[str]) -> None:
    command: click.Command = cli
    while isinstance(command, click.Group):
        command, words = command.commands[words[0]], words[1:]
    command.make_context("example", words)  # raises on unknown or missing options


def test_help_of_every_verb_loads_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from photochrom.cli.main import main\n"
        f"for verb in {list(VERBS)!r}:\n"
        "    assert main([*verb, '--help']) == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.stdout.splitlines()[-1] == "[]", found.stderr


def test_the_module_runs_as_the_command_does() -> None:
    found = python("--version")
    assert found.returncode == Status.DONE
    assert __version__ in found.stdout


@pytest.mark.parametrize(
    "arguments",
    [["paint"], ["colorize"], ["colorize", "--colour", "x.jpg"], ["palette", "fit", "x.jpg"],
     ["palette", "fit", "x.jpg", "-o", "y.json", "--colors", "1"],
     ["colorize", "x.jpg", "--device", "abacus"]],
)  # fmt: skip
def test_wrong_usage_exits_with_2_and_says_why(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == Status.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


def test_failures_are_one_sentence_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palette", "show", "nowhere.json"]) == Status.FAILED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "photochrom: there is no palette file nowhere.json\n"


def test_an_unexpected_error_is_named_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(door.cli, "make_context", _raises(RuntimeError("the sky fell")))
    assert main([]) == Status.FAILED
    captured = capsys.readouterr()
    assert "RuntimeError: the sky fell" in captured.err
    assert "Traceback" not in captured.err


def test_an_interruption_exits_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(door.cli, "make_context", _raises(KeyboardInterrupt()))
    assert main([]) == Status.INTERRUPTED == 130
    assert capsys.readouterr().err == "photochrom: interrupted\n"


def test_debug_shows_the_traceback() -> None:
    found = python("--debug", "palette", "show", "nowhere.json")
    assert found.returncode == Status.FAILED
    assert "Traceback" in found.stderr
    assert "Traceback" not in python("palette", "show", "nowhere.json").stderr


def test_a_missing_extra_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(door.cli, "make_context", _raises(ModuleNotFoundError(name="torch")))
    assert main([]) == Status.FAILED
    assert "pip install 'photochrom[train]'" in capsys.readouterr().err


def test_a_closed_stdout_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "two.gpl").write_text("GIMP Palette\n1 2 3\n4 5 6\n")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "photochrom", "palette", "show", str(tmp_path / "two.gpl")]
    try:
        found = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writer)
    assert (found.returncode, found.stderr) == (Status.FAILED, b"")


def test_errors_and_counts_map_to_their_codes() -> None:
    assert of_error(OptionError("x")) == 2
    assert of_error(DatasetError("x")) == 1
    assert [of_batch(failed, 3) for failed in range(4)] == [0, 3, 3, 1]


def test_the_decodes_offered_are_those_of_model_files() -> None:
    assert typing.get_args(Decode) == DECODES


def test_the_default_model_and_the_devices_are_those_of_the_rooms_below() -> None:
    assert MODEL == DEFAULT
    assert tuple(runtime.DEVICES) == DEVICES


def test_running_out_of_memory_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(door.cli, "make_context", _raises(MemoryError()))
    assert main([]) == Status.FAILED
    assert capsys.readouterr().err.startswith("photochrom: not enough memory")


def _raises(error: BaseException) -> typing.Callable[..., None]:
    def run(*_: object, **__: object) -> None:
        raise error

    return run
