"""What the model file says of the general network: how to run it, and what it learned from."""

from photochrom import __version__
from photochrom.modelfile.spec import ModelSpec, TrainingSummary
from photochrom.training.general.calibrate import Setting
from photochrom.training.general.config import GeneralConfig
from photochrom.training.general.judge import baseline_figures
from photochrom.training.general.network import MULTIPLE, OUTPUT_STRIDE, WORKING
from photochrom.training.general.pictures import Pictures, hash_source
from photochrom.training.general.run import Learned

PRESET = "general"


def describe(
    config: GeneralConfig,
    pictures: Pictures,
    learned: Learned,
    chosen: Setting,
    figures: dict[str, float],
) -> ModelSpec:
    """Return the description.

    The network's figures come from the pictures that its setting, three numbers, was chosen on, or
    of more than a hundred from these among others; so they flatter it a little.

    Parameters
    ----------
    config, pictures, learned : of the training
    chosen : how its logits are read
    figures : of the network on the held-out pictures, so read
    """
    baselines = pictures.baselines()
    metrics = baseline_figures(baselines, pictures.held) | {PRESET: figures}
    came_out = {"prior_correction": chosen.beta, "steps_done": learned.steps}
    mean_chroma, lightness_table = baselines.to_tuples()
    summary = TrainingSummary(
        pictures=len(pictures.source),
        data_hash=hash_source(pictures.source),
        held_out="pictures",
        mean_chroma=mean_chroma,
        lightness_table=lightness_table,
        metrics=metrics,
        options=config.to_dict() | came_out,
    )
    return ModelSpec(
        kind="palette",
        preset=PRESET,
        version=__version__,
        working=WORKING,
        palette=learned.palette,
        stride=OUTPUT_STRIDE,
        multiple=MULTIPLE,
        temperature=chosen.temperature,
        gain=chosen.gain,
        training=summary,
        licence=config.licence,
    )
