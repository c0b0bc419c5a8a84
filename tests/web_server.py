"""A real server on loopback, in a thread, with its workers in processes as ever."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from photochrom.web.house import House
from photochrom.web.server import address, listen, server_of
from photochrom.web.settings import Settings


@dataclass(frozen=True)
class Running:
    """A server, and a client of it."""

    house: House
    url: str
    client: httpx.Client

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])


@contextmanager
def running(**options: Any) -> Iterator[Running]:
    settings = Settings(**({"port": 0, "workers": 1, "memory": 1 << 30} | options))
    house = House(settings)
    listening = listen(settings)
    server = server_of(house)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    url = address(listening, "127.0.0.1")
    bears = {} if settings.token is None else {"authorization": f"Bearer {settings.token}"}
    try:
        with httpx.Client(base_url=url, timeout=60, headers=bears, trust_env=False) as client:
            client.get("/health").raise_for_status()
            yield Running(house, url, client)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
