"""What the API of a server does, by a real one on loopback and a client that shares no code."""

import io
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

import models
from photochrom.cli.main import main
from photochrom.errors import InputMissingError, OptionError
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.layerfile import load_layer
from photochrom.palettes.palette import Palette
from photochrom.web import shelf as shelf_module
from photochrom.web.problem import KINDS, Problem
from photochrom.web.settings import Settings
from photochrom.web.shelf import Shelf
from pictures import chelsea, encode, gray_ramp, opened
from web_server import Running, running

COLOR = chelsea(4)
GRAY = encode(Image.fromarray(COLOR).convert("L"), "jpeg", quality=95)
MODEL = models.model_bytes(models.conv_model(), models.palette_spec())
CONVERT = models.model_bytes(models.conv_model(3, output="rgb"), models.rgb_spec())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("models")
    (folder / "Cats & Dogs.onnx").write_bytes(MODEL)
    with running(folder=folder, max_upload=12 << 20, max_pixels=200_000, max_models=2) as one:
        yield one


def post(server: Running, path: str, files: Any = None, **fields: Any) -> httpx.Response:
    given = {"picture": ("old.jpg", GRAY)} if files is None else files
    return server.client.post(f"/api/v1/{path}", files=given, data=fields)


def code(response: httpx.Response) -> str:
    """The code of a refusal, which must be a whole problem document."""
    assert response.headers["content-type"] == "application/problem+json"
    plain = response.json()
    assert plain["status"] == response.status_code == KINDS[plain["code"]].status
    assert plain["type"] == f"urn:photochrom:problem:{plain['code']}"
    assert plain["title"] == KINDS[plain["code"]].title
    assert plain["detail"]
    return str(plain["code"])


def test_a_picture_is_coloured_as_the_library_does_it(server: Running) -> None:
    hints = [{"x": 10, "y": 12, "color": "#aa2211", "radius": 4}]
    expected = Colorizer().colorize(GRAY, vividness=0.7, hints=tuple(hints))
    found = post(server, "colorize", vividness="0.7", hints=json.dumps(hints), format="png")
    assert found.status_code == 200, found.text
    assert found.headers["content-type"] == "image/png"
    assert 'filename="old-color.png"' in found.headers["content-disposition"]
    assert json.loads(found.headers["photochrom-notes"]) == list(expected.kept.notes)
    np.testing.assert_array_equal(np.asarray(opened(found.content)), expected.pixels)


def test_sixteen_bits_and_metadata_are_kept(server: Running) -> None:
    exif = Image.Exif()
    exif[0x010E] = "grandmother"
    deep = Image.fromarray(gray_ramp(16))
    found = post(server, "colorize", {"picture": ("a.tif", encode(deep, "tiff", exif=exif))})
    assert found.headers["content-type"] == "image/tiff"
    kept = Image.open(io.BytesIO(found.content))
    assert kept.tag_v2[0x010E] == "grandmother"  # type: ignore[attr-defined]
    assert kept.tag_v2[0x0102] == (16, 16, 16)  # type: ignore[attr-defined]


def test_names_of_pictures_may_be_anything(server: Running) -> None:
    for name, stem in {"été.jpg": "%C3%A9t%C3%A9", "../etc/x.png": "x"}.items():
        found = post(server, "colorize", {"picture": (name, GRAY)}, model="cats-dogs")
        assert found.status_code == 200
        assert f"filename*=UTF-8''{stem}-color.jpg" in found.headers["content-disposition"]


def test_palettes_references_and_versions_steer(server: Running) -> None:
    plain = post(server, "colorize", format="png").content
    palette = Palette(np.array([[0, 0], [60, 10], [-20, 40]]))
    picture, true = ("a.jpg", GRAY), ("b.png", encode(COLOR, "png"))
    colors = ("a.hex", b"ff0000\n00aa00\n")
    steered = [
        post(server, "colorize", files, format="png", **fields)
        for files, fields in (
            ({"picture": picture}, {"palette": palette.to_json(), "exact_palette": "true"}),
            ({"picture": picture, "palette_file": colors}, {}),
            ([("picture", picture), ("references", true)], {}),
            ({"picture": picture, "chroma_from": true}, {}),
            ({"picture": picture}, {"alternative": "2", "seed": "3"}),
        )
    ]
    for each in steered:
        assert each.status_code == 200, each.text
    assert len({plain, *(each.content for each in steered)}) == 1 + len(steered)


