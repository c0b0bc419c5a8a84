"""What of the machine this process may use: in a container less than there is."""

import os
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_PARTS = ("quota", "period")
_NO_LIMIT = 1 << 60  # bytes; version 1 of control groups writes a huge number for none


def cores() -> int:
    """Return the CPU cores that may be used: affinity and the quota of the control group count.

    A quota of 1.5 cores counts as two: a thread that waits at times is better than a core unused.
    """
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min([there or 1, *(ceil(quota) for quota in _quotas())]))


def memory() -> int:
    """Return the bytes that are free for this process: the machine's, or what its group has left.

    Where neither is known, 4 GiB are assumed.
    """
    known = [*_free(), *_left()]
    return min(known) if known else 4 << 30


def _quotas() -> Iterator[float]:
    for folder in _groups("cpu"):
        with suppress(OSError, ValueError, IndexError, ZeroDivisionError):
            if (folder / "cpu.max").exists():
                quota, period = (folder / "cpu.max").read_text(encoding="utf-8").split()[:2]
            else:
                quota, period = (_text(folder / f"cpu.cfs_{part}_us") for part in _PARTS)
            if float(quota) > 0:  # ValueError for "max", -1 for none
                yield float(quota) / float(period)


def _free() -> Iterator[int]:
    """Memory that the machine could give now, caches given up."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                yield int(line.split()[1]) * 1024
                return
    with suppress(AttributeError, OSError, ValueError):
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _left() -> Iterator[int]:
    names = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
    for folder in _groups("memory"):
        for limit, used in names:
            with suppress(OSError, ValueError):
                most = int(_text(folder / limit))
                if most < _NO_LIMIT:
                    yield max(0, most - int(_text(folder / used)) + _reclaimable(folder))


def _reclaimable(folder: Path) -> int:
    """Pages of files count as used, but the kernel gives them up."""
    with suppress(OSError, ValueError, IndexError):
        for line in (folder / "memory.stat").read_text(encoding="utf-8").splitlines():
            if line.split()[0] in ("inactive_file", "total_inactive_file"):
                return int(line.split()[1])
    return 0


def _groups(controller: str) -> Iterator[Path]:
    """Yield the folders of the own control group and of those round it, versions 2 and 1."""
    with suppress(OSError):
        for line in _OWN.read_text(encoding="utf-8").splitlines():
            _, controllers, inside = line.split(":", 2)
            if not controllers:
                root = _CGROUP
            elif controller in controllers.split(","):
                root = _CGROUP / controller
            else:
                continue
            own = root / inside.lstrip("/")
            # In a container the own group is mounted as the root, and its outer name is not there.
            yield from (one for one in (own, *own.parents) if one == root or root in one.parents)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
