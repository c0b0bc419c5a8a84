"""An S3 server on loopback, for the tests of URLs; import both fixtures where they are used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest


@dataclass(frozen=True)
class Bucket:
    """A new bucket of a server that holds nothing else to be found."""

    name: str
    endpoint: str
    client: Any  # of boto3: a second opinion
    users: Any  # the same, for those that the server knows

    @property
    def url(self) -> str:
        return f"s3://{self.name}"

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def listed(self) -> list[str]:
        listed = self.client.list_objects_v2(Bucket=self.name)
        return [one["Key"] for one in listed.get("Contents", [])]

    def key_without_rights(self) -> tuple[str, str]:
        """Name and secret of the key of a new user who may do nothing."""
        name = f"nobody-{uuid4().hex}"
        self.users.create_user(UserName=name)
        key = self.users.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    @contextmanager
    def asking_for_keys(self) -> Iterator[None]:
        """Refuse whoever has no key with a right."""
        self._reset("0")
        try:
            yield
        finally:
            self._reset("1e9")

    def _reset(self, free_actions: str) -> None:
        plain = {"Content-Type": "text/plain"}
        address = f"{self.endpoint}/moto-api/reset-auth"
        urlopen(Request(address, free_actions.encode(), plain)).close()


@pytest.fixture(scope="session")
def s3_server():
    """Address of the server, and clients of it for S3 and for its users."""
    pytest.importorskip("s3fs")
    boto3 = pytest.importorskip("boto3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    session = boto3.Session("x", "x", region_name="us-east-1")
    clients = [session.client(name, endpoint_url=endpoint) for name in ("s3", "iam")]
    yield endpoint, *clients
    for client in clients:
        client.close()
    server.stop()


@pytest.fixture
def bucket(s3_server, monkeypatch):
    """A bucket, and an environment that leads to its server and to no other."""
    endpoint, client, users = s3_server
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    found = Bucket(f"photochrom-{uuid4().hex}", endpoint, client, users)
    client.create_bucket(Bucket=found.name)
    return found
