"""Folders of photographs become training pictures."""

from photochrom.datasets.augment import Augmentation, augment
from photochrom.datasets.folder import Split, find_pictures, find_split
from photochrom.datasets.photographs import Dropped, Photograph, load_photographs
from photochrom.datasets.split import block_mask, inner_split
from photochrom.imageio import PICTURE_SUFFIXES

__all__ = [
    "PICTURE_SUFFIXES",
    "Augmentation",
    "Dropped",
    "Photograph",
    "Split",
    "augment",
    "block_mask",
    "find_pictures",
    "find_split",
    "inner_split",
    "load_photographs",
]
