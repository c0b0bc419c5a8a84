"""URLs: what stores refuse, what is never shown, and models behind them."""

import socket
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from photochrom import Colorizer
from photochrom.errors import (
    DatasetError,
    InputMissingError,
    MissingExtraError,
    ModelFileError,
    StorageError,
)
from photochrom.models.packaged import find, read
from photochrom.storage import models
from photochrom.storage.place import files_of, is_url, join, relative, shown
from photochrom.storage.urls import fixed_part
from s3 import bucket, s3_server  # noqa: F401

fsspec = pytest.importorskip("fsspec")
from fsspec import AbstractFileSystem  # noqa: E402
from fsspec.registry import _registry  # noqa: E402

ALL = {
    "state": lambda files, place: files.state(place),
    "states": lambda files, place: files.states(place),
    "is_folder": lambda files, place: files.is_folder(place),
    "pictures": lambda files, place: files.pictures(place),
    "matches": lambda files, place: files.matches(f"{place}*"),
    "names": lambda files, place: files.names(place),
    "read": lambda files, place: files.read(place),
    "write": lambda files, place: files.write(place, b"new"),
}


@pytest.mark.parametrize(
    ("place", "far"),
    [("a/b.png", False), ("file:///a/b.png", False), ("local://a", False), ("s3://a/b", True),
     ("memory://a", True), ("c:\\a", False), ("://a", False), ("a/b://c", False)],
)  # fmt: skip
def test_a_place_is_here_or_elsewhere(place, far):
    assert is_url(place) == far


@pytest.mark.parametrize(
    ("folder", "name", "place"),
    [("out", "a/b.png", "out/a/b.png"), ("file:///out", "b.png", "/out/b.png"),
     ("s3://bucket", "b.png", "s3://bucket/b.png"), ("s3://bucket/x/", "a/b", "s3://bucket/x/a/b"),
     ("memory://", "b.png", "memory://b.png"), ("s3://b/ü?#%", "c", "s3://b/ü?#%/c")],
)  # fmt: skip
def test_names_are_joined_and_taken_apart_again(folder, name, place):
    assert join(folder, name) == place
    assert relative(folder, place) == name


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [("s3://b/*.png", "s3://b"), ("s3://b/a/b?/c", "s3://b/a"), ("s3://b/a/[x]/*", "s3://b/a"),
     ("s3://b/a", "s3://b"), ("s3://*/a", "s3://")],
)  # fmt: skip
def test_a_pattern_is_looked_for_below_its_fixed_part(pattern, folder):
    assert fixed_part(pattern) == folder


@pytest.mark.parametrize(
    ("place", "visible"),
    [("sftp://me:secret@host/x/a.png", "sftp://host/x/a.png"),
     ("https://me:secret@host/a.png?secret=1", "https://host/a.png"),
     ("s3://bucket/a?b@c.png", "s3://bucket/a?b@c.png"), ("a?b@c.png", "a?b@c.png")],
)  # fmt: skip
def test_passwords_and_signatures_are_not_shown(place, visible):
    assert shown(place) == visible


class Lost(AbstractFileSystem):
    """A server that is down, told of with its password."""

    protocol = "lost"

    def __init__(self, **options):
        raise ConnectionRefusedError("lost://me:secret@host/x and https://h/x?secret=1 are down")


def test_a_password_is_in_no_message():
    fsspec.register_implementation("lost", Lost, clobber=True)
    with pytest.raises(StorageError, match=r"lost://host/x cannot be reached: nothing") as caught:
        files_of("lost://me:secret@host/x")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "says"),
    [("nosuch://bucket/a", "nosuch:// cannot be reached"),
     ("simplecache::s3://bucket/a", "expected one URL, got a chain"),
     ("zip://x::s3://bucket/a.zip", "expected one URL, got a chain"),
     ("zip://*.png::simplecache::https://me:word@host/a.zip", r"chain .* zip://.*https://host/a"),
     ("s3://bucket/a::file:///b", "expected one URL, got a chain")],
)  # fmt: skip
def test_a_url_of_no_known_kind_is_refused(place, says):
    with pytest.raises(StorageError, match=says):
        files_of(place)


def test_colons_in_a_name_are_no_chain():
    for place in ("memory://a::b/c.png", "memory://a/http://b::c"):
        assert files_of(place).state(place) is None


def test_a_url_whose_package_is_missing_says_what_to_install(monkeypatch):
    monkeypatch.delitem(_registry, "s3", raising=False)  # remembered there
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(MissingExtraError, match=r"s3:// needs .*s3fs.*photochrom\[s3\]"):
        files_of("s3://bucket/a")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError, match=r"s3:// needs fsspec.*photochrom\[s3\]"):
        files_of("s3://bucket/a")


