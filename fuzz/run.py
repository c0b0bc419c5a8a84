"""Run targets one after the other: `make fuzz`, or `python -m fuzz.run [NAME...] [--seconds S]`.

A finding is what breaks the contract, takes longer than it may, or more memory. It is kept in
`fuzz/findings`, and the exit code is 1.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fuzz.targets import TARGETS, Target

ROOT = Path(__file__).resolve().parents[1]
FINDINGS = ROOT / "fuzz/findings"
PICTURES = "pictures"  # the target that is not libFuzzer's
SECONDS = 10  # for one input of at most LONGEST bytes; the readers are instrumented, thus slower
MEGABYTES = 1024  # of which Python and the libraries take some 250
LONGEST = 1 << 16
PROGRAM = ["-m", "fuzz.one"]
_OPTIONS = {"timeout": SECONDS, "rss_limit_mb": MEGABYTES, "max_len": LONGEST, "verbosity": 0}
_HEAD = f"{'target':15}{'inputs':>10}{'a second':>10}{'MB':>6}{'findings':>10}"


@dataclass(frozen=True)
class Report:
    """What came of one target: inputs, seconds, peak memory, and the last words of findings."""

    inputs: int
    seconds: float
    megabytes: int
    finding: str | None = None


def main() -> None:
    """Run what is asked for, print the table."""
    asked = _asked()
    FINDINGS.mkdir(exist_ok=True)
    print(_HEAD)
    found = [name for name in asked.names if _told(name, fuzz(name, asked.seconds))]
    if found:
        print(f"\nfindings: {', '.join(found)}; {FINDINGS} has them. Repeat one with")
        print("python -m fuzz.one NAME FILE, or python -m fuzz.pictures FILE")
    sys.exit(1 if found else 0)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzz.run")
    every = [*TARGETS, PICTURES]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(every))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    asked = parser.parse_args()
    for name in asked.names:
        if name not in every:
            parser.error(f"there is no target {name!r}; there are {', '.join(every)}")
    asked.names = asked.names or every
    return asked


def fuzz(name: str, seconds: int) -> Report:
    """Run one target."""
    if name == PICTURES:
        return _by_ourselves(name, seconds)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        options = _options(name, TARGETS[name], corpus, seconds)
        command = [sys.executable, *PROGRAM, name, *options, str(corpus)]
        return _report(name, command, seconds)


def _options(name: str, target: Target, corpus: Path, seconds: int) -> list[str]:
    """Write seeds and words; return libFuzzer's options."""
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    given: dict[str, object] = {**_OPTIONS, "max_total_time": seconds, "print_final_stats": 1}
    given["artifact_prefix"] = f"{FINDINGS}/{name}-"
    if target.words:  # libFuzzer takes no empty file
        given["dict"] = corpus.with_name("words")
        corpus.with_name("words").write_text("".join(f'"{_quoted(it)}"\n' for it in target.words))
    return [f"-{key}={value}" for key, value in given.items()]


def _quoted(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _by_ourselves(name: str, seconds: int) -> Report:
    command = [sys.executable, "-m", "fuzz.pictures", "--seconds", str(seconds)]
    return _report(name, command, seconds)


def _report(name: str, command: list[str], seconds: int) -> Report:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, env=_environment())
    said = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    if done.returncode:
        (FINDINGS / f"{name}.log").write_text(said)
    inputs, megabytes = _stated(said, "number_of_executed_units"), _stated(said, "peak_rss_mb")
    return Report(inputs, seconds, megabytes, _last_words(said) if done.returncode else None)


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT}/src"}


def _stated(said: str, name: str) -> int:
    found = re.search(rf"stat::{name}:\s+(\d+)", said)
    return int(found[1]) if found else 0


def _last_words(said: str) -> str:
    """Return the line that says what was wrong: the last of a trace of calls, or libFuzzer's."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [
        line for line in lines if re.match(r"[\w.]+(Error|Exception|Warning)\b|ERROR: ", line)
    ]
    return (errors or lines or ["no words"])[-1][:200]


def _told(name: str, report: Report) -> bool:
    """Print one row; say whether there was a finding."""
    speed = report.inputs / report.seconds
    found = "" if report.finding is None else f"  {report.finding}"
    row = f"{name:15}{report.inputs:10,}{speed:10.0f}{report.megabytes:6}"
    print(f"{row}{0 if report.finding is None else 1:10}{found}", flush=True)
    return report.finding is not None


if __name__ == "__main__":
    main()
