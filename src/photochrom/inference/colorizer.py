"""A model kept ready, and what it does to a picture."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast, overload

import numpy as np

from photochrom._memory import memory_for
from photochrom._types import Codes, Float32, Path
from photochrom.errors import OptionError, ShapeError
from photochrom.filters.resize import resize
from photochrom.imageio.picture import Picture, with_notes, with_pixels
from photochrom.inference import decoding, fullsize, working
from photochrom.inference.album import Album
from photochrom.inference.album_note import AlbumNote
from photochrom.inference.alternatives import Alternatives, check_alternative
from photochrom.inference.cast import Cast, check_album
from photochrom.inference.confidence import Confidence, palette_of
from photochrom.inference.field import Field, Guess
from photochrom.inference.finish import finish
from photochrom.inference.hints.check import check_hints
from photochrom.inference.hints.hinted import Hinted
from photochrom.inference.hints.marks import Said, mark
from photochrom.inference.hints.report import report
from photochrom.inference.kinds import as_picture, like
from photochrom.inference.layer import Layer
from photochrom.inference.provenance import Provenance, model_name, stamped
from photochrom.inference.recipe import Recipe
from photochrom.inference.references.check import check_references
from photochrom.inference.references.known import Decoder, Shelf, present, scene_of
from photochrom.inference.references.likeness import likeness
from photochrom.inference.references.steer import steer
from photochrom.inference.references.version import borrow
from photochrom.inference.runtime import Runtime
from photochrom.inference.told import with_hints
from photochrom.modelfile.file import model_hash, read_model
from photochrom.modelfile.spec import Decode, WorkingSize
from photochrom.models.packaged import DEFAULT
from photochrom.palettes.decode import deviation, gain_from_vividness
from photochrom.palettes.palette import Palette
from photochrom.storage.models import resolve

Given = TypeVar("Given")
_WITHOUT_LIGHTNESS = ("argmax-rgb", "rgb")


class Colorizer:
    """One model, checked and loaded once, for any number of pictures.

    Parameters
    ----------
    model : name of a packaged model such as "general", path of a model file, or its bytes. A string
        that is such a name means the packaged model: "./general" means the file.
    device : "cpu" or "cuda"
    threads : of the CPU; None for all cores

    Attributes
    ----------
    spec : the model's description
    hash : SHA-256 of the model file, hex
    name : of the packaged model, or of the file without its folder; "" of bytes

    Raises
    ------
    InputMissingError, ModelFileError
        If there is no such file, it is not a model file of photochrom, or the packaged one is not
        what was released.
    OptionError
        If the device is not there, or `threads` is below 1.
    """

    def __init__(
        self, model: Path | bytes = DEFAULT, *, device: str = "cpu", threads: int | None = None
    ) -> None:
        data, self.spec = read_model(resolve(model))
        self.hash = model_hash(data)
        self.name = model_name(model, self.hash)
        self._threads = threads
        self._runtime = Runtime(data, self.spec, device, threads)
        self._shelf = Shelf(self._runtime.run, self.spec.stride)

    def check(
        self, recipe: Recipe | None = None, *, confidence: bool = False, **options: Any
    ) -> None:
        """Raise `OptionError` where `colorize` would, for these options and any picture.

        Parameters
        ----------
        confidence : where `confidence` would, too
        """
        plan = self._plan(Recipe.of(recipe, options))
        if confidence:
            self._check_confidence(plan)

    def logits(self, lightness: Float32) -> Float32:
        """Return palette logits on the network's grid.

        Parameters
        ----------
        lightness : (h, w), L*, at any size

        Returns
        -------
        logits : (h', w', k)

        Raises
        ------
        OptionError
            If the model has no palette.
        """
        if self.spec.kind != "palette":
            raise OptionError("logits need a palette model; this one predicts colours directly")
        output = self._runtime.run(self._working(lightness))
        return np.ascontiguousarray(np.moveaxis(output, 0, -1))

    def chroma(
        self,
        lightness: Float32,
        *,
        decode: Decode | None = None,
        vividness: float | None = None,
        palette: Palette | None = None,
    ) -> Float32:
        """Return a* and b* on the network's grid.

        Parameters
        ----------
        lightness : (h, w), L*, at any size
        decode : "annealed-mean" or "argmax"; None for the model's own
        vividness : 0 (dull and safe) to 1 (vivid and guessed), of the annealed mean; None or 0.5
            for the model's own
        palette : colours to put in place of the model's one by one, as many: what it would have
            made its third colour becomes the third of these. `Recipe.palette` is something else:
            there colours take over from those that are near.

        Returns
        -------
        chroma : (h', w', 2)

        Raises
        ------
        OptionError
            If the options clash, or `decode` gives no chroma.
        """
        chosen = decoding.resolve(self.spec, decode, vividness)
        if chosen in _WITHOUT_LIGHTNESS:
            raise OptionError(f"decode {chosen!r} gives whole colours, not chroma")
        output = self._runtime.run(self._working(lightness))
        palette = palette or self.spec.palette
        return decoding.to_chroma(output, self.spec, chosen, vividness, palette)

    @overload
    def colorize(
        self,
        picture: Picture | Path | bytes,
        recipe: Recipe | None = None,
        *,
        provenance: bool = True,
        **options: Any,
    ) -> Picture: ...

    @overload
    def colorize(
        self,
        picture: Given,
        recipe: Recipe | None = None,
        *,
        provenance: bool = True,
        **options: Any,
    ) -> Given: ...

    def colorize(
        self,
        picture: Any,
        recipe: Recipe | None = None,
        *,
        provenance: bool = True,
        **options: Any,
    ) -> Any:
        """Colour a picture of any size; its lightness stays.

        Only luminance counts: tints such as sepia are taken off first, and a picture that is in
        colour is coloured anew. `is_colored` tells beforehand.

        Parameters
        ----------
        picture : a path or the bytes of a picture file (the result is a `Picture`), a `Picture`, a
            Pillow image, or an array (h, w) or (h, w, 1 to 4), uint8, uint16 or floats 0..1. RGB
            is taken as the gray of its luminance.
        recipe : all options at once
        provenance : say in the result's XMP that its colours are this model's guess, and by which
            recipe; changes no pixel. Arrays have no XMP.
        options : single ones, as `Recipe` names them, which go before those of `recipe`

        Returns
        -------
        colored : the same kind as given, same size and depth, RGB, with alpha where it had one

        Raises
        ------
        OptionError
            If the options clash with each other or with the model.
        InputMissingError, PictureError
            If a file is not there or not a picture.
        OutOfMemoryError
            If there is not enough memory; nothing smaller is tried unasked.
        """
        master, plan = as_picture(picture), self._plan(Recipe.of(recipe, options))
        plan = self._settled(master, plan)
        colored = self._colorize(master, plan)
        return like(picture, stamped(colored, self._provenance(plan) if provenance else None))

    def alternatives(
        self,
        picture: Any,
        n: int,
        recipe: Recipe | None = None,
        *,
        provenance: bool = True,
        **options: Any,
    ) -> list[Any]:
        """Colour a picture in several different ways, of which none is the plain one.

        The k-th is what `colorize` gives with `alternative=k` and the same seed, whatever `n` is.
        Takes and raises what `colorize` does.

        Parameters
        ----------
        n : how many, 1 to 16

        Returns
        -------
        colored : n results of the same kind as given, the most telling ones first
        """
        return list(self.each_alternative(picture, n, recipe, provenance=provenance, **options))

    def each_alternative(
        self,
        picture: Any,
        n: int,
        recipe: Recipe | None = None,
        *,
        provenance: bool = True,
        **options: Any,
    ) -> Iterator[Any]:
        """Do what `alternatives` does one result at a time, for large pictures."""
        plan = self._plan(replace(Recipe.of(recipe, options), alternative=n))
        return self._each(picture, plan, n, provenance)

    def _each(self, given: Any, plan: "_Plan", n: int, provenance: bool) -> Iterator[Any]:
        picture = as_picture(given)
        with _enough_memory(picture):
            answers = self._answers(self._guess(picture.pixels, plan))
        for number in range(1, n + 1):
            recipe = replace(plan.recipe, alternative=number)
            with _enough_memory(picture):
                field = self._decoded(answers.answer(number, recipe.seed), plan)
            colored = self.complete(picture, field, recipe, provenance=provenance)
            yield like(given, colored)

    def field(self, picture: Any, recipe: Recipe | None = None, **options: Any) -> Field:
        """Return the chroma of a picture on the network's grid, before it comes to full size.

        Takes and raises what `colorize` does.

        Raises
        ------
        OptionError
            If `decode` gives whole colours, and so no chroma.
        """
        plan = self._plan(Recipe.of(recipe, options))
        if plan.decode in _WITHOUT_LIGHTNESS:
            raise OptionError(f"decode {plan.decode!r} gives whole colours, not chroma")
        master = as_picture(picture)
        return self._field_of(master.pixels, self._settled(master, plan))

    def complete(
        self,
        picture: Picture,
        field: Field,
        recipe: Recipe | None = None,
        prepared: Hinted | None = None,
        *,
        provenance: bool = True,
    ) -> Picture:
        """Colour a picture by a field of its own: what is left of `colorize` after `field`.

        Parameters
        ----------
        picture : at full size
        field : as `field` gives it for the same options
        recipe : all options at once
        prepared : what hints need and do not change, made from the same picture and field
        provenance : as in `colorize`
        """
        plan = self._settled(picture, self._plan(recipe or Recipe()))
        with _enough_memory(picture):
            completed = self._completed(picture, field, plan, prepared)
        return stamped(completed, self._provenance(plan) if provenance else None)

    def deviation(self, picture: Any, recipe: Recipe | None = None) -> Float32:
        """Return how far the model may be wrong (h', w'), in a*b* units, on the network's grid.

        It is the root of the total variance of the colours that it thinks possible in a cell.

        Raises
        ------
        OptionError
            If the model has no palette.
        """
        if self.spec.palette is None:
            raise OptionError("this model predicts colours directly, so it cannot tell doubt")
        guess = self._guess(as_picture(picture).pixels, self._plan(recipe or Recipe()))
        logits = np.moveaxis(guess.output, 0, -1)
        return np.asarray(deviation(logits, self.spec.palette), dtype=np.float32)

    def album_note(self, picture: Any, recipe: Recipe | None = None, **options: Any) -> AlbumNote:
        """Return what an `Album` has to know of one of its pictures.

        The network is run, and nothing is coloured: this takes a fraction of what `colorize` does.

        Parameters
        ----------
        picture : as `colorize` takes it
        recipe, options : as for `colorize`; the album itself is left out. Of these the working size
            counts.

        Raises
        ------
        OptionError
            If an album does not go with the other options, or not with the model.
        """
        plan = self._plan(replace(Recipe.of(recipe, options), album=Cast()))
        return self._noted(as_picture(picture), plan)

    def resolved(self, hint: Said, recipe: Recipe) -> Said:
        """Return a hint with a colour in place of a number of the palette that is in use.

        Raises
        ------
        HintError
            If there is no such number.
        """
        return hint.resolved(recipe.palette or self.spec.palette)

    def likeness(self, picture: Any, recipe: Recipe | None = None, **options: Any) -> list[float]:
        """Say of each reference how much it says of a picture: 0 nothing, 1 as much as it can.

        Takes and raises what `colorize` does, for the same options. It sees no colour of `picture`.
        """
        plan = self._plan(Recipe.of(recipe, options))
        guess = self._guess(as_picture(picture).pixels, plan)
        scene, decode = scene_of(guess, self._decoded(guess, plan).chroma), self._usual(plan)
        found = (self._shelf.known([each], plan.working, decode) for each in plan.recipe.references)
        return [likeness(scene, looks.straight) for (looks,) in found]

    def confidence(self, picture: Any, recipe: Recipe | None = None, **options: Any) -> Confidence:
        """Say how sure the colours are that `colorize` gives for the same options.

        Takes and raises what `field` does.

        Raises
        ------
        OptionError
            If the model has no palette, and so no probabilities.
        """
        plan, master = self._plan(Recipe.of(recipe, options)), as_picture(picture)
        self._check_confidence(plan)
        plan, pixels = self._settled(master, plan), master.pixels
        guess = self._guess(pixels, plan)
        field, told = with_hints(
            pixels, self._field(guess, plan), plan.recipe, threads=self._threads
        )
        size = pixels.shape[0], pixels.shape[1]
        return Confidence.of(guess, field, self.spec, size, told)

    def _check_confidence(self, plan: "_Plan") -> None:
        palette_of(self.spec)  # refuses a model without
        if plan.decode in _WITHOUT_LIGHTNESS:
            raise OptionError(
                f"decode {plan.decode!r} gives whole colours; it goes with no confidence"
            )
        if plan.recipe.chroma_from is not None:
            raise OptionError(
                "chroma_from takes colours over without the model, which cannot say how sure it is"
            )

    def layer(self, picture: Any, recipe: Recipe | None = None, **options: Any) -> Layer:
        """Return the colours of a picture by themselves; `apply` puts them on it at any time.

        Takes and raises what `field` does.
        """
        plan, master = self._plan(Recipe.of(recipe, options)), as_picture(picture)
        plan = self._settled(master, plan)
        field = self.field(master, plan.recipe)
        return Layer.of(field, master, self.spec.stride, self._provenance(plan))

    def _provenance(self, plan: "_Plan") -> Provenance:
        return Provenance(plan.recipe, self.name, self.hash)

    def _plan(self, recipe: Recipe) -> "_Plan":
        chosen = decoding.resolve(self.spec, recipe.decode, recipe.vividness)
        own, asked = self.spec.working, recipe.working_size
        hints = self._hints(recipe, chosen)
        check_alternative(self.spec, chosen, recipe)
        check_references(self.spec, chosen, recipe)
        check_album(self.spec, chosen, recipe)
        return _Plan(
            replace(recipe, hints=hints, palette=self._palette(recipe, chosen)),
            chosen,
            own if asked is None else own.with_short_side(asked),
        )

    def _palette(self, recipe: Recipe, decode: Decode | None) -> Palette | None:
        """Return the palette to keep to: the user's, or for exact colours the model's own."""
        if recipe.palette is None and not recipe.exact_palette:
            return None
        if decode in _WITHOUT_LIGHTNESS:
            raise OptionError(
                f"decode {decode!r} gives the model's own colours and takes no palette; "
                "annealed-mean does"
            )
        if recipe.palette is None and self.spec.palette is None:
            raise OptionError(
                "exact_palette needs a palette, and this model predicts colours without one"
            )
        return recipe.palette or self.spec.palette

    def _hints(self, recipe: Recipe, decode: Decode | None) -> tuple[Said, ...]:
        """Put a palette's colours in place of their numbers, so that hints need no model."""
        check_hints(decode, recipe)
        return tuple(self.resolved(each, recipe) for each in recipe.hints)

    def _settled(self, picture: Picture, plan: "_Plan") -> "_Plan":
        """Put in an album's place what it gives the picture: a record then needs no album."""
        album = plan.recipe.album
        if not isinstance(album, Album):
            return plan
        return replace(
            plan, recipe=replace(plan.recipe, album=album.cast(self._noted(picture, plan)))
        )

    def _noted(self, picture: Picture, plan: "_Plan") -> AlbumNote:
        palette = cast(Palette, self.spec.palette)  # `check_album` has seen to it
        with _enough_memory(picture):
            guess = self._guess(picture.pixels, plan)
            return AlbumNote.of(guess, self._usual(plan)(guess), palette, self.hash)

    def _colorize(self, picture: Picture, plan: "_Plan") -> Picture:
        with _enough_memory(picture):
            if plan.decode in _WITHOUT_LIGHTNESS and plan.recipe.chroma_from is None:
                return with_pixels(picture, self._replaced(picture.pixels, plan))
            return self._completed(picture, self._field_of(picture.pixels, plan), plan)

    def _completed(
        self, picture: Picture, field: Field, plan: "_Plan", prepared: Hinted | None = None
    ) -> Picture:
        hints, pixels = plan.recipe.hints, picture.pixels
        marks = mark(hints, *pixels.shape[:2]) if hints else None
        notes = report(hints, marks, pixels) if marks is not None else ()
        codes = finish(
            pixels, field, plan.recipe, marks=marks, prepared=prepared, threads=self._threads
        )
        return with_pixels(with_notes(picture, notes), codes)

    def _replaced(self, pixels: Codes, plan: "_Plan") -> Codes:
        guess = self._guess(pixels, plan)
        rgb = decoding.to_rgb(guess.output, self.spec.palette)
        return fullsize.replace(pixels, rgb, span=guess.span, threads=self._threads)

    def _guess(self, pixels: Codes, plan: "_Plan") -> Guess:
        size, run = plan.working.of(*pixels.shape[:2]), self._runtime.run
        return working.guessed(run, self.spec.stride, pixels, size, threads=self._threads)

    def _field_of(self, pixels: Codes, plan: "_Plan") -> Field:
        version = plan.recipe.chroma_from
        if version is None:
            return self._field(self._guess(pixels, plan), plan)
        field = borrow(pixels, present(version), threads=self._threads)
        return _more_vivid(field, plan.recipe.vividness)

    def _field(self, guess: Guess, plan: "_Plan") -> Field:
        recipe = plan.recipe
        if recipe.references:
            return self._steered(guess, plan)
        if isinstance(recipe.album, Cast):
            return self._shifted(guess, plan, recipe.album)
        if recipe.alternative is not None:
            guess = self._answers(guess).answer(recipe.alternative, recipe.seed)
        return self._decoded(guess, plan)

    def _answers(self, guess: Guess) -> Alternatives:
        palette = cast(Palette, self.spec.palette)  # `check_alternative` has seen to it
        return Alternatives.of(guess, palette, self.spec)

    def _steered(self, guess: Guess, plan: "_Plan") -> Field:
        """Return the field as references change it; what the knob does is done to both."""
        decode = self._usual(plan)
        known = self._shelf.known(plan.recipe.references, plan.working, decode)
        chroma = steer(scene_of(guess, decode(guess)), known)
        if chroma is None:
            return self._decoded(guess, plan)
        return _more_vivid(Field.of(chroma, guess.lightness, guess.span), plan.recipe.vividness)

    def _shifted(self, guess: Guess, plan: "_Plan", shift: Cast) -> Field:
        """Return the field with its album's cast, to both of which the knob is applied."""
        palette = cast(Palette, self.spec.palette)  # `check_album` has seen to it
        doubt = deviation(np.moveaxis(guess.output, 0, -1), palette)
        chroma = shift.on(self._usual(plan)(guess), np.asarray(doubt, dtype=np.float32))
        return _more_vivid(Field.of(chroma, guess.lightness, guess.span), plan.recipe.vividness)

    def _usual(self, plan: "_Plan") -> Decoder:
        usual = replace(plan, recipe=replace(plan.recipe, vividness=None))
        return lambda guess: self._decoded(guess, usual).chroma

    def _decoded(self, guess: Guess, plan: "_Plan") -> Field:
        given = guess.output, self.spec, plan.decode, plan.recipe.vividness
        wanted = plan.recipe.palette
        if wanted is not None:
            chroma = decoding.to_palette(*given, wanted)
        else:
            chroma = decoding.to_chroma(*given, self.spec.palette)
        return Field.of(chroma, guess.lightness, guess.span)

    def _working(self, lightness: Float32) -> Float32:
        if lightness.ndim != 2 or lightness.size == 0:
            raise ShapeError(f"lightness must be (h, w), got an array of shape {lightness.shape}")
        return resize(lightness, self.spec.working.of(*lightness.shape))


def _enough_memory(picture: Picture) -> AbstractContextManager[None]:
    what = f"to colour a picture of {picture.width} x {picture.height} px"
    return memory_for(what, "close other programs or reduce the picture first")


def _more_vivid(field: Field, vividness: float | None) -> Field:
    if vividness is None:
        return field
    factor = np.float32(gain_from_vividness(vividness))
    return Field.of(field.chroma * factor, field.lightness, field.span)


@dataclass(frozen=True)
class _Plan:
    """The options of one call with what follows from them: decode (None: a*b* of RGB), size."""

    recipe: Recipe
    decode: Decode | None
    working: WorkingSize


def colorize(picture: Any, model: Path | bytes = DEFAULT, **options: Any) -> Any:
    """Colour one picture; `Colorizer` is quicker for many.

    Parameters
    ----------
    picture : path, bytes, `Picture`, Pillow image or array; the result is of the same kind
    model : name of a packaged model, path of a model file, or its bytes
    options : as `Recipe` names them

    See Also
    --------
    Colorizer.colorize : says what is accepted and raised.
    """
    return Colorizer(model).colorize(picture, **options)
