"""Where all randomness of a training comes from: the seed, a number, and what it is for."""

from enum import IntEnum

import numpy as np
import torch


class Draw(IntEnum):
    """What a draw is for; the numbers are part of what makes runs repeat."""

    ORDER = 0
    PICTURES = 1
    WEIGHTS = 2
    DROPOUT = 3
    VARIATION = 4


def draw(seed: int, number: int, purpose: Draw) -> int:
    """Return a seed that depends on all three and on nothing else."""
    words = np.random.SeedSequence([seed, number, purpose]).generate_state(1, np.uint64)
    return int(words[0] >> np.uint64(1))


def generator(seed: int, number: int, purpose: Draw) -> torch.Generator:
    """Return a fresh generator of that seed."""
    return torch.Generator().manual_seed(draw(seed, number, purpose))
