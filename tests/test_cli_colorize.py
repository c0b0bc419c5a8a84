"""`photochrom colorize`: names, overwriting, exit codes, streams."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

import models
from photochrom.batch import local
from photochrom.batch.plan import plan
from photochrom.cli.main import main
from photochrom.errors import OptionError
from photochrom.inference.colorizer import Colorizer
from photochrom.storage.place import files_of
from pictures import chelsea, encode, opened


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("model") / "some.onnx"
    path.write_bytes(models.model_bytes(models.conv_model(), models.palette_spec()))
    return str(path)


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three gray pictures in a tree, and the folder as the current one."""
    monkeypatch.chdir(tmp_path)
    ramp = np.linspace(0, 255, 40 * 48).reshape(40, 48).astype(np.uint8)
    for name in ("a.png", "b.jpg", "deep/er/c.png"):
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(ramp).save(path)
    return tmp_path / "scans"


def files(folder: Path) -> list[str]:
    """All files in a folder but the record of a batch."""
    found = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return sorted(name for name in found if ".photochrom/" not in name)


def test_one_picture_is_coloured_beside_itself(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["colorize", "scans/a.png", "--model", model]) == 0
    assert capsys.readouterr().out == f"{Path('scans/a-color.png')}\n"
    colored = np.asarray(opened((scans / "a-color.png").read_bytes()))
    assert colored.shape == (40, 48, 3)
    assert np.ptp(colored, axis=2).max() > 0


def test_a_named_file_takes_its_format_from_its_suffix(scans: Path, model: str) -> None:
    assert main(["colorize", "scans/a.png", "-o", "out.webp", "--model", model]) == 0
    assert opened(Path("out.webp").read_bytes()).format == "WEBP"


def test_a_tree_is_mirrored(scans: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["colorize", "scans", "-o", "done", "-m", model, "--format", "tiff"]) == 0
    assert files(Path("done")) == ["a.tif", "b.tif", "deep/er/c.tif"]
    told = [str(Path("done", name)) for name in files(Path("done"))]
    assert capsys.readouterr().out.splitlines() == told


def test_a_folder_inside_its_input_is_not_coloured_again(scans: Path, model: str) -> None:
    for force in ([], ["--force"]):
        assert main(["colorize", "scans", "-o", "scans/done", "-m", model, *force]) == 0
    assert files(scans / "done") == ["a.png", "b.jpg", "deep/er/c.png"]


def test_a_pattern_names_many(scans: Path, model: str) -> None:
    assert main(["colorize", "scans/**/*.png", "-o", "done", "-m", model]) == 0
    assert files(Path("done")) == ["a.png", "c.png"]


