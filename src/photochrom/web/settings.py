"""What a server may use, and whom it answers."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from photochrom._machine import cores, memory
from photochrom.errors import OptionError

LEAST_TOKEN = 16  # characters; a shorter one could be guessed
_LEAST_MEMORY = 512 << 20  # bytes; a worker with its model takes some 300 MB before any picture
_SHARE = 0.6  # of what is free; the rest is for a training, this process, and others


@dataclass(frozen=True)
class Settings:
    """The options of `photochrom serve`.

    Raises
    ------
    OptionError
        If one is out of range, or the server would be open to the network without a token.
    """

    host: str = "127.0.0.1"
    """Address to listen at."""
    port: int = 8000
    """0 for any that is free."""
    models: tuple[str, ...] = ("general",)
    """Packaged names and files; the first is the one that colours when a request names none."""
    folder: FilePath | None = None
    """More models: all `.onnx` files of a folder, read when the server starts."""
    max_upload: int = 64 << 20
    """Bytes of one request."""
    max_pixels: int = 120_000_000
    """Of one picture."""
    workers: int | None = None
    """Pictures at once, each in a process; None for as many as cores and memory allow."""
    queue: int = 16
    """Requests that wait for a worker; more are turned away."""
    seconds: float = 120.0
    """For one request, waiting included, from its last byte on."""
    memory: int | None = None
    """Bytes for all workers together; None for most of what is free."""
    token: str | None = field(default=None, repr=False)
    """What a request to the API must bear."""
    allowed: tuple[str, ...] = ()
    """More host names by which the server may be called."""
    training: bool = True
    """Whether models may be trained."""
    start: str = "general"
    """The general model that trainings begin with; a packaged name or a file."""
    max_models: int = 32
    """Models that visitors add, by upload or training."""
    patience: float = 10.0
    """Seconds that a client may send or take nothing."""

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise OptionError(f"{name} must lie between {low} and {high}, got {value}")
        if self.token is not None and len(self.token) < LEAST_TOKEN:
            raise OptionError(
                f"the token must have {LEAST_TOKEN} characters or more, got {len(self.token)}"
            )
        if self.token is not None and not (self.token.isascii() and self.token.isprintable()):
            raise OptionError(
                "the token must be ASCII letters, digits and signs, which all clients send alike; "
                "`openssl rand -hex 16` makes one"
            )
        if self.token is None and not self.is_loopback:
            raise OptionError(
                f"{self.host} can be reached from other machines; give --token-file with a secret "
                "that visitors must know, or keep to 127.0.0.1"
            )

    @property
    def is_loopback(self) -> bool:
        """Whether this machine alone can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def crew(self) -> int:
        """How many workers there are."""
        return self.workers or max(1, min(cores(), self._all_memory // _LEAST_MEMORY))

    @property
    def share(self) -> int:
        """Bytes for each worker."""
        return max(_LEAST_MEMORY, self._all_memory // self.crew)

    @property
    def _all_memory(self) -> int:
        return int(memory() * _SHARE) if self.memory is None else self.memory


_RANGES: dict[str, tuple[float, float]] = {
    "port": (0, 65535),
    "max_upload": (1 << 10, 1 << 32),
    "max_pixels": (1, 1 << 31),
    "workers": (1, 256),
    "queue": (0, 10_000),
    "seconds": (1, 3600),
    "memory": (_LEAST_MEMORY, 1 << 50),
    "max_models": (0, 10_000),
    "patience": (0.1, 600),
}
