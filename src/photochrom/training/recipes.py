"""How weights are stepped: the origin's recipe, and a fast one."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import nn

from photochrom.training.config import OptimizerName, Recipe, TrainConfig
from photochrom.training.presets import Preset


@dataclass(frozen=True)
class Stepping:
    """What a recipe sets.

    Attributes
    ----------
    optimizer, learning_rate, batch : as in `TrainConfig`
    weight_decay : of adamw, decoupled
    one_cycle : whether the rate warms up and falls to zero; else it is constant
    collapsed : train the collapsed form on whitened windows, an equal function; else the network
        exactly as the origin built it
    """

    optimizer: OptimizerName
    learning_rate: float
    batch: int
    weight_decay: float
    one_cycle: bool
    collapsed: bool

    def rate(self, share: float) -> float:
        """Return the learning rate after `share` (0..1) of the training."""
        return self.learning_rate * (one_cycle(share) if self.one_cycle else 1.0)


STEPPINGS: dict[Recipe, Stepping] = {
    "fast": Stepping("adamw", 1e-2, 1024, 1e-2, one_cycle=True, collapsed=True),
    "origin": Stepping("sgd", 1e-2, 32, 0.0, one_cycle=False, collapsed=False),
}
# Keras' Adam, which the origin used after SGD, starts at 0.001.
_USUAL_RATES: dict[OptimizerName, float] = {"sgd": 1e-2, "adam": 1e-3, "adamw": 1e-2}
_WARM_UP = 0.15  # of the training
_FLOOR = 1e-3  # of the peak rate, at the start and the end


def choose(recipe: Recipe, config: TrainConfig, preset: Preset) -> Stepping:
    """Return the recipe's stepping with the preset's and then the config's overrides."""
    stepping = STEPPINGS[recipe]
    if recipe == "fast":
        rate, batch = preset.learning_rate, preset.batch
        stepping = replace(
            stepping,
            learning_rate=rate or stepping.learning_rate,
            batch=batch or stepping.batch,
        )
    optimizer = config.optimizer or stepping.optimizer
    changed = optimizer != stepping.optimizer
    usual = _USUAL_RATES[optimizer] if changed else stepping.learning_rate
    return replace(
        stepping,
        optimizer=optimizer,
        learning_rate=config.learning_rate or usual,
        batch=config.batch or stepping.batch,
    )


def one_cycle(share: float) -> float:
    """Return the factor on the rate: up by a cosine, then down by a longer one.

    References
    ----------
    Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates", 2019.
    """
    share = min(max(share, 0.0), 1.0)
    if share < _WARM_UP:
        return _FLOOR + (1 - _FLOOR) * _rise(share / _WARM_UP)
    return _FLOOR + (1 - _FLOOR) * (1 - _rise((share - _WARM_UP) / (1 - _WARM_UP)))


def make_optimizer(network: nn.Module, stepping: Stepping) -> torch.optim.Optimizer:
    """Return a fresh optimizer over the network's weights."""
    rate = stepping.learning_rate
    makers: dict[OptimizerName, Callable[[], torch.optim.Optimizer]] = {
        "sgd": lambda: torch.optim.SGD(network.parameters(), lr=rate),
        # Keras' epsilon; torch's default is ten times smaller.
        "adam": lambda: torch.optim.Adam(network.parameters(), lr=rate, eps=1e-7),
        "adamw": lambda: torch.optim.AdamW(
            network.parameters(), lr=rate, weight_decay=stepping.weight_decay, foreach=True
        ),
    }
    return makers[stepping.optimizer]()


def _rise(share: float) -> float:
    return (1 - math.cos(math.pi * share)) / 2