def test_nothing_is_overwritten_without_force(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (scans / "a-color.png").write_bytes(b"mine")
    assert main(["colorize", "scans/a.png", "-m", model]) == 1
    assert (scans / "a-color.png").read_bytes() == b"mine"
    assert "--force" in capsys.readouterr().err
    assert main(["colorize", "scans/a.png", "-m", model, "--force"]) == 0
    assert opened((scans / "a-color.png").read_bytes()).size == (48, 40)


def test_failed_inputs_are_named_and_the_others_go_on(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (scans / "text.jpg").write_text("I am no picture")
    (scans / "cut.png").write_bytes((scans / "a.png").read_bytes()[:60])
    assert main(["colorize", "scans", "nowhere.jpg", "-o", "done", "-m", model]) == 3
    captured = capsys.readouterr()
    for name in ("text.jpg", "cut.png", "nowhere.jpg"):
        assert name in captured.err
    assert "3 of 6 pictures failed" in captured.err
    assert files(Path("done")) == ["a.png", "b.jpg", "deep/er/c.png"]


@pytest.mark.parametrize("name", ["text.jpg", "nowhere.jpg"])
def test_the_only_input_failing_exits_with_1(scans: Path, model: str, name: str) -> None:
    (scans / "text.jpg").write_text("I am no picture")
    assert main(["colorize", f"scans/{name}", "-m", model]) == 1


def test_json_tells_what_became_of_each(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["colorize", "scans/a.png", "no.png", "-o", "done", "-m", model, "--json"]) == 3
    first, second = json.loads(capsys.readouterr().out)
    assert first["output"] == str(Path("done/a.png"))
    assert first["error"] is None
    assert second["output"] is None
    assert "no.png" in second["error"]


def test_a_picture_with_more_pixels_than_allowed_is_refused(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["colorize", "scans/a.png", "-m", model, "--max-pixels", "1919"]) == 1
    assert "a.png" in capsys.readouterr().err
    assert main(["colorize", "scans/a.png", "-m", model, "--max-pixels", "1920"]) == 0


def test_one_pixel_is_coloured(scans: Path, model: str) -> None:
    Image.new("L", (1, 1), 99).save("one.png")
    assert main(["colorize", "one.png", "-m", model]) == 0
    assert opened(Path("one-color.png").read_bytes()).size == (1, 1)


@pytest.mark.parametrize("content", [b"", b"no model", b"\x89PNG\r\n\x1a\n"])
def test_a_model_file_that_is_not_one_ends_the_run(
    scans: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.onnx").write_bytes(content)
    assert main(["colorize", "scans", "-o", "done", "-m", "bad.onnx"]) == 1
    assert "model" in capsys.readouterr().err
    assert not Path("done").exists()


@pytest.mark.parametrize("vividness", ["-1", "2", "nan"])
def test_a_wrong_option_ends_the_run_with_2(scans: Path, model: str, vividness: str) -> None:
    arguments = ["colorize", "scans", "-o", "done", "-m", model, "--vividness", vividness]
    assert main(arguments) == 2
    assert files(Path()) == ["scans/a.png", "scans/b.jpg", "scans/deep/er/c.png"]


CLASHES = {
    "two results of one name": ["a.png", "deep/er/../../a.png", "-o", "out"],
    "one suffix for two": ["a.png", "b.jpg", "a.jpg", "-o", "out", "--format", "png"],
    "an input as result": ["a.png", "-o", "a.png", "--force"],
    "a folder onto itself": [".", "-o", "."],
    "a folder without a place": ["."],
    "several into a file": ["a.png", "b.jpg", "-o", "c.png"],
    "a pattern without match": ["*.gif"],
    "a stream and a file": ["-", "a.png"],
    "a stream and json": ["-", "--json"],
}


@pytest.mark.parametrize("arguments", CLASHES.values(), ids=CLASHES.keys())
def test_clashing_names_are_refused_before_any_work(
    scans: Path, model: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(scans)
    for name in ("a.jpg", "c.png"):
        Path(name).write_bytes(Path("b.jpg").read_bytes())
    before = {name: Path(name).read_bytes() for name in files(Path())}
    assert main(["colorize", *arguments, "-m", model]) == 2
    assert {name: Path(name).read_bytes() for name in files(Path())} == before


def test_names_that_differ_only_in_suffix_do_not_clash(scans: Path) -> None:
    planned = plan(["scans/a.png", "scans/b.jpg"], None, None)
    assert [item.target for item in planned.items] == ["scans/a-color.png", "scans/b-color.jpg"]
    with pytest.raises(OptionError, match="both be written"):
        plan(["scans/a.png", "scans/a.png"], None, None)


class Stream:
    """What `sys.stdin` and `sys.stdout` are to the command: a buffer of bytes."""

    def __init__(self, content: bytes = b"") -> None:
        self.buffer = io.BytesIO(content)

    def isatty(self) -> bool:
        return False

    def flush(self) -> None:
        pass


def test_a_stream_keeps_its_format(
    scans: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, options, expected in (
        ("a.png", [], "PNG"),
        ("b.jpg", [], "JPEG"),
        ("a.png", ["--format", "webp"], "WEBP"),
    ):
        out = Stream()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", Stream((scans / name).read_bytes()))
            patch.setattr(sys, "stdout", out)
            assert main(["colorize", "-", "-m", model, *options]) == 0
        colored = opened(out.buffer.getvalue())
        assert (colored.format, colored.size) == (expected, (48, 40))


def test_a_stream_that_is_no_picture_fails(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Stream(b"text"))
    assert main(["colorize", "-", "-m", model]) == 1
    assert capsys.readouterr().err.startswith("photochrom: ")


def test_a_stream_can_go_to_a_file(
    scans: Path, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Stream((scans / "a.png").read_bytes()))
    assert main(["colorize", "-", "-m", model, "-o", "out.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"input": "-", "output": "out.png", "skipped": None}
    monkeypatch.setattr(sys, "stdin", Stream((scans / "a.png").read_bytes()))
    assert main(["colorize", "-", "-m", model, "-o", "out.png"]) == 1
    assert "exists already" in capsys.readouterr().err
    assert opened(Path("out.png").read_bytes()).size == (48, 40)


def test_a_stream_replaces_nothing_behind_a_url(
    scans: Path,
    model: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("fsspec")
    place, layer, near = "memory://st/a.png", "memory://st/layer.png", Path("near.png")
    near.write_bytes(b"mine")
    for one in (place, layer):
        files_of(one).write(one, b"mine")
    for output, more in (
        (place, []),
        (near.absolute().as_uri(), []),
        ("memory://st/new.png", ["--layer", layer]),
    ):
        monkeypatch.setattr(sys, "stdin", Stream((scans / "a.png").read_bytes()))
        assert main(["colorize", "-", "-m", model, "-o", output, *more]) == 1
        assert "exists already" in capsys.readouterr().err
    assert [files_of(one).read(one) for one in (place, layer)] == [b"mine", b"mine"]
    assert near.read_bytes() == b"mine"
    assert files_of("memory://st").names("memory://st") == ["a.png", "layer.png"]
    monkeypatch.setattr(sys, "stdin", Stream((scans / "a.png").read_bytes()))
    assert main(["colorize", "-", "-m", model, "-o", place, "--force"]) == 0
    assert files_of(place).read(place)[:4] == b"\x89PNG"


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    scans: Path, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: Path, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    monkeypatch.setattr("os.replace", full)
    assert main(["colorize", "scans/a.png", "-m", model]) == 1
    captured = capsys.readouterr()
    assert "No space left" in captured.err
    assert "Traceback" not in captured.err
    assert files(scans) == ["a.png", "b.jpg", "deep/er/c.png"]


def test_a_folder_that_cannot_be_made_is_one_sentence(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("taken").write_text("a file")
    assert main(["colorize", "scans/a.png", "-o", "taken/x/a.png", "-m", model]) == 1
    assert "cannot be made" in capsys.readouterr().err


def test_a_picture_that_the_format_cannot_hold_fails_alone(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    clear = np.zeros((8, 8, 4), np.uint8)
    Image.fromarray(clear).save(scans / "b-clear.png")
    assert main(["colorize", "scans", "-o", "done", "-m", model, "--format", "jpeg"]) == 3
    assert "b-clear.png" in capsys.readouterr().err
    assert files(Path("done")) == ["a.jpg", "b.jpg", "deep/er/c.jpg"]


def test_model_options_are_checked_before_any_picture(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in (["--vividness", "2"], ["--decode", "argmax-rgb"], ["--decode", "rgb"]):
        assert main(["colorize", "scans", "-o", "done", "-m", model, *wrong]) == 2
        assert "colouring" not in capsys.readouterr().err


def test_what_could_not_be_kept_is_said(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Image.fromarray(np.full((9, 9), 90, np.uint8))
    page.save(scans / "pages.tif", save_all=True, append_images=[page, page])
    assert main(["colorize", "scans/pages.tif", "-m", model]) == 0
    assert "first" in capsys.readouterr().err


def test_a_stream_output_needs_a_stream_input(scans: Path, model: str) -> None:
    assert main(["colorize", "scans/a.png", "-o", "-", "-m", model]) == 2
    assert not Path("-").exists()


def test_an_unknown_suffix_is_wrong_usage(scans: Path, model: str) -> None:
    assert main(["colorize", "scans/a.png", "-o", "a.bmp", "-m", model]) == 2


def test_without_a_model_the_packaged_one_colours(scans: Path) -> None:
    for words in ([], ["--model", "general", "--force"]):
        assert main(["colorize", "scans/a.png", *words]) == 0
        written = np.asarray(opened((scans / "a-color.png").read_bytes()))
        np.testing.assert_array_equal(written, Colorizer().colorize(scans / "a.png").pixels)


def test_a_mistyped_model_name_is_told_with_the_right_ones(
    scans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["colorize", "scans/a.png", "-m", "generl"]) == 1
    assert "there is: general" in capsys.readouterr().err


def test_a_file_named_like_a_packaged_model_is_had_by_its_path(scans: Path, model: str) -> None:
    Path("general").write_bytes(Path(model).read_bytes())
    words = ["colorize", "scans/a.png", "--no-provenance"]  # which would name the files
    assert main([*words, "-m", "./general", "-o", "mine.png"]) == 0
    assert main([*words, "-m", model, "-o", "same.png"]) == 0
    assert Path("mine.png").read_bytes() == Path("same.png").read_bytes()


@pytest.fixture
def cat(scans: Path) -> Path:
    Path("cat.jpg").write_bytes(encode(chelsea(), "jpeg"))
    return Path("cat.jpg")


@pytest.mark.parametrize("words", [[], ["-o", "result.jpg"], ["-o", "done"]], ids=str)
def test_a_picture_in_colour_is_named_and_left_alone(
    cat: Path, model: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["colorize", str(cat), "-m", model, *words]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "cat.jpg: already in colour, left alone; --even-if-colored" in captured.err
    assert not [name for name in files(Path()) if "scans" not in name and name != "cat.jpg"]


def test_a_picture_in_colour_is_coloured_anew_when_told_so(cat: Path, model: str) -> None:
    words = ["-o", "anew.png", "--even-if-colored", "-m", model]
    assert main(["colorize", str(cat), *words]) == 0
    expected = Colorizer(model).colorize(cat).pixels
    np.testing.assert_array_equal(np.asarray(opened(Path("anew.png").read_bytes())), expected)


def test_json_says_which_pictures_were_left_alone(
    cat: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["colorize", str(cat), "scans/a.png", "-o", "done", "-m", model, "--json"]) == 0
    captured = capsys.readouterr()
    first, second = json.loads(captured.out)
    assert (first["output"], first["error"]) == (None, None)
    assert first["skipped"] == "already in colour"
    assert second["skipped"] is None
    assert "1 of 2" not in captured.out
    assert files(Path("done")) == ["a.png"]


def test_a_sepia_print_is_coloured(scans: Path, model: str) -> None:
    gray = np.asarray(opened((scans / "a.png").read_bytes())) / 255
    sepia = np.rint(gray[..., None] ** [0.7, 1.0, 1.5] * 255).astype(np.uint8)
    Image.fromarray(sepia).save("sepia.png")
    assert main(["colorize", "sepia.png", "-m", model]) == 0
    assert Path("sepia-color.png").exists()


def test_a_stream_in_colour_goes_on_as_it_came(
    cat: Path, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, expected in (([], cat.read_bytes()), (["--format", "png"], None)):
        out = Stream()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", Stream(cat.read_bytes()))
            patch.setattr(sys, "stdout", out)
            assert main(["colorize", "-", "-m", model, *words]) == 0
        if expected is not None:
            assert out.buffer.getvalue() == expected
        else:
            passed = opened(out.buffer.getvalue())
            assert passed.format == "PNG"
            np.testing.assert_array_equal(np.asarray(passed), np.asarray(Image.open(cat)))
        assert "stdin: already in colour" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--format", "png"]], ids=str)
def test_a_stream_in_colour_is_passed_on_within_the_limits_that_were_given(
    cat: Path,
    model: str,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for allowed, code in ((300 * 451 - 1, 1), (300 * 451, 0)):
        out = Stream()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", Stream(cat.read_bytes()))
            patch.setattr(sys, "stdout", out)
            arguments = ["colorize", "-", "-m", model, "--max-pixels", str(allowed), *words]
            assert main(arguments) == code
        assert bool(out.buffer.getvalue()) == (code == 0)
    assert "135,299" in capsys.readouterr().err


def test_a_stream_in_colour_writes_no_file(
    cat: Path, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Stream(cat.read_bytes()))
    assert main(["colorize", "-", "-m", model, "-o", "out.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"input": "-", "output": None, "skipped": "already in colour"}
    assert not Path("out.png").exists()


def test_a_gpu_that_is_not_there_is_wrong_usage_and_says_what_to_do(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("there is a GPU")
    for verb in (["colorize", "scans", "-o", "done"], ["evaluate", "scans"]):
        assert main([*verb, "-m", model, "--device", "cuda"]) == 2
        captured = capsys.readouterr()
        assert "'cuda' is not available here; there is: " in captured.err
        assert "onnxruntime-gpu" in captured.err
        assert captured.err.count("\n") == 1 or verb[0] == "evaluate"
    assert files(Path("done")) == []


@pytest.mark.parametrize("size", ["15", "4097"])
def test_a_working_size_that_makes_no_sense_is_refused_before_any_work(
    scans: Path, model: str, size: str
) -> None:
    assert main(["colorize", "scans", "-o", "done", "-m", model, "--working-size", size]) == 2
    assert files(Path("done")) == []


def test_a_working_size_changes_what_the_network_sees_but_not_the_result_s_size(
    scans: Path, model: str
) -> None:
    assert main(["colorize", "scans/a.png", "-m", model, "--working-size", "20"]) == 0
    written = np.asarray(opened((scans / "a-color.png").read_bytes()))
    colorizer = Colorizer(model)
    expected = colorizer.colorize(scans / "a.png", working_size=20).pixels
    np.testing.assert_array_equal(written, expected)
    assert (written != colorizer.colorize(scans / "a.png").pixels).any()


def test_a_picture_too_large_for_the_memory_fails_alone_and_says_what_to_do(
    scans: Path, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if sys.platform != "linux":
        pytest.skip("the memory of a process cannot be limited here")
    big = Image.fromarray(np.full((4000, 5000), 9000, np.uint16))
    big.save(scans / "big.png", compress_level=1)
    monkeypatch.setattr(local, "LEAST_MEMORY", 300 << 20)  # so that a small picture is too large
    words = ["--workers", "1", "--max-memory", "300M"]
    assert main(["colorize", "scans", "-o", "done", "-m", model, *words]) == 3
    err = capsys.readouterr().err
    assert "big.png: not enough memory to colour a picture of 5000 x 4000 px" in err
    assert "reduce the picture first" in err
    assert files(Path("done")) == ["a.png", "b.jpg", "deep/er/c.png"]
