"""Trainings by visitors: from eight pictures to a model that colours, watched and stopped."""

import errno
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import models
import transfer
from photochrom.errors import DiskFullError
from photochrom.inference.colorizer import Colorizer
from photochrom.modelfile.file import read_model
from photochrom.web.failed import theirs, why
from photochrom.web.problem import Problem
from photochrom.web.trainee import told
from pictures import encode, opened, photograph
from test_web_api import GRAY, code
from web_server import Running, running


def squares() -> list[bytes]:
    """Eight different pictures in colour, cut out of a photograph."""
    coffee = photograph("coffee")
    return [
        encode(coffee[top : top + 160, left : left + 140], "jpeg", quality=95)
        for top in (0, 200)
        for left in (0, 150, 300, 450)
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Trainings begin with a tiny network, so that they take seconds."""
    start = tmp_path_factory.mktemp("start") / "start.onnx"
    start.write_bytes(transfer.general_model())
    with running(max_models=3, start=str(start)) as one:
        yield one


def begin(server: Running, pictures: list[bytes], **fields: Any) -> Any:
    files = [("pictures", (f"p{number}.jpg", data)) for number, data in enumerate(pictures)]
    return server.client.post("/api/v1/trainings", files=files, data=fields)


def watched(server: Running, word: str) -> list[tuple[str, dict[str, Any]]]:
    """All events of a training."""
    found = []
    with server.client.stream("GET", f"/api/v1/trainings/{word}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((name, json.loads(line.removeprefix("data: "))))
    return found


def test_eight_pictures_become_a_model_that_colours(server: Running) -> None:
    pictures = [*squares(), b"not a picture"]
    assert code(begin(server, pictures)) == "not-a-picture"
    started = begin(
        server, [*pictures[:8], GRAY[: len(GRAY) // 2]], name="Cups", steps="4", seed="3"
    )
    assert started.status_code == 202, started.text
    word = started.json()["id"]
    assert code(begin(server, squares())) == "training-busy"
    assert code(server.client.get(f"/api/v1/trainings/{word}/files/report")) == "training-open"

    events = watched(server, word)
    assert [name for name, _ in events[:-1]] == ["progress"] * (len(events) - 1)
    name, last = events[-1]
    assert (name, last["state"], last["problem"]) == ("end", "done", None)
    assert any(shown["swatch"] for _, shown in events[:-1])  # before it is done
    assert all(shown["files"].keys() <= {"samples"} for _, shown in events[:-1])
    shares = [shown["share"] for _, shown in events]
    assert shares == sorted(shares)
    assert last["losses"]
    assert last["pictures"] == 8
    ((left_out, why),) = last["left_out"]
    assert left_out == "p8.jpg"
    assert str(server.house.scratch.parent) not in why

    metrics = last["model"]["metrics"]
    assert {"transfer", "general", "gray"} <= metrics.keys()  # the honest table
    best = min((row["de00"], method) for method, row in metrics.items() if method != "transfer")
    assert last["verdict"]["rival"] == best[1]
    assert last["verdict"]["nearer"] == pytest.approx(
        best[0] - metrics["transfer"]["de00"], abs=1e-3
    )

    model = server.client.get(last["model"]["file"]).content
    assert read_model(model)[1].preset == "transfer"
    used = server.client.post(
        "/api/v1/colorize",
        files={"picture": ("a.jpg", GRAY)},
        data={"model": last["model"]["id"], "format": "png"},
    )
    expected = Colorizer(model).colorize(GRAY).pixels
    np.testing.assert_array_equal(np.asarray(opened(used.content)), expected)

    files = {name: server.client.get(href) for name, href in last["files"].items()}
    assert files["samples"].headers["content-type"] == "image/png"
    assert "sandbox" in files["report"].headers["content-security-policy"]
    assert "Cups" in files["report"].text
    assert "general" in files["report"].text
    assert code(server.client.get(f"/api/v1/trainings/{word}/files/..%2fmodel.onnx")) == "not-found"


@contextmanager
def place_kept_for_it(server: Running) -> Iterator[None]:
    """Others fill the shelf but for one place, theirs only when the training is stopped."""
    own = [
        models.model_bytes(models.conv_model(seed=seed), models.palette_spec()) for seed in range(4)
    ]
    added = []

    def full(data: bytes) -> bool:
        sent = server.client.post("/api/v1/models", files={"model": ("m.onnx", data)})
        if sent.status_code == 201:
            added.append(sent.json()["id"])
            return False
        return code(sent) == "models-full"

    refused = next(each for each in own if full(each))
    there = server.client.get("/api/v1/models").json()["models"]
    assert sum(not each["fixed"] for each in there) == 2
    yield
    assert not full(refused)
    for each in added:
        server.client.delete(f"/api/v1/models/{each}")


def test_a_training_is_stopped_and_another_may_begin(server: Running) -> None:
    word = begin(server, squares(), seconds="600").json()["id"]
    end = time.monotonic() + 120
    while server.house.trainings.process is None:  # it learns in a process of its own
        assert time.monotonic() < end
        time.sleep(0.02)
    address = f"/api/v1/trainings/{word}"
    while not (files := server.client.get(address).json()["files"]):
        assert time.monotonic() < end
        time.sleep(0.1)
    first = server.client.get(files["samples"])
    assert opened(first.content).width > 3 * transfer.SIDE  # gray, coloured, true
    while server.client.get(address).json()["files"] == files:  # new ones, a new address
        assert time.monotonic() < end
        time.sleep(0.1)
    assert server.client.get(files["samples"]).content != first.content
    with place_kept_for_it(server):
        stopped = server.client.post(f"/api/v1/trainings/{word}/cancel").json()
    assert (stopped["state"], stopped["model"]) == ("cancelled", None)
    assert server.house.trainings.process is None
    assert watched(server, word)[-1][1]["state"] == "cancelled"
    assert server.client.post(f"/api/v1/trainings/{word}/cancel").json() == stopped
    gray = [encode(np.full((64, 64), level, np.uint8), "png") for level in range(0, 250, 40)]
    last = watched(server, begin(server, gray).json()["id"])[-1][1]
    assert last["state"] == "failed"
    assert "colour" in last["problem"] or "black and white" in last["problem"]
    assert ".png" not in last["problem"]  # nobody sent a file of that name


def test_trainings_that_cannot_be_are_refused(server: Running) -> None:
    four = squares()[:4]
    assert code(begin(server, four)) == "options-invalid"
    assert code(begin(server, four * 30)) == "options-invalid"
    assert code(begin(server, squares(), seconds="1e9")) == "options-invalid"
    assert code(begin(server, squares(), seconds="9", steps="9")) == "options-invalid"
    assert code(server.client.get("/api/v1/trainings/nope/events")) == "not-found"
    broken = [GRAY[: 200 + number] for number in range(5)]
    last = watched(server, begin(server, broken).json()["id"])[-1][1]
    assert last["state"] == "failed"
    assert "5 pictures or more" in last["problem"]
    assert not server.house.trainings.busy


def test_training_may_be_switched_off() -> None:
    with running(training=False) as one:
        assert code(begin(one, squares())) == "training-off"
        info = one.client.get("/api/v1/info").json()
        assert (info["training"], info["training_why_not"]) == (False, "off")


def test_a_training_that_fails_is_told_without_codes_and_the_names_of_the_server() -> None:
    names = {"000.png": "Oma.jpg", "001.png": "000.png"}
    said = "none is left (000.png: near-gray (mean chroma 0.1); 001.png: duplicate of 000.png)"
    assert theirs(said, names) == (
        "none is left (Oma.jpg: it is black and white; 000.png: duplicate of Oma.jpg)"
    )
    assert theirs("/tmp/x/pictures/000.png is 1 x 9", names) == "Oma.jpg is 1 x 9"
    full = OSError(errno.ENOSPC, "No space left on device")
    ours = DiskFullError("cannot write /tmp/x: No space left on device")
    for error in (full, ours):
        assert why(error) == "The server's disk is full."
        assert told(error) == "the server's disk is full"
    assert "Errno" not in why(PermissionError(errno.EACCES, "Permission denied", "/tmp/x"))
    assert why(Problem("pictures-unfit", "too few")) == "too few"
