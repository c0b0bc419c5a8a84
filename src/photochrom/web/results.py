"""Results that are fetched later: kept on disk for some minutes."""

import secrets
import shutil
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from photochrom.web.problem import Problem

KEPT = 600.0  # s
_MOST = 64  # of them; the oldest makes room


@dataclass(frozen=True)
class Kept:
    """Files of one request; names and types by number."""

    folder: FilePath
    types: tuple[str, ...]
    until: float


class Results:
    """Keeps results.

    Parameters
    ----------
    folder : for the files
    most_bytes : of all of them; the newest set is kept even where it alone is larger
    """

    def __init__(self, folder: FilePath, most_bytes: int) -> None:
        self._folder, self._most = folder, most_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._sizes: dict[str, int] = {}

    def keep(self, files: Sequence[bytes], media_types: Sequence[str]) -> str:
        """Keep files, and return the word by which they are found again.

        Raises
        ------
        OSError
            If the disk is full.
        """
        size = sum(map(len, files))
        self._make_room(size)
        word = secrets.token_urlsafe(16)
        folder = self._folder / word
        folder.mkdir()
        try:
            for number, data in enumerate(files):
                (folder / f"{number}").write_bytes(data)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._kept[word] = Kept(folder, tuple(media_types), time.monotonic() + KEPT)
        self._sizes[word] = size
        return word

    def find(self, word: str, number: int) -> tuple[FilePath, str]:
        """Return a file and its media type.

        Raises
        ------
        Problem
            If it is not there, or not any more.
        """
        self._make_room(0)
        kept = self._kept.get(word)
        if kept is None or not 0 <= number < len(kept.types):
            raise Problem("not-found", f"results are kept for {KEPT / 60:.0f} minutes")
        return kept.folder / f"{number}", kept.types[number]

    def remove(self, word: str) -> None:
        """Remove files that are no longer wanted; nothing where there are none."""
        kept = self._kept.pop(word, None)
        self._sizes.pop(word, None)
        if kept is not None:
            shutil.rmtree(kept.folder, ignore_errors=True)

    def _make_room(self, size: int) -> None:
        """Drop what is too old, and the oldest for what comes."""
        now = time.monotonic()
        for word in list(self._kept):
            full = len(self._kept) >= _MOST or sum(self._sizes.values()) + size > self._most
            if self._kept[word].until < now or (size and full):
                self.remove(word)
