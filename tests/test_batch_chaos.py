"""Batches under fire: real processes, killed, starved and fed with what breaks them."""

import subprocess
import sys
from pathlib import Path

import pytest

from models import conv_model, model_bytes, palette_spec

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    path.write_bytes(model_bytes(conv_model(), palette_spec()))
    return path


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")
def test_a_batch_that_is_killed_again_and_again_ends_as_one_left_in_peace(
    tmp_path: Path, model: Path
) -> None:
    """In large by hand: `python -m benchmarks.batch kill`."""
    few = ["--pictures", "24", "--broken", "6", "--kills", "5", "--model", str(model)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.batch", "kill", *few],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.endswith("problems: 0\n"), done.stdout + done.stderr
    assert done.returncode == 0
    assert "killed 5 times" in done.stdout
