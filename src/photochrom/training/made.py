"""What every kind of training ends in."""

from dataclasses import dataclass, field

from photochrom.datasets.photographs import Dropped
from photochrom.modelfile.spec import ModelSpec


@dataclass(frozen=True, eq=False)
class Made:
    """A model, not yet written.

    Attributes
    ----------
    graph : bytes of the ONNX model; None in a process that leaves the writing to another
    spec : its description
    dropped : pictures that were not learned from
    warnings : what the user should know, a sentence each
    """

    graph: bytes | None
    spec: ModelSpec
    dropped: list[Dropped] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
