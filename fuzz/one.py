"""One target: `python -m fuzz.one NAME [options and folders of libFuzzer, or a finding]`."""

import sys

import atheris

with atheris.instrument_imports(include=["photochrom"]):
    from fuzz.targets import TARGETS, feed

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, lambda data: feed(target, data))
    atheris.Fuzz()
