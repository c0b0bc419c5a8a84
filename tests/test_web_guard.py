"""Whom a server answers, and what a client cannot do to it: by raw sockets where need be."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from photochrom.web import desk, guard
from photochrom.web.guard import check_host
from photochrom.web.problem import Problem
from photochrom.web.settings import Settings
from pictures import chelsea, encode
from test_web_api import GRAY, code
from web_server import Running, running

TOKEN = "correct horse battery"
LARGE = encode(chelsea()[..., 1].repeat(6, 0).repeat(6, 1), "png", compress_level=1)
BOUNDARY = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\n'
HEAD = (
    b"POST /api/v1/colorize HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """One worker, one who may wait, and little patience."""
    with running(queue=1, max_upload=6 << 20, patience=1.0, seconds=30, token=TOKEN) as one:
        yield one


def talk(server: Running, said: bytes, then: bytes = b"", seconds: float = 20) -> bytes:
    """What comes until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as pipe:
        pipe.sendall(said)
        if then:
            pipe.sendall(then)
        return everything(pipe)


def everything(pipe: socket.socket) -> bytes:
    found = b""
    while part := pipe.recv(1 << 16):
        found += part
    return found


def color(server: Running, picture: bytes = GRAY, **headers: str) -> httpx.Response:
    return server.client.post(
        "/api/v1/colorize", files={"picture": ("a", picture)}, headers=headers
    )


def bearing(server: Running) -> bytes:
    return HEAD + f"Authorization: Bearer {TOKEN}\r\n".encode()


def settled(server: Running) -> None:
    """Wait until nobody is at work and all workers are there."""
    end = time.monotonic() + 30
    while server.house.places.used or server.house.desk.ready < 1:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_without_the_token_nothing_of_the_api_answers(server: Running) -> None:
    for bearer in ("", f"Bearer {TOKEN}x", "Bearer", f"Basic {TOKEN}", "Bearer \xe9"):
        headers = {"authorization": bearer.encode("latin-1")} if bearer else {"authorization": ""}
        for method, path in (("GET", "/api/v1/info"), ("GET", "/metrics"),
                             ("POST", "/api/v1/colorize"), ("GET", "/api/v1/models/general/file"),
                             ("DELETE", "/api/v1/models/x")):  # fmt: skip
            found = server.client.request(method, path, headers=headers)  # type: ignore[arg-type]
            assert code(found) == "token-missing"
            assert found.headers["www-authenticate"] == "Bearer"
    assert server.client.get("/", headers={"authorization": ""}).status_code == 200
    assert server.client.get("/health", headers={"authorization": ""}).status_code == 200
    assert color(server).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil"])
def test_a_name_that_was_made_to_lead_here_is_refused(server: Running, host: str) -> None:
    for path in ("/", "/health", "/api/v1/info", "/openapi.json"):
        assert code(server.client.get(path, headers={"host": host})) == "host-refused"


def test_beyond_this_machine_numbers_and_allowed_names_will_do() -> None:
    here = Settings()
    open_ = Settings(host="0.0.0.0", token=TOKEN, allowed=("photos.example",))
    for host in ("127.0.0.1:8000", "LOCALHOST:1", "[::1]:8000", "localhost."):
        check_host({"host": host}, here)
    for host in ("192.168.1.2:8000", "[fe80::1]", "photos.example:443", "Photos.example"):
        check_host({"host": host}, open_)
        with pytest.raises(Problem):
            check_host({"host": host}, here)
    with pytest.raises(Problem):
        check_host({"host": "evil.example"}, open_)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "file://127.0.0.1"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_website_can_neither_post_nor_read(
    server: Running, headers: dict[str, str]
) -> None:
    assert code(color(server, **headers)) == "origin-refused"
    found = server.client.get("/api/v1/info", headers=headers)
    assert code(found) == "origin-refused"
    assert not any(name.startswith("access-control") for name in found.headers)
    asked = server.client.options("/api/v1/colorize", headers=headers)  # before a request of CORS
    assert code(asked) == "origin-refused"


def test_the_own_page_may(server: Running) -> None:
    own = server.url.rstrip("/")
    assert color(server, **{"origin": own, "sec-fetch-site": "same-origin"}).status_code == 200


def test_an_upload_that_announces_too_much_is_refused_before_it_comes(server: Running) -> None:
    said = bearing(server) + b"Content-Length: 2147483648\r\n\r\n" + BOUNDARY
    found = talk(server, said)
    assert found.startswith(b"HTTP/1.1 413")
    assert b"upload-too-large" in found
    assert b"connection: close" in found.lower()


def test_two_gigabytes_in_chunks_are_cut_off_and_told(server: Running) -> None:
    chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as pipe:
        first = f"{len(BOUNDARY):x}\r\n".encode() + BOUNDARY + b"\r\n"
        pipe.sendall(bearing(server) + b"Transfer-Encoding: chunked\r\n\r\n" + first)
        try:
            while sent < 2 << 30:
                pipe.sendall(chunk)
                sent += 1 << 20
        except OSError:  # it was reset at last
            pass
        else:
            pytest.fail("all of it was taken")
        # What the server said lies in the buffer still, or was lost with the reset.
    assert sent < 2 << 30
    settled(server)
    assert list(server.house.scratch.iterdir()) == []
    small = bearing(server) + b"Transfer-Encoding: chunked\r\n\r\n" + first + chunk * 7
    assert b"HTTP/1.1 413" in talk(server, small)


