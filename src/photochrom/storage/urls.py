"""URLs as text: names below them, and what of them may be shown."""

import os
import re
from pathlib import PurePosixPath, PureWindowsPath

_URL = re.compile("[A-Za-z][A-Za-z0-9+.:-]*://")
_HERE = re.compile("(file|local)://")
_CHAIN = re.compile("::[A-Za-z][A-Za-z0-9+.-]*://")
_LOGIN = re.compile(r"(?<=://)[^/@\s]*@")
_QUERY = re.compile(r"(https?://[^?\s]*)\?[^\s'\")]*")
# Several names for the same kind of store, and the one that `plain` gives all of them.
_ALIASES = {"s3a": "s3", "gcs": "gs", "abfs": "az", "abfss": "az", "ssh": "sftp"}
_MAGIC = re.compile(r"[*?\[]")


def is_url(place: str) -> bool:
    """Whether a place is elsewhere: `file://` URLs are paths of this machine."""
    return _URL.match(place) is not None and _HERE.match(place) is None


def is_chain(place: str) -> bool:
    """Whether a URL leads through another one, as fsspec writes it: `zip://x::s3://y`."""
    return _CHAIN.search(_QUERY.sub(r"\1", place)) is not None


def without_file(place: str) -> str:
    """Return the path of a place on this machine, which may be a `file://` URL."""
    return _HERE.sub("", place, count=1) if _HERE.match(place) else place


def below(folder: str, name: str) -> str:
    """Return the URL of a name, which may hold /, in the folder of a URL."""
    return f"{folder}{name}" if folder.endswith("/") else f"{folder}/{name}"


def plain(place: str) -> str:
    """Return a URL as all of its spellings are compared: s3a:// and s3:// are one store."""
    protocol, _, path = place.partition("://")
    kind = _ALIASES.get(protocol, protocol)
    # What stands before the @ of Azure is a container; elsewhere it says only who asks.
    path = path if kind == "az" else _LOGIN.sub("", f"://{path}").removeprefix("://")
    return f"{kind}://{path.strip('/')}"


def is_inside(name: str, *, windows: bool = os.name == "nt") -> bool:
    """Whether a name, with /, is that of one file below a folder, and not elsewhere by a detour.

    A store takes any text for a name: `/etc/x.png`, `a//b.png` and `../x.png` are objects there.
    """
    if windows and (PureWindowsPath(name).parts != PurePosixPath(name).parts or ":" in name):
        return False
    return not {"", ".", ".."} & set(name.split("/"))


def shown(place: str) -> str:
    """Return a place, or a text that holds some, without passwords and signatures."""
    return _QUERY.sub(r"\1", _LOGIN.sub("", place))


def fixed_part(pattern: str) -> str:
    """Return the folder of a pattern below which all that fits it lies."""
    protocol, _, path = pattern.partition("://")
    parts = path.split("/")
    count = next((n for n, part in enumerate(parts) if _MAGIC.search(part)), len(parts) - 1)
    return f"{protocol}://{'/'.join(parts[:count])}"
