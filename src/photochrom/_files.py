"""Files appear whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path as FilePath

from photochrom._types import Path
from photochrom.errors import OutputExistsError, WriteError


def write_bytes(data: bytes, target: Path, *, overwrite: bool = False) -> None:
    """Write bytes under a temporary name in the same folder, then rename.

    Raises
    ------
    OutputExistsError
        If the target exists and overwriting was not asked for.
    WriteError
        If it cannot be written: no space, no permission, no such folder. Nothing is left behind.
    """
    final = FilePath(os.fspath(target))
    temporary = final.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        # "x" keeps the umask's permissions, which tempfile would not.
        with temporary.open("xb") as file:
            file.write(data)
        check_free(final, overwrite=overwrite)
        temporary.replace(final)
    except OSError as error:
        if isinstance(error, OutputExistsError):
            raise
        raise WriteError(f"cannot write {final}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):  # it was renamed, or never came to be
            temporary.unlink()


def check_free(target: Path, *, overwrite: bool) -> None:
    """Raise `OutputExistsError` where there is a file that may not be replaced."""
    if not overwrite and os.path.lexists(target):
        raise OutputExistsError(
            f"{os.fspath(target)} exists already; choose another name or overwrite it (--force)"
        )
