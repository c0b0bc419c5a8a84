"""URLs as text: names below them, and what of them may be shown."""

import re

_LOGIN = re.compile(r"(?<=://)[^/@\s]*@")
_QUERY = re.compile(r"(https?://[^?\s]*)\?[^\s'\")]*")
_MAGIC = re.compile(r"[*?\[]")


def below(folder: str, name: str) -> str:
    """Return the URL of a name, which may hold /, in the folder of a URL."""
    return f"{folder}{name}" if folder.endswith("/") else f"{folder}/{name}"


def shown(place: str) -> str:
    """Return a place, or a text that holds some, without passwords and signatures."""
    return _QUERY.sub(r"\1", _LOGIN.sub("", place))


def fixed_part(pattern: str) -> str:
    """Return the folder of a pattern below which all that fits it lies."""
    protocol, _, path = pattern.partition("://")
    parts = path.split("/")
    count = next((n for n, part in enumerate(parts) if _MAGIC.search(part)), len(parts) - 1)
    return f"{protocol}://{'/'.join(parts[:count])}"
