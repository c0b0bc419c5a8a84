"""Exit codes: the same for every verb."""

from enum import IntEnum

from photochrom.errors import OptionError


class Status(IntEnum):
    """What a shell learns from a finished command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    SOME_FAILED = 3
    INTERRUPTED = 130


def of_error(error: Exception) -> Status:
    """Return the exit code of an error that ended a command."""
    return Status.USAGE if isinstance(error, OptionError) else Status.FAILED


def of_batch(failed: int, total: int) -> Status:
    """Return the exit code of a job over `total` inputs of which `failed` went wrong."""
    if failed == 0:
        return Status.DONE
    return Status.FAILED if failed == total else Status.SOME_FAILED
