"""Every error that photochrom raises on purpose.

One base class, so that `except PhotochromError` catches them all; each is also the builtin that
one would expect. A message says what was expected, what came, and what to do.
"""

TRAIN_EXTRA = ("torch", "onnx", "onnxscript", "safetensors")
"""Packages that come with `photochrom[train]`; a missing one is told with that word."""


class PhotochromError(Exception):
    """The base of all errors raised on purpose."""


class ShapeError(PhotochromError, ValueError):
    """An array has another shape or type than the function documents."""


class OptionError(PhotochromError, ValueError):
    """An option is outside its range, unknown, or clashes with another."""


class InputMissingError(PhotochromError, FileNotFoundError):
    """A file or folder that was named does not exist."""


class PictureError(PhotochromError, ValueError):
    """The bytes are not a picture that can be read: wrong format, damaged, cut short."""


class PictureTooLargeError(PictureError):
    """The picture's header promises more pixels or bytes than the limits allow."""


class OutputExistsError(PhotochromError, FileExistsError):
    """The output exists already and overwriting it was not asked for."""


class WriteError(PhotochromError, OSError):
    """A result could not be written: no space, no permission, no such folder."""


class DiskFullError(WriteError):
    """There is no space left for a result, and so for none that would follow."""


class StorageError(PhotochromError, OSError):
    """A place that holds files cannot be reached, listed, read or written."""


class ManifestError(PhotochromError, ValueError):
    """The record of a batch is damaged, of another version, or not this batch's."""


class LockedError(PhotochromError, BlockingIOError):
    """Another run is at work on the same results."""


class TimeLimitError(PhotochromError, TimeoutError):
    """A picture took longer than it may."""


class ClusterError(PhotochromError, ConnectionError):
    """A cluster does not answer, or ended a job."""


class DatasetError(PhotochromError, ValueError):
    """A folder does not hold the pictures that the job needs."""


class PaletteError(PhotochromError, ValueError):
    """A palette cannot be fitted, read or written."""


class HintError(PhotochromError, ValueError):
    """A colour hint is not one, or does not fit its picture."""


class RecipeError(PhotochromError, ValueError):
    """A stored recipe is missing, damaged, of a newer version, or cannot be repeated here."""


class LayerError(PhotochromError, ValueError):
    """A colour layer is none, is damaged, of a newer version, or of another picture."""


class ModelFileError(PhotochromError, ValueError):
    """A model file is not one, is damaged, or holds what is not allowed in it."""


class CheckpointError(PhotochromError, ValueError):
    """A run folder cannot be resumed: damaged, or made with other settings."""


class TrainingError(PhotochromError, ArithmeticError):
    """Training went wrong by its numbers, such as a loss that is no longer finite."""


class OutOfMemoryError(PhotochromError, MemoryError):
    """The machine or its GPU has not enough memory for the job."""


class MissingExtraError(PhotochromError, ImportError):
    """A job needs an optional part of the installation that is not there."""
