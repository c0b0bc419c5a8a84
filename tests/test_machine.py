"""Cores and memory as a container has them, on control groups made of plain files."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from photochrom import _machine

GB = 1 << 30
Groups = Callable[..., None]


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Groups:
    """Write a machine of 8 cores: where this process stands, and the files of the groups."""

    def write(own: str, **files: str) -> None:
        (tmp_path / "own").write_text(own)
        for name, content in files.items():
            path = tmp_path / "groups" / name.replace("__", "/").replace("DOT", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    monkeypatch.setattr(_machine, "_CGROUP", tmp_path / "groups")
    monkeypatch.setattr(_machine, "_OWN", tmp_path / "own")
    monkeypatch.setattr(_machine, "_free", lambda: iter([64 * GB]))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    (tmp_path / "groups").mkdir()
    return write


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("max 100000", 8),
        ("400000 100000", 4),
        ("150000 100000", 2),  # one core and a half: a thread that waits beats a core unused
        ("10000 100000", 1),
        ("9900000 100000", 8),
        ("", 8),
        ("nonsense", 8),
        ("100000 0", 8),
    ],
)
def test_a_quota_of_version_2_counts_in_whole_cores(
    groups: Groups, quota: str, expected: int
) -> None:
    groups("0::/\n", cpuDOTmax=quota)
    assert _machine.cores() == expected


@pytest.mark.parametrize(
    ("quota", "expected"), [("-1", 8), ("300000", 3), ("50000", 1), ("oops", 8)]
)
def test_a_quota_of_version_1_counts_too(groups: Groups, quota: str, expected: int) -> None:
    own = "5:cpu,cpuacct:/box\n4:memory:/box\n"
    groups(own, cpu__box__cpuDOTcfs_quota_us=quota, cpu__box__cpuDOTcfs_period_us="100000\n")
    assert _machine.cores() == expected


def test_the_narrowest_of_the_groups_round_a_process_counts(groups: Groups) -> None:
    groups(
        "0::/slice/box\n",
        slice__cpuDOTmax="200000 100000",
        slice__box__cpuDOTmax="600000 100000",
        slice__memoryDOTmax=str(3 * GB),
        slice__memoryDOTcurrent=str(GB),
        slice__box__memoryDOTmax="max\n",
        slice__box__memoryDOTcurrent=str(GB),
    )
    assert (_machine.cores(), _machine.memory()) == (2, 2 * GB)


def test_a_container_s_own_group_is_the_root_though_its_outer_name_is_another(
    groups: Groups,
) -> None:
    groups("0::/machine/docker-4711\n", cpuDOTmax="100000 100000")
    assert _machine.cores() == 1


def test_fewer_cores_than_the_quota_may_be_allowed(
    groups: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups("0::/\n", cpuDOTmax="600000 100000")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5}, raising=False)
    assert _machine.cores() == 2


def test_files_that_the_kernel_keeps_for_speed_alone_count_as_free(groups: Groups) -> None:
    groups(
        "0::/\n",
        memoryDOTmax=f"{4 * GB}\n",
        memoryDOTcurrent=f"{3 * GB}\n",
        memoryDOTstat=f"anon {GB}\nactive_file 5\ninactive_file {2 * GB}\n",
    )
    assert _machine.memory() == 3 * GB


def test_memory_of_version_1_counts_unless_its_limit_is_none(
    groups: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = {"memory__box__memoryDOTusage_in_bytes": str(GB)}
    own = "9:cpu:/\n4:memory:/box\n"
    groups(own, memory__box__memoryDOTlimit_in_bytes="9223372036854771712", **used)
    assert _machine.memory() == 64 * GB
    groups(own, memory__box__memoryDOTlimit_in_bytes=str(2 * GB), **used)
    assert _machine.memory() == GB
    monkeypatch.setattr(_machine, "_free", lambda: iter(()))
    groups(own, memory__box__memoryDOTlimit_in_bytes="9223372036854771712", **used)
    assert _machine.memory() == 4 * GB  # as where nothing is known


def test_a_group_that_took_more_than_it_may_has_nothing_left(groups: Groups) -> None:
    groups("0::/\n", memoryDOTmax=str(GB), memoryDOTcurrent=str(2 * GB))
    assert _machine.memory() == 0


def test_where_there_are_no_groups_the_machine_counts(
    tmp_path: Path, groups: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_machine, "_OWN", tmp_path / "nowhere")
    assert (_machine.cores(), _machine.memory()) == (8, 64 * GB)
    monkeypatch.setattr(_machine, "_free", lambda: iter(()))
    assert _machine.memory() == 4 * GB
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert _machine.cores() == 1


def test_this_machine_has_a_core_and_some_memory() -> None:
    assert 1 <= _machine.cores() <= (os.cpu_count() or 1)
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 1 << 20 < _machine.memory() <= pages
