"""`photochrom colorize` and `train` from and to buckets, by a real S3 server on loopback."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import models
from photochrom.batch import lock
from photochrom.cli.main import main
from photochrom.storage.place import files_of
from photochrom.storage.remote import RemoteFiles
from pictures import encode
from s3 import bucket, s3_server  # noqa: F401

pytest.importorskip("s3fs")
pytest.importorskip("moto")
from moto.s3.models import S3Backend

NAMES = ["a.png", "b c.jpg", "deep/er/ü.png"]


def picture(name, seed=0):
    ramp = np.linspace(seed, 255, 40 * 48).reshape(40, 48).astype(np.uint8)
    return encode(ramp, "jpeg" if name.endswith("jpg") else "png")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "some.onnx"
    path.write_bytes(models.model_bytes(models.conv_model(), models.palette_spec()))
    return path


@pytest.fixture(scope="module")
def near(tmp_path_factory, model):
    """Pictures in a folder, and beside it the results that this machine gives."""
    root = tmp_path_factory.mktemp("near")
    for name in NAMES:
        (root / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "in" / name).write_bytes(picture(name))
    assert colorize(root / "in", root / "out", model) == 0
    return root


@pytest.fixture
def scans(bucket, near):  # noqa: F811
    """The same pictures in a bucket."""
    for name in NAMES:
        bucket.put(f"in/{name}", (near / "in" / name).read_bytes())
    return bucket


def colorize(source, target, model, *more):
    return main(["colorize", str(source), "-o", str(target), "-m", str(model), "--workers", "1",
                 *more])  # fmt: skip


def results(bucket, folder="out"):  # noqa: F811
    """Files of a folder of a bucket, but for the record of the batch."""
    keys = [key for key in bucket.listed() if key.startswith(f"{folder}/")]
    return {
        key.removeprefix(f"{folder}/"): bucket.get(key)
        for key in keys
        if "/.photochrom/" not in key
    }


def results_near(folder):
    paths = [
        path for path in folder.rglob("*") if path.is_file() and ".photochrom" not in path.parts
    ]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_batch_between_buckets_gives_what_one_on_disk_gives_and_is_resumed(
    scans, near, model, capsys, monkeypatch
):
    source, target = f"{scans.url}/in", f"{scans.url}/out"
    scans.put("in/bad.png", b"no picture")
    assert colorize(source, target, model) == 3
    told = capsys.readouterr()
    assert f"{target}/deep/er/ü.png\n" in told.out
    assert f"{source}/bad.png: expected a JPEG" in told.err
    assert results(scans) == results_near(near / "out")

    performed = []
    write = RemoteFiles.write
    monkeypatch.setattr(
        RemoteFiles,
        "write",
        lambda self, place, data: (performed.append(place), write(self, place, data))[1],
    )
    scans.put("in/a.png", picture("a.png", 90))
    scans.put("in/bad.png", picture("bad.png"))
    assert colorize(source, target, model) == 0
    done = [place for place in performed if "/.photochrom/" not in place]
    assert sorted(done) == [f"{target}/a.png", f"{target}/bad.png"]
    assert sum("/claims/" in place for place in performed) == 2
    assert not [key for key in scans.listed() if "claims" in key]  # all is on record
    assert "2 of 4 pictures were done before" in capsys.readouterr().err
    assert results(scans)["a.png"] != results_near(near / "out")["a.png"]
    assert results(scans)["bad.png"] == results_near(near / "out")["a.png"]

    assert colorize(source, target, model, "--verify") == 0
    scans.client.delete_object(Bucket=scans.name, Key="out/b c.jpg")
    assert colorize(source, target, model, "--verify") == 3
    assert colorize(source, target, model) == 0
    assert results(scans)["b c.jpg"] == results_near(near / "out")["b c.jpg"]


def test_pictures_go_from_disk_to_a_bucket_by_a_model_of_a_bucket(scans, near, model):
    scans.put("models/m.onnx", model.read_bytes())
    assert colorize(near / "in", f"{scans.url}/out", f"{scans.url}/models/m.onnx") == 0
    plain = {Path(name).suffix: data for name, data in results(scans).items()}
    assert results(scans).keys() == set(NAMES)
    assert plain.keys() == {".png", ".jpg"}


def test_pictures_go_from_a_bucket_to_disk(scans, near, model, tmp_path):
    assert colorize(f"{scans.url}/in", tmp_path / "out", model) == 0
    assert results_near(tmp_path / "out") == results_near(near / "out")


def test_one_picture_and_a_pattern_come_from_a_bucket(scans, near, model, tmp_path, capsys):
    assert colorize(f"{scans.url}/in/a.png", f"{scans.url}/one.png", model) == 0
    assert scans.get("one.png") == results_near(near / "out")["a.png"]
    assert colorize(f"{scans.url}/in/**/*.png", tmp_path, model, "--confidence") == 0
    assert sorted(results_near(tmp_path)) == sorted(
        f"{stem}{end}"
        for stem in ("a", "ü")
        for end in (".png", "-confidence.png", "-confidence.json")
    )
    capsys.readouterr()
    assert colorize(f"{scans.url}/in/none.png", tmp_path, model) == 1
    assert f"there is no file {scans.url}/in/none.png" in capsys.readouterr().err


def test_no_object_is_written_elsewhere_nor_over_the_originals(scans, model, tmp_path, capsys):
    before = {key: scans.get(key) for key in scans.listed()}
    alias = scans.url.replace("s3://", "s3a://")
    assert colorize(f"{scans.url}/in", f"{alias}/in", model, "--force") == 2
    assert "holds the pictures" in capsys.readouterr().err
    assert colorize(f"{scans.url}/in/a.png", f"{alias}/in/a.png", model, "--force") == 2
    assert "would be overwritten" in capsys.readouterr().err
    scans.put(f"in/{tmp_path}/b.png", picture("b.png"))
    for target in (tmp_path / "out", f"{scans.url}/out"):
        assert colorize(f"{scans.url}/in", target, model, "--force") == 2
        assert f"{scans.url}/in/{tmp_path}/b.png cannot be mirrored" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    scans.client.delete_object(Bucket=scans.name, Key=f"in/{tmp_path}/b.png")
    assert {key: scans.get(key) for key in scans.listed()} == before


def test_memory_is_a_place_within_one_process(near, model):
    files = files_of("memory://h5")
    for name in NAMES:
        files.write(f"memory://h5/in/{name}", picture(name))
    assert colorize("memory://h5/in", "memory://h5/out", model) == 0
    found = {name: files.read(f"memory://h5/out/{name}") for name in NAMES}
    assert found == results_near(near / "out")


def test_a_killed_batch_between_buckets_is_resumed_to_the_same_bytes(
    scans, near, model, monkeypatch
):
    for number in range(5):
        scans.put(f"in/more/{number}.png", picture("x.png", number))
    command = [sys.executable, "-m", "photochrom", "colorize", f"{scans.url}/in", "-o",
               f"{scans.url}/out", "-m", str(model), "--workers", "1"]  # fmt: skip
    put = S3Backend.put_object

    def killing(self, bucket_name, key_name, *rest, **more):
        if "/.photochrom/" not in key_name and len(results(scans)) == 3:
            run.kill()
            run.wait()
            raise ConnectionAbortedError("nobody listens")
        return put(self, bucket_name, key_name, *rest, **more)

    with monkeypatch.context() as killer:
        killer.setattr(S3Backend, "put_object", killing)
        run = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        assert run.wait(timeout=300) == -signal.SIGKILL
    assert len(results(scans)) == 3
    assert colorize(f"{scans.url}/in", f"{scans.url}/out", model) == 0
    assert len(results(scans)) == 8
    assert {name: results(scans)[name] for name in NAMES} == results_near(near / "out")


def test_a_picture_that_is_replaced_after_it_was_listed_ends_as_what_it_is(
    scans, near, model, monkeypatch
):
    read = RemoteFiles.read

    def late(self, place, *, most=None):
        if place.endswith("in/a.png"):
            scans.put("in/a.png", picture("a.png", 90))
        return read(self, place, most=most)

    with monkeypatch.context() as replaced:
        replaced.setattr(RemoteFiles, "read", late)
        assert colorize(f"{scans.url}/in", f"{scans.url}/out", model) == 0
    first = results(scans)["a.png"]
    assert colorize(f"{scans.url}/in", f"{scans.url}/out", model) == 0
    assert results(scans)["a.png"] == first != results_near(near / "out")["a.png"]


@pytest.mark.parametrize("job", ["in", "out"])
def test_denied_access_ends_the_run_with_one_sentence(  # noqa: PLR0917
    scans, near, model, monkeypatch, capsys, job
):
    name, secret = scans.key_without_rights()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", name)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    places = (
        (f"{scans.url}/in", near / "unused") if job == "in" else (near / "in", f"{scans.url}/out")
    )
    with scans.asking_for_keys():
        assert colorize(*places, model) == 1
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert f"{scans.url}/{job}" in told.err
    assert "access is denied" in told.err
    assert not (near / "unused").exists()


def test_missing_buckets_end_the_run_before_any_work(scans, near, model, capsys):
    for source, target in (
        ("s3://photochrom-none/in", f"{scans.url}/out"),
        (near / "in", "s3://photochrom-none/out"),
    ):
        assert colorize(source, target, model) == 1
        assert "no such bucket" in capsys.readouterr().err
    assert results(scans) == {}


def test_a_bucket_that_another_run_holds_is_left_alone(scans, model, capsys):
    other = {"id": "other", "who": "process 1 on elsewhere", "host": "elsewhere", "at": time.time()}
    scans.put("out/.photochrom/lock.json", json.dumps(other).encode())
    assert colorize(f"{scans.url}/in", f"{scans.url}/out", model) == 1
    assert "another run (process 1 on elsewhere)" in capsys.readouterr().err
    assert results(scans) == {}


def test_a_run_that_another_took_over_while_it_slept_ends_and_loses_nothing(
    scans, near, model, capsys, monkeypatch
):
    other = {"id": "other", "who": "process 1 on elsewhere", "host": "elsewhere", "at": 0}

    def wake(place, own, ended, taken):
        scans.put("out/.photochrom/lock.json", json.dumps(other).encode())
        taken.set()

    with monkeypatch.context() as patch:
        patch.setattr(lock, "_live", wake)
        assert colorize(f"{scans.url}/in", f"{scans.url}/out", model) == 1
    assert "another run took over" in capsys.readouterr().err
    assert len(results(scans)) < len(NAMES)
    assert json.loads(scans.get("out/.photochrom/lock.json")) == other
    monkeypatch.setattr(lock, "_WATCHED", 0)  # by now the other is dead, too
    assert colorize(f"{scans.url}/in", f"{scans.url}/out", model) == 0
    assert results(scans) == results_near(near / "out")


@pytest.fixture
def web():
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.path == "/x/a.png?signature=secret"
            body = picture("a.png") if known else b""
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_signature_of_a_web_address_is_in_no_name_and_no_record(
    web, near, model, tmp_path, capsys
):
    pytest.importorskip("aiohttp")
    place, out = f"{web}/x/a.png?signature=secret", tmp_path / "out"
    assert (
        main(["colorize", place, str(near / "in/b c.jpg"), "-o", str(out), "-m", str(model)]) == 0
    )
    assert results_near(out)["a.png"] == results_near(near / "out")["a.png"]
    told = capsys.readouterr()
    kept = [path.read_bytes() for path in out.rglob("*") if path.is_file()]
    assert "secret" not in told.out + told.err
    assert not any(b"secret" in one for one in kept)
    assert (
        main(["colorize", f"{web}/x/b.png?signature=secret", "-o", str(out), "-m", str(model)]) == 1
    )
    told = capsys.readouterr().err
    assert "b.png" in told
    assert "secret" not in told


def test_trainings_look_for_shards_where_the_url_says(bucket, tmp_path, capsys):  # noqa: F811
    pytest.importorskip("torch")
    target = str(tmp_path / "m.onnx")
    bucket.put("few/notes.txt", b"none")
    for place, says in (
        (f"{bucket.url}/few", f"expected pictures .* in {bucket.url}/few, found none"),
        ("s3://photochrom-none/few", "no such bucket"),
    ):
        assert main(["train", place, "-o", target, "--preset", "general", "--steps", "1"]) == 1
        assert re.search(says, capsys.readouterr().err)
    assert main(["train", bucket.url, "-o", target, "--seconds", "1"]) == 1
    assert "is a URL; copy it here first" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [["shards", "in", "-o", "s3://b/few"], ["train", "in", "-o", "s3://b/m.onnx"],
     ["train-many", "in", "-o", "s3://b"], ["palette", "fit", "in/a.png", "-o", "s3://b/p.json"],
     ["evaluate", "in", "--model", "general", "--report", "s3://b/r"],
     ["apply", "a.png", "b.png", "-o", "https://me:secret@b/c.png"]],
)  # fmt: skip
def test_a_url_where_only_a_path_will_do_is_no_folder_called_s3(
    command, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    told = capsys.readouterr().err
    assert "is a URL, a path of this machine is expected" in told
    assert "secret" not in told
    assert list(tmp_path.iterdir()) == []
