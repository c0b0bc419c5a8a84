"""What the page's engine is held against is what the package gives now."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("skimage")
pytest.importorskip("onnx")

LEAST = 0.02  # code values, mean: CPUs differ in the last bits
SCRIPT = Path(__file__).parents[1] / "web" / "test" / "golden.py"


def _made() -> dict[str, bytes]:
    spec = importlib.util.spec_from_file_location("golden", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: dict[str, bytes] = module.make()
    return made


def test_the_goldens_of_the_page_are_what_python_gives() -> None:
    kept = SCRIPT.parent / "golden"
    made = _made()
    assert {path.name for path in kept.iterdir()} == set(made)
    assert json.loads((kept / "cases.json").read_text()) == json.loads(made["cases.json"])
    facts = [
        json.loads(content) for content in ((kept / "facts.json").read_text(), made["facts.json"])
    ]
    assert facts[0]["drawn"] == facts[1]["drawn"]
    for name, content in made.items():
        if name.endswith(".rgb"):
            stored = np.fromfile(kept / name, dtype=np.uint8).astype(int)
            apart = np.abs(stored - np.frombuffer(content, dtype=np.uint8))
            assert apart.mean() < LEAST, f"{name} is old: run python web/test/golden.py"
