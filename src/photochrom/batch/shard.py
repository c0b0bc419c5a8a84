"""One of several runs that share a batch between machines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from photochrom.errors import OptionError

Of = TypeVar("Of")
_IN_NAME = re.compile(r"(?:-(\d{1,9})-of-(\d{1,9}))?", re.ASCII)
_WRITTEN = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """The `number`-th of `count` parts, counted from 1."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a user wrote, such as 2/8.

        Raises
        ------
        OptionError
            If it is something else.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None or int(found[1]) > int(found[2]):
            raise OptionError(f"expected a shard such as 2/8, the second of eight, got {text!r}")
        return cls(int(found[1]), int(found[2]))

    def of(self, things: Sequence[Of]) -> list[Of]:
        """Return this part of what all runs list in the same order.

        Raises
        ------
        OptionError
            If there are more shards than things.
        """
        if self.count > len(things):
            raise OptionError(
                f"there are fewer pictures ({len(things)}) than shards ({self.count}); "
                "take fewer shards"
            )
        return list(things[self.number - 1 :: self.count])

    def name(self, stem: str) -> str:
        """Return a file's name for this shard alone."""
        return stem if self.count == 1 else f"{stem}-{self.number}-of-{self.count}"

    @classmethod
    def in_name(cls, name: str, stem: str) -> Self | None:
        """Return the shard that `name` named a file for; None for any other file."""
        found = _IN_NAME.fullmatch(name.removeprefix(stem)) if name.startswith(stem) else None
        if found is None:
            return None
        return cls() if found[1] is None else cls(int(found[1]), int(found[2]))

    def meets(self, other: "Shard") -> bool:
        """Whether the two have pictures in common, for all that is known."""
        return self.count != other.count or self.number == other.number