def test_denied_access_says_what_to_check(bucket, monkeypatch):  # noqa: F811
    bucket.put("a/b.png", b"old")
    place = f"{bucket.url}/a/b.png"
    name, secret = bucket.key_without_rights()
    with bucket.asking_for_keys():
        with pytest.raises(StorageError, match=r"access is denied .*AWS_SECRET_ACCESS_KEY"):
            files_of(place).state(place)  # by a key that nobody has
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", name)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        for job in ALL.values():
            with pytest.raises(StorageError, match=r"s3://.*/a/b.*: access is denied") as caught:
                job(files_of(place), place)
            assert secret not in "".join(traceback.format_exception(caught.value))
    assert bucket.get("a/b.png") == b"old"


@pytest.mark.parametrize("job", ALL)
def test_a_missing_bucket_is_an_error_and_no_empty_folder(bucket, job):  # noqa: F811
    place = "s3://photochrom-no-such-bucket/a/b.png"
    with pytest.raises(StorageError, match=r"s3://photochrom-no-such-bucket.*no such bucket; make"):
        ALL[job](files_of(place), place)


def test_an_endpoint_that_is_not_there_is_one_sentence(bucket, monkeypatch):  # noqa: F811
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        for job in ("state", "states", "read", "write"):
            with pytest.raises(StorageError, match=r"nothing answers there.*AWS_ENDPOINT_URL"):
                ALL[job](files_of(bucket.url), f"{bucket.url}/a/b.png")


def test_without_credentials_the_error_says_where_they_go(bucket, monkeypatch):  # noqa: F811
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    files = files_of(bucket.url)
    with pytest.raises(StorageError, match=r"no credentials were found; .*AWS_ACCESS_KEY_ID"):
        files.state(f"{bucket.url}/a.png")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert files.state(f"{bucket.url}/a.png") is None  # they count as soon as they are there


def test_a_silent_endpoint_is_given_up_after_few_attempts(bucket):  # noqa: F811
    system = files_of(bucket.url)._system
    config = system.config_kwargs
    attempts = system.retries * config["retries"]["total_max_attempts"]
    assert attempts * config["read_timeout"] <= 90
    assert system.s3 is not None


def test_objects_that_stand_for_folders_are_no_files(bucket):  # noqa: F811
    for key in ("in/", "in/a.png", "in/deep.png/", "in/deep.png/b.png"):
        bucket.put(key, b"" if key.endswith("/") else b"x")
    files = files_of(bucket.url)
    assert sorted(files.states(f"{bucket.url}/in")) == ["a.png", "deep.png/b.png"]
    assert files.pictures(f"{bucket.url}/in") == ["a.png", "deep.png/b.png"]
    assert files.names(f"{bucket.url}/in") == ["a.png", "deep.png"]
    assert files.matches(f"{bucket.url}/in/*") == [f"{bucket.url}/in/a.png"]


def test_what_is_written_is_what_another_client_reads(bucket):  # noqa: F811
    files_of(bucket.url).write(f"{bucket.url}/a/b c.bin", b"whole")
    assert (bucket.listed(), bucket.get("a/b c.bin")) == (["a/b c.bin"], b"whole")
    bucket.put("a/b c.bin", b"replaced")
    assert files_of(bucket.url).read(f"{bucket.url}/a/b c.bin") == b"replaced"


def test_a_large_object_comes_by_one_request_so_that_it_is_never_two(bucket, monkeypatch):  # noqa: F811
    import s3fs

    asked = []
    call = s3fs.S3FileSystem._call_s3

    def noted(self, method, *rest, **more):
        asked.append(method)
        return call(self, method, *rest, **more)

    bucket.put("large.bin", b"0123456789" * 100)
    monkeypatch.setattr(s3fs.S3FileSystem, "_call_s3", noted)
    monkeypatch.setattr(s3fs.S3FileSystem, "default_block_size", 100)
    assert files_of(bucket.url).read(f"{bucket.url}/large.bin") == b"0123456789" * 100
    assert asked == ["get_object"]


def test_an_object_that_is_replaced_after_listing_has_another_state(bucket):  # noqa: F811
    bucket.put("a.png", b"one")
    files = files_of(bucket.url)
    listed = files.states(bucket.url)["a.png"]
    bucket.put("a.png", b"two")
    assert files.read(f"{bucket.url}/a.png") == b"two"
    assert files.state(f"{bucket.url}/a.png") != listed
    bucket.put("a.png", b"one")  # an ETag tells contents, not times
    assert files.state(f"{bucket.url}/a.png") == listed