def test_a_layer_and_a_confidence_come(server: Running) -> None:
    layer = load_layer(post(server, "layer").content)
    assert layer.size == COLOR.shape[:2]
    sure = post(server, "confidence").json()
    assert 0 < sure["confidence"]["confidence"] < 1
    drawn = server.client.get(sure["map"]["href"])
    assert opened(drawn.content).format == "PNG"


def test_alternatives_are_kept_until_they_are_forgotten(server: Running) -> None:
    found = post(server, "alternatives", count="2").json()
    answers = [server.client.get(each["href"]) for each in found["answers"]]
    assert [each.headers["content-type"] for each in answers] == ["image/jpeg"] * 2
    assert answers[0].content != answers[1].content
    word = found["answers"][0]["href"].rpartition("/")[0]
    assert server.client.delete(word).status_code == 204
    assert code(server.client.get(found["answers"][0]["href"])) == "not-found"
    assert code(server.client.get("/api/v1/results/..%2f..%2fup/0")) == "not-found"


def test_the_next_place_to_click_is_suggested_inside(server: Running) -> None:
    places = post(server, "suggest", count="3").json()["places"]
    assert len({tuple(each.values()) for each in places}) == 3
    height, width = COLOR.shape[:2]
    assert all(0 <= each["x"] < width and 0 <= each["y"] < height for each in places)


def test_palettes_are_fitted_read_and_written(server: Running) -> None:
    fitted = post(
        server, "palette", {"picture": ("a.png", encode(COLOR, "png"))}, colors="5"
    ).json()
    assert (fitted["space"], len(fitted["chroma"]), len(fitted["hex"])) == ("chroma", 5, 5)
    read = post(
        server, "palette", {"file": ("a.gpl", b"GIMP Palette\n255 0 0 r\n0 0 255 b\n")}
    ).json()
    assert read["hex"] == ["#ff0000", "#0000ff"]
    given = json.dumps({"space": "srgb", "colors": [[255, 0, 0], [0, 0, 255]]})
    written = post(server, "palette", [("palette", (None, given))], format="hex")
    assert written.text.split() == ["ff0000", "0000ff"]
    assert code(post(server, "palette", [("format", (None, "hex"))])) == "options-invalid"
    assert code(post(server, "palette", {"file": ("a.hex", b"x" * 99)})) == "palette-invalid"
    assert code(post(server, "palette", {"picture": ("a.jpg", GRAY)})) == "palette-invalid"
    assert code(post(server, "palette", [("palette", (None, '{"a": 1}'))])) == "palette-invalid"


def said(color: str, x: Any = 1) -> str:
    """A hint as JSON."""
    return json.dumps([{"x": x, "y": 1, "color": color}])


