"""The description of the API holds: a tool that reads it finds no answer that it does not tell."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from photochrom.web.problem import KINDS
from pictures import chelsea, encode
from web_server import Running, running

schemathesis = pytest.importorskip("schemathesis")

SMALL = encode(chelsea(8)[..., 1], "png")
FILES = [*[SMALL] * 5, encode(chelsea(8), "jpeg"), b"", b"text", SMALL[:100], b"ff0000\n0000ff\n"]
ENDLESS = ("/api/v1/trainings/{id}/events",)
MEANT = ("positive_data_acceptance",)  # bytes that are no picture fit the schema, and are refused
EXAMPLES = 4


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(training=False, queue=4) as one:
        yield one


def test_a_fuzzer_that_reads_the_description_finds_nothing(server: Running) -> None:
    schemathesis.openapi.format("binary", st.sampled_from(FILES))
    schema = schemathesis.openapi.from_dict(server.client.get("/openapi.json").json())
    schema.config.update(base_url=server.url)
    skipped = [schemathesis.checks.CHECKS.get_one(name) for name in MEANT]
    seen = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in ENDLESS:
            continue

        @seed(1)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def never_fails(case: Any) -> None:
            response = case.call()
            assert response.status_code < 500, response.text
            case.validate_response(response, excluded_checks=skipped)

        never_fails()
        seen.add(operation.label)
    assert len(seen) >= 20


def test_the_description_names_every_refusal(server: Running) -> None:
    schema = server.client.get("/openapi.json").json()
    told = str(schema)
    unspoken = {
        "host-refused",
        "origin-refused",
        "method-refused",
        "internal",
        "upload-slow",
        "pictures-unfit",
    }  # fmt: skip - the last is told by a training
    assert [name for name in KINDS if f"`{name}`" not in told and name not in unspoken] == []
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            assert operation["responses"], path
            assert operation.get("summary"), path