def test_an_object_that_is_gone_since_it_was_listed_is_missing(bucket):  # noqa: F811
    bucket.put("a.png", b"one")
    files = files_of(bucket.url)
    assert list(files.states(bucket.url)) == ["a.png"]
    bucket.client.delete_object(Bucket=bucket.name, Key="a.png")
    with pytest.raises(InputMissingError, match=r"there is no file s3://.*a\.png"):
        files.read(f"{bucket.url}/a.png")
    with pytest.raises(DatasetError, match="found none"):
        files.pictures(bucket.url)


class Pages(BaseHTTPRequestHandler):
    """`/a.png`, `/unsized.png`, and nothing else."""

    def do_HEAD(self):
        self._answer(b"")

    def do_GET(self):
        self._answer(b"a picture")

    def do_POST(self):
        self.server.changed.append(self.path)
        self._answer(b"")

    do_PUT = do_POST  # noqa: N815

    def _answer(self, body):
        name = self.path.partition("?")[0]
        self.send_response(200 if name in ("/a.png", "/unsized.png") else 404)
        if name == "/a.png":
            self.send_header("Content-Length", "9")
            self.send_header("ETag", '"v1"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def pages():
    pytest.importorskip("aiohttp")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.changed = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    assert server.changed == []


def test_a_web_address_is_read_and_its_query_is_sent_but_not_shown(pages):
    files, place = files_of(pages), f"{pages}/a.png?token=secret"
    assert files.read(place, most=9) == b"a picture"
    assert (files.state(place).size, files.state(place).version) == (9, "v1")
    assert not files.is_folder(place)
    with pytest.raises(StorageError, match=r"/a\.png is larger than the 8 bytes"):
        files.read(place, most=8)
    with pytest.raises(InputMissingError, match=r"no file .*/b\.png; check the name and the conn"):
        files.read(f"{pages}/b.png?token=secret")


def test_a_web_server_that_tells_no_size_is_read_only_where_any_size_will_do(pages):
    files, place = files_of(pages), f"{pages}/unsized.png"
    assert files.state(place).size == -1
    assert files.read(place) == b"a picture"
    with pytest.raises(StorageError, match="does not say how large it is"):
        files.read(place, most=100)


def test_nothing_is_ever_sent_to_a_web_server(pages):
    files = files_of(pages)
    for change in (lambda place: files.write(place, b"x"), files.remove):
        with pytest.raises(
            StorageError, match=r"/a\.png cannot be written: files there can be read"
        ):
            change(f"{pages}/a.png")


@pytest.fixture
def model():
    return read(find("general"))


def test_a_model_behind_a_url_is_the_model_of_the_file(bucket, model):  # noqa: F811
    bucket.put("models/m.onnx", model)
    bucket.put("models/bad.onnx", b"no model")
    colorizer = Colorizer(f"{bucket.url}/models/m.onnx")
    assert colorizer.hash == Colorizer("general").hash
    with pytest.raises(ModelFileError, match="not an ONNX model"):
        Colorizer(f"{bucket.url}/models/bad.onnx")
    with pytest.raises(InputMissingError, match=r"there is no file s3://.*none\.onnx"):
        Colorizer(f"{bucket.url}/models/none.onnx")


def test_a_model_too_large_to_be_one_is_not_fetched(bucket, monkeypatch):  # noqa: F811
    bucket.put("m.onnx", bytes(100))
    monkeypatch.setattr(models, "MOST_BYTES", 99)
    monkeypatch.setattr("s3fs.S3FileSystem._cat_file", None)
    with pytest.raises(StorageError, match=r"m\.onnx is larger than the 99 bytes"):
        models.resolve(f"{bucket.url}/m.onnx")


def test_a_model_by_a_file_url_is_a_file(tmp_path, model):
    (tmp_path / "m.onnx").write_bytes(model)
    assert models.resolve(f"file://{tmp_path}/m.onnx") == tmp_path / "m.onnx"
    with pytest.raises(InputMissingError, match=r"there is no model file .*none\.onnx"):
        Colorizer(f"file://{tmp_path}/none.onnx")


def test_the_name_of_a_model_in_results_holds_no_signature():
    from photochrom.inference.provenance import model_name

    assert model_name("https://host/m.onnx?secret=1", "0") == "m.onnx"
    assert model_name(Path("a/m.onnx"), "0") == "m.onnx"


def test_connections_are_each_threads_own_where_they_cannot_be_shared(bucket):  # noqa: F811
    def two(_):
        return id(files_of("memory://a")._system), id(files_of(bucket.url)._system)

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(two, 0).result()
    here = two(0)
    assert here[0] != other[0]
    assert here[1] == other[1]
