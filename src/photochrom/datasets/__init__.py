"""Folders of photographs become training pictures."""

from photochrom.datasets.augment import Augmentation, augment
from photochrom.datasets.folder import Split, find_pictures, find_split
from photochrom.datasets.locations import open_source
from photochrom.datasets.photographs import Dropped, Photograph, load_photographs
from photochrom.datasets.shards import Made, ShardOptions, make_shards
from photochrom.datasets.source import Source
from photochrom.datasets.split import block_mask, inner_split
from photochrom.datasets.stream import Bad, Stream
from photochrom.imageio import PICTURE_SUFFIXES

__all__ = [
    "PICTURE_SUFFIXES",
    "Augmentation",
    "Bad",
    "Dropped",
    "Made",
    "Photograph",
    "ShardOptions",
    "Source",
    "Split",
    "Stream",
    "augment",
    "block_mask",
    "find_pictures",
    "find_split",
    "inner_split",
    "load_photographs",
    "make_shards",
    "open_source",
]