def test_a_client_that_trickles_is_given_up(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as pipe:
        pipe.sendall(bearing(server) + b"Content-Length: 100000\r\n\r\n" + BOUNDARY)
        ended = threading.Event()

        def trickle() -> None:
            while not ended.wait(0.1):
                try:
                    pipe.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            first = pipe.recv(1 << 16)
        finally:
            ended.set()
            thread.join()
    assert first.startswith(b"HTTP/1.1 408")
    settled(server)


def test_a_client_that_falls_silent_is_given_up(server: Running) -> None:
    found = talk(server, bearing(server) + b"Content-Length: 100000\r\n\r\n" + BOUNDARY)
    assert found.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nA: b"])
def test_headers_that_do_not_come_are_not_waited_for(server: Running, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as pipe:
        pipe.sendall(said)
        with contextlib.suppress(ConnectionResetError):
            assert pipe.recv(1 << 16) == b""


def test_headers_without_end_are_refused(server: Running) -> None:
    found = talk(server, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"A: " + b"b" * (1 << 16))
    assert found == b"" or found.startswith(b"HTTP/1.1 4")


def test_a_client_that_hangs_up_frees_its_place_and_its_worker(server: Running) -> None:
    restarts = server.house.desk.restarts
    body = BOUNDARY + LARGE + b"\r\n--x--\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as pipe:
        pipe.sendall(bearing(server) + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        end = time.monotonic() + 20
        while server.house.desk._idle.qsize():  # until a worker has it
            assert time.monotonic() < end
            time.sleep(0.005)
    settled(server)
    assert server.house.desk.restarts == restarts + 1
    assert list(server.house.scratch.iterdir()) == []
    assert color(server).status_code == 200


def test_a_worker_that_still_dies_is_not_handed_to_the_next(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk_, hold, killed = server.house.desk, threading.Event(), threading.Event()
    desk_._threads.submit(hold.wait, 20)  # so that the work has not begun when its client leaves
    monkeypatch.setattr(desk_._all[0], "kill", killed.set)  # a death that takes its time
    restarts, body = desk_.restarts, BOUNDARY + GRAY + b"\r\n--x--\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as pipe:
        pipe.sendall(bearing(server) + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        end = time.monotonic() + 20
        while desk_._idle.qsize():
            assert time.monotonic() < end
            time.sleep(0.005)
    assert killed.wait(20)
    hold.set()
    settled(server)
    assert desk_.restarts == restarts + 1
    assert color(server).status_code == 200


def test_when_all_places_are_taken_others_are_turned_away_with_a_time(server: Running) -> None:
    pipes = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(2)]
    try:
        for pipe in pipes:  # a place is taken with the headers
            pipe.sendall(bearing(server) + b"Content-Length: 100000\r\n\r\n" + BOUNDARY)
        end = time.monotonic() + 20
        while server.house.places.used < 2:
            assert time.monotonic() < end
            time.sleep(0.005)
        found = color(server)
        assert code(found) == "busy"
        assert int(found.headers["retry-after"]) > 0
        assert server.client.get("/health").status_code == 200  # what makes no work goes on
    finally:
        for pipe in pipes:
            pipe.close()
    settled(server)
    assert color(server).status_code == 200


def test_there_are_only_so_many_requests_at_once_of_whatever_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard, "_REQUESTS", 2)
    with running(patience=5.0) as server, contextlib.ExitStack() as open_:
        for _ in range(4):  # a request that was just answered may still be counted
            pipe = open_.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            pipe.sendall(HEAD + b"Content-Length: 100000\r\n\r\n" + BOUNDARY)
            time.sleep(0.1)
        assert server.client.get("/health").status_code == 200
        found = server.client.get("/ready")
        assert code(found) == "busy"
        assert int(found.headers["retry-after"]) > 0


def test_a_picture_that_takes_too_long_is_given_up(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.house.desk, "_seconds", 0.05)
    monkeypatch.setattr(desk, "_EARLIER", 0.05)
    assert code(color(server, LARGE)) == "too-slow"
    monkeypatch.setattr(server.house.desk, "_seconds", 60.0)
    settled(server)
    assert color(server).status_code == 200


def test_a_full_disk_is_told(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        name = "full"

        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            pass

    monkeypatch.setattr(Path, "open", lambda *_: Full())
    found = color(server)
    monkeypatch.undo()
    assert code(found) == "disk-full"
    assert list(server.house.scratch.iterdir()) == []


def test_a_client_that_reads_nothing_is_hung_up_on(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    file = b"GET /api/v1/models/general/file HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    with socket.socket() as pipe:
        pipe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        pipe.settimeout(20)
        pipe.connect(("127.0.0.1", server.port))
        pipe.sendall(file + f"Authorization: Bearer {TOKEN}\r\n\r\n".encode())
        time.sleep(3.0)  # three times the patience
        taken = 0
        with contextlib.suppress(ConnectionResetError):
            while part := pipe.recv(1 << 16):
                taken += len(part)
    assert 0 < taken < 6_000_000
    assert not caplog.records  # nobody's mistake: no traceback