ONE = '{"space": "chroma", "colors": [[1, 2]]}'
CUT = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\nabc'
REFUSED: dict[str, tuple[bytes, dict[str, str], str]] = {
    "text": (b"a letter", {}, "not-a-picture"),
    "nothing": (b"", {}, "not-a-picture"),
    "SVG called PNG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", {}, "not-a-picture"),
    "HTML": (b"<!doctype html><script>alert(1)</script>", {}, "not-a-picture"),
    "a picture cut short": (GRAY[: len(GRAY) // 2], {}, "picture-unreadable"),
    "too many pixels": (encode(np.zeros((500, 500), np.uint8), "png"), {}, "picture-too-large"),
    "a picture in colour": (encode(COLOR, "png"), {}, "already-in-colour"),
    "a hint outside": (GRAY, {"hints": said("red", 9999)}, "hints-invalid"),
    "a hint of no number": (GRAY, {"hints": said("red", "a")}, "hints-invalid"),
    "a hint of an endless number": (
        GRAY, {"hints": f'[{{"x": 1{"0" * 400}, "y": 1, "color": "red"}}]'}, "options-invalid",
    ),
    "hints that are no JSON": (GRAY, {"hints": "{"}, "options-invalid"),
    "hints without end": (GRAY, {"hints": "[" * 100_000}, "options-invalid"),
    "a colour that is none": (GRAY, {"hints": said("bluish")}, "options-invalid"),
    "a vividness beyond": (GRAY, {"vividness": "2"}, "options-invalid"),
    "a vividness that is no number": (GRAY, {"vividness": "nan"}, "options-invalid"),
    "a palette of one": (GRAY, {"palette": ONE}, "palette-invalid"),
    "options that clash": (GRAY, {"hints_only": "true"}, "options-invalid"),
    "an option that there is not": (GRAY, {"sharpness": "2"}, "options-invalid"),
    "a path in place of a model": (GRAY, {"model": "/etc/passwd"}, "model-unknown"),
    "a URL in place of a model": (GRAY, {"model": "http://127.0.0.1/a.onnx"}, "model-unknown"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused(server: Running, name: str) -> None:
    picture, fields, expected = REFUSED[name]
    found = post(server, "colorize", {"picture": ("old.png", picture)}, **fields)
    assert code(found) == expected, found.text
    assert str(server.house.scratch) not in found.text  # no path of the server's
    assert list(server.house.scratch.iterdir()) == []


def test_forms_that_are_none_are_refused(server: Running) -> None:
    client, path = server.client, "/api/v1/colorize"
    kind = {"content-type": "multipart/form-data; boundary=x"}
    bodies = {
        b"": "request-invalid",
        b"--x\r\nno header\r\n\r\n": "request-invalid",
        CUT: "request-invalid",
        b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n": "request-invalid",
        b"--x\r\n" + b"A: b\r\n" * 50 + b"\r\nabc\r\n--x--\r\n": "request-invalid",
    }
    for body, expected in bodies.items():
        assert code(client.post(path, content=body, headers=kind)) == expected, body
    assert code(client.post(path, json={})) == "request-invalid"
    twice = [("picture", ("a", GRAY)), ("picture", ("b", GRAY))]
    assert code(client.post(path, files=twice)) == "request-invalid"
    many = [("picture", ("a", GRAY)), *(("hints", (None, "[]")) for _ in range(300))]
    assert code(client.post(path, files=many)) == "request-invalid"
    assert (
        code(client.post(path, data={"hints": "[]"}, files={"references": ("a", GRAY)}))
        == "options-invalid"
    )
    assert code(post(server, "colorize", hints="[" + " " * (9 << 20))) == "upload-too-large"


def test_models_come_are_used_and_go(server: Running) -> None:
    listed = server.client.get("/api/v1/models").json()["models"]
    assert [each["id"] for each in listed] == ["general", "cats-dogs"]
    assert listed[0]["palette"]["chroma"]
    assert listed[0]["metrics"]
    file = server.client.get(listed[1]["file"])
    assert file.content == MODEL
    added = post(server, "models", {"model": ("../My.onnx", CONVERT)})
    assert added.status_code == 201, added.text
    assert (added.json()["id"], added.json()["fixed"], added.json()["palette"]) == (
        "my",
        False,
        None,
    )
    assert post(server, "models", {"model": ("b.onnx", CONVERT)}).json()["id"] == "my"  # the same
    assert post(server, "colorize", model="my").status_code == 200
    assert code(post(server, "colorize", model="my", vividness="1")) == "options-invalid"
    assert server.client.delete("/api/v1/models/my").status_code == 204
    assert code(post(server, "colorize", model="my")) == "model-unknown"
    assert code(server.client.delete("/api/v1/models/general")) == "model-fixed"
    assert code(server.client.delete("/api/v1/models/nobody")) == "model-unknown"


def test_a_model_that_goes_while_a_request_waits_is_told_without_a_path(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = post(server, "models", {"model": ("gone.onnx", CONVERT)}).json()["id"]
    found = server.house.shelf.find(added)
    assert server.client.delete(f"/api/v1/models/{added}").status_code == 204
    unread = replace(found, known=replace(found.known, hash="0" * 64))  # by no worker yet
    monkeypatch.setattr(server.house.shelf, "find", lambda name: unread)
    refused = post(server, "colorize", model=added)
    assert code(refused) == "model-unknown"
    assert "/" not in refused.json()["detail"]


def test_a_model_that_comes_several_times_at_once_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, write = Shelf(tmp_path, 8), shelf_module.write_bytes

    def slowly(*arguments: Any, **options: Any) -> None:
        time.sleep(0.05)
        write(*arguments, **options)

    monkeypatch.setattr(shelf_module, "write_bytes", slowly)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: shelf.add(CONVERT, "m.onnx"), range(4)))
    assert [each.id for each in found] == ["m"] * 4
    assert [each.id for each in shelf.all()] == ["m"]


def test_no_more_models_come_than_may(server: Running) -> None:
    made = [
        models.model_bytes(models.conv_model(seed=seed), models.palette_spec())
        for seed in (1, 2, 3)
    ]
    added = [post(server, "models", {"model": (f"m{n}.onnx", each)}) for n, each in enumerate(made)]
    assert [each.status_code for each in added] == [201, 201, 409]
    assert code(added[2]) == "models-full"
    for each in added[:2]:
        server.client.delete(f"/api/v1/models/{each.json()['id']}")
    for bad in (b"", b"text", MODEL[:-9]):
        assert code(post(server, "models", {"model": ("m.onnx", bad)})) == "model-invalid"


def test_a_model_that_does_not_run_is_not_kept(server: Running) -> None:
    # A weight of another shape than its input passes every check of bytes.
    broken = models.model_bytes(models.conv_model(6), models.palette_spec(multiple=7, stride=4))
    found = post(server, "models", {"model": ("m.onnx", broken)})
    assert code(found) == "model-invalid", found.text
    assert len(server.client.get("/api/v1/models").json()["models"]) == 2


def test_the_server_says_what_it_can_and_counts(server: Running) -> None:
    info = server.client.get("/api/v1/info").json()
    assert (info["name"], info["api"], info["training"]) == ("photochrom", 1, True)
    assert info["limits"]["pixels"] == 200_000
    assert server.client.get("/health").json() == {"status": "ok", "workers": 1}
    assert server.client.get("/ready").status_code == 200
    before = _count(server, 'route="/api/v1/suggest",method="POST",status="200"')
    post(server, "suggest")
    assert _count(server, 'route="/api/v1/suggest",method="POST",status="200"') == before + 1
    server.client.get("/nowhere/at/all")
    assert "nowhere" not in server.client.get("/metrics").text


def _count(server: Running, labels: str) -> int:
    text = server.client.get("/metrics").text
    found = re.search(re.escape(f"photochrom_requests_total{{{labels}}} ") + r"(\d+)", text)
    return int(found[1]) if found else 0


def test_addresses_that_are_not_there_are_problems_too(server: Running) -> None:
    assert code(server.client.get("/no/such/file")) == "not-found"
    assert code(server.client.get("/..%2f..%2fpyproject.toml")) == "not-found"
    for path in ("/docs", "/redoc"):  # pages that would fetch scripts from elsewhere
        assert code(server.client.get(path)) == "not-found"
    assert code(server.client.get("/api/v1/colorize")) == "method-refused"


def test_the_page_is_there_and_allows_nothing_from_elsewhere(server: Running) -> None:
    found = server.client.get("/")
    assert found.headers["content-type"].startswith("text/html")
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe-inline" not in policy
    assert found.headers["cross-origin-embedder-policy"] == "require-corp"
    assert found.headers["cross-origin-opener-policy"] == "same-origin"


def test_every_refusal_has_a_title_for_people() -> None:
    for name, kind in KINDS.items():
        assert kind.title.endswith("."), name
        assert Problem(name).document().detail


def test_a_port_in_use_is_told(server: Running, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", str(server.port)]) == 2
    said = capsys.readouterr().err
    assert "--port" in said
    assert len(said.splitlines()) == 1


def test_settings_that_would_open_the_server_or_cannot_be_are_refused(tmp_path: Path) -> None:
    for wrong in ({"host": "0.0.0.0"}, {"host": "192.168.1.2"}, {"host": "::"}, {"token": "short"},
                  {"token": "ein Wort für alle Gäste"}, {"token": "sixteen characters\n"},
                  {"queue": -1}, {"workers": 0}, {"port": 70_000}):  # fmt: skip
        with pytest.raises(OptionError):
            Settings(**wrong)  # type: ignore[arg-type]
    with pytest.raises(InputMissingError), running(folder=tmp_path / "none"):
        pass


def test_ctrl_c_ends_the_server_and_leaves_nothing() -> None:
    command = [sys.executable, "-m", "photochrom", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = process.stderr.readline().split()[1]
        port = int(address.rstrip("/").rpartition(":")[2])
        deadline = time.monotonic() + 60
        while httpx.get(f"{address}ready").status_code != 200:
            assert time.monotonic() < deadline
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        workers = children.read_text(encoding="utf-8").split() if children.exists() else []
        process.send_signal(2)
        assert process.wait(30) in (0, 130)
        assert "Traceback" not in process.stderr.read()
    assert not any(Path(f"/proc/{each}").exists() for each in workers)
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))
