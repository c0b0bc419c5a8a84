"""Connect to a Ray cluster, or start Ray on this machine, without its chatter and its patience."""

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from photochrom.errors import ClusterError, MissingExtraError, OptionError

PATIENCE = 30.0  # s that a cluster may take to answer
_KNOCK = 5.0  # s for a connection to its port
_ADDRESS = "RAY_ADDRESS"  # set by `ray job submit`
_LOGGER = logging.getLogger(__name__)
# Ray itself tries for minutes and fills the terminal; a process of its own can be ended.
_TRIAL = "import sys, ray; ray.init(sys.argv[1], log_to_driver=False, logging_level='CRITICAL')"


@contextmanager
def connected(address: str | None, cpus: int | None = None) -> Iterator[None]:
    """Have Ray within the block.

    A connection that the caller has made already is used, and left as it is.

    Parameters
    ----------
    address : `host:port` of a cluster, or "auto" for the one that runs on this machine; without
        it the one that `RAY_ADDRESS` names, else Ray is started here and stopped afterwards
    cpus : that a Ray started here may think it has; without it as many as there are

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    OptionError
        If the address is not written as one.
    ClusterError
        If the cluster does not answer within half a minute, or Ray does not start.
    """
    ray = load()
    if ray.is_initialized():
        yield
        return
    wanted = address or os.environ.get(_ADDRESS)
    if wanted is not None:
        _check_answer(wanted)
    _connect(ray, wanted, cpus)
    try:
        with _silenced(ray):
            yield
    finally:
        ray.shutdown()


def load() -> Any:
    """Import Ray, which must not send statistics anywhere unless asked.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Else it warns that a later version will leave GPUs visible to those that asked for none.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "1")  # as later versions do by themselves
    try:
        import ray  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise MissingExtraError(
            "Ray is not installed; run `pip install 'photochrom[cluster]'`"
        ) from None
    return ray


def _connect(ray: Any, address: str | None, cpus: int | None) -> None:
    speaks = _LOGGER.isEnabledFor(logging.DEBUG)  # by --debug
    quiet = {"log_to_driver": speaks, "logging_level": "INFO" if speaks else "CRITICAL"}
    here = {"num_cpus": cpus, "include_dashboard": False} if address is None else {}
    try:
        ray.init(address or "local", **quiet, **here)
    except Exception as error:  # Ray raises what it meets
        place = "Ray on this machine" if address is None else f"the cluster at {address}"
        raise ClusterError(f"{place} cannot be used: {first_line(str(error))}") from error


@contextmanager
def _silenced(ray: Any) -> Iterator[None]:
    """Keep off stdout, where results go, what Ray says of lost workers whatever it was told."""
    worker = ray._private.worker
    before = worker._worker_logs_enabled
    worker._worker_logs_enabled = _LOGGER.isEnabledFor(logging.DEBUG)
    try:
        yield
    finally:
        worker._worker_logs_enabled = before


def _check_answer(address: str) -> None:
    """Refuse a cluster that is not there, or does not speak with this Ray."""
    if address != "auto":
        _knock(address)
    command = [sys.executable, "-c", _TRIAL, address]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise ClusterError(
            f"the cluster at {address} does not answer within {PATIENCE:.0f} s; check the address "
            "and that it is a Ray cluster (`ray status`)"
        ) from None
    except subprocess.CalledProcessError as error:
        lines = [line for line in error.stderr.splitlines() if line.strip()]
        reason = lines[-1].strip() if lines else f"exit code {error.returncode}"
        raise ClusterError(f"the cluster at {address} cannot be used: {reason}") from None


def _knock(address: str) -> None:
    """Find out at once whether anybody listens there."""
    host, port = _parts(address)
    try:
        socket.create_connection((host, port), timeout=_KNOCK).close()
    except OSError as error:
        raise ClusterError(
            f"the cluster at {address} does not answer ({error.strerror or error}); check the "
            "address, and that `ray start --head` runs there"
        ) from error


def _parts(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise OptionError(
            f"an address is host:port of the cluster's head, such as 10.0.0.5:6379, or auto on one "
            f"of its machines; got {address!r}. From elsewhere use `ray job submit`"
        )
    return host.strip("[]"), int(port)


def first_line(words: str) -> str:
    """Return what Ray says first; more lines follow, with traces of its own."""
    return next((line.strip() for line in words.splitlines() if line.strip()), "no reason given")
