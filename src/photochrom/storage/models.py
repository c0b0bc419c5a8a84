"""Models wherever they lie: in the package, on this machine, behind a URL."""

from photochrom._types import Path
from photochrom.modelfile.file import MOST_BYTES
from photochrom.models import packaged
from photochrom.storage.place import files_of


def resolve(model: Path | bytes) -> Path | bytes:
    """Return the path or the bytes of a model that may be named by a URL.

    Parameters
    ----------
    model : the name of a packaged model, a path, a URL, or bytes, which are returned as they are

    Raises
    ------
    InputMissingError
        If there is no such model.
    ModelFileError
        If a packaged one is missing or has changed.
    StorageError
        If what a URL names cannot be read, or is larger than any model may be.
    MissingExtraError
        If a URL needs a package that is not installed.
    """
    if not isinstance(model, str) or "://" not in model:
        return packaged.resolve(model)
    files = files_of(model)
    return files.near(model) or files.read(model, most=MOST_BYTES)
