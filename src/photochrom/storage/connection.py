"""Connections to file systems: the only file that knows fsspec, and the packages behind it."""

import os
import threading
from functools import lru_cache
from typing import Any

from photochrom.errors import MissingExtraError, StorageError

_S3: dict[str, Any] = {
    # One request a file: one that is replaced meanwhile must not come as a mixture of both.
    "max_concurrency": 1,
    "use_listings_cache": False,
    "config_kwargs": {
        "connect_timeout": 5,  # s
        "read_timeout": 15,  # s of silence
        "retries": {"mode": "standard", "total_max_attempts": 3},
    },
}
_S3_ROUNDS = 2  # of these attempts; by the five of s3fs a silent endpoint would take four minutes
_OPTIONS = {"s3": _S3, "s3a": _S3}


def kind_of(protocol: str) -> Any:
    """Return fsspec's class for a protocol."""
    try:
        import fsspec  # noqa: PLC0415 - an extra, needed for URLs alone
    except ImportError:
        raise MissingExtraError(
            f"{protocol}:// needs fsspec; run `pip install 'photochrom[s3]'`"
        ) from None
    try:
        return fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        raise MissingExtraError(
            f"{protocol}:// needs a package that is not installed ({error}); "
            "`pip install 'photochrom[s3]'` brings those for s3:// and https://"
        ) from error
    except ValueError as error:
        raise StorageError(f"{protocol}:// cannot be reached: {error}") from error


def connected(protocol: str, options: tuple[tuple[str, Any], ...]) -> Any:
    """Return a connection; one that threads cannot share is each thread's own.

    Parameters
    ----------
    protocol : such as s3
    options : what the URL says of server and login, as fsspec calls it
    """
    thread = 0 if kind_of(protocol).async_impl else threading.get_ident()
    return _connected(protocol, options, _environment(), os.getpid(), thread)


def _environment() -> tuple[tuple[str, str], ...]:
    """Return where credentials may lie: a connection made before they were set has none."""
    return tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_")))


@lru_cache(maxsize=64)
def _connected(
    protocol: str,
    options: tuple[tuple[str, Any], ...],
    environment: tuple[tuple[str, str], ...],  # other credentials, another connection
    process: int,  # a fork cannot use its parent's
    thread: int,
) -> Any:
    more = {**_OPTIONS.get(protocol, {}), **dict(options)}
    system = kind_of(protocol)(**more, skip_instance_cache=True)
    if _OPTIONS.get(protocol) is _S3:
        system.retries = _S3_ROUNDS
    return system
