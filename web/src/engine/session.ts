/** One picture that the network has seen: costly once, cheap for every recipe. */

import { Alternatives } from "./alternatives/alternatives";
import { EngineError, type PictureId, type Recipe, type Suggestion } from "./api";
import { onGrid, reliabilityOf, sureness, type Sureness } from "./confidence";
import { drawn } from "./confidencemap";
import { deviation, rounded } from "./decode";
import { Snapped } from "./exact";
import { fieldOf } from "./fields";
import { color, Table, type Shades } from "./fullsize";
import type { Guess } from "./guess";
import type { Field } from "./guided";
import { anchor } from "./hints/anchors";
import { enlarged, Hinted, setExactly } from "./hints/hinted";
import { SHORT_SIDE, Suggestions } from "./hints/suggest";
import { Hull } from "./hull";
import type { Pixels } from "./picture";
import { plane, type Plane } from "./plane";
import type { Reference } from "./references/scene";
import { steered } from "./references/steer";
import { replaced } from "./replaced";
import { resize } from "./resize";
import type { Spec } from "./spec";

export class Session {
  /** pictures in colour that recipes may name, as the network sees them */
  readonly references = new Map<PictureId, Reference>();
  private readonly steering = new Latest<Field>();
  private readonly hinted = new Latest<Hinted>();
  private readonly answers = new Latest<Guess>();
  private answering?: Alternatives;
  private readonly hulls = new Latest<Hull>();
  private readonly suggestions = new Latest<Suggestions>();

  /**
   * @param found what the network says of the picture
   * @param whole the picture at full size
   */
  constructor(
    private readonly spec: Spec,
    private readonly found: Guess,
    readonly whole: Pixels,
  ) {}

  /** Colour the picture, or a smaller copy of it, RGBA; its lightness and alpha stay. */
  paint(pixels: Pixels, recipe: Recipe): Uint8ClampedArray<ArrayBuffer> {
    const { data, width, height } = pixels;
    if (this.spec.decode === "argmax-rgb" && this.spec.colors && Object.keys(recipe).length === 0) {
      return replaced(pixels, this.found, this.spec.colors); // any wish wants the lightness kept
    }
    const field = this.field(recipe);
    if (recipe.exactPalette) {
      const palette = recipe.palette ?? this.spec.palette!;
      const snapped = new Snapped(field, palette, width, height);
      return color(data, width, height, snapped.field, snapped);
    }
    const colored = color(data, width, height, field, this.shades(recipe));
    if (recipe.hints?.length && pixels === this.whole) {
      setExactly(colored, pixels, this.prepared(recipe).mark(recipe.hints));
    }
    return colored;
  }

  /** How sure the colours are that `paint` gives for the same recipe. */
  sureness(recipe: Recipe): Sureness {
    const { palette } = this.spec;
    if (palette === null) throw new EngineError("no-confidence", "the model has no palette");
    const { field, told } = this.told(recipe);
    return sureness(this.found, field, told, palette, reliabilityOf(this.spec));
  }

  /** Draw that onto a copy of the picture. */
  drawSureness(pixels: Pixels, found: Sureness): Uint8ClampedArray<ArrayBuffer> {
    return drawn(pixels, found, this.found);
  }

  /** The field as hints change it, on the network's grid, and how much they say of each cell. */
  private told({ hints, ...bare }: Recipe): { field: Field; told: Plane } {
    const field = this.bare(bare);
    const { width, height } = field.lightness;
    if (!hints?.length) return { field, told: plane(width, height) };
    const hinted = this.prepared(bare);
    const marks = hinted.mark(hints);
    const { a, b } = hinted.field(marks);
    const ours = (from: Plane): Plane => {
      const cells = onGrid(from, this.found);
      return { ...cells, data: cells.data.map(rounded) };
    };
    return {
      field: { ...field, a: ours(a), b: ours(b) },
      told: onGrid(hinted.told(marks), this.found),
    };
  }

  /** Do now what the first hint would have to wait for. */
  prepare(recipe: Recipe): void {
    const { width, height } = this.whole;
    const middle = { x: Math.floor(width / 2), y: Math.floor(height / 2), radius: 0, colour: "#888" };
    this.field({ ...recipe, hints: [...(recipe.hints ?? []), middle] });
  }

  /** Where one more hint would help most; null for models that cannot tell their doubts. */
  suggest(recipe: Recipe): Suggestion | null {
    const { hints = [], ...bare } = recipe;
    if (this.spec.palette === null) return null;
    const hinted = this.prepared(recipe);
    const prepared = this.suggestions.of(bare, () => this.toSuggest(bare, hinted));
    const { width, height } = prepared.lightness;
    const known = hints.length
      ? anchor(hinted.mark(hints), this.whole, prepared.lightness)
      : [];
    const { row, column } = prepared.next(known);
    return {
      x: Math.floor((column + 0.5) * (this.whole.width / width)),
      y: Math.floor((row + 0.5) * (this.whole.height / height)),
    };
  }

  private toSuggest(bare: Recipe, { lightness }: Hinted): Suggestions {
    const scale = Math.min(1, SHORT_SIDE / Math.min(lightness.width, lightness.height));
    const [width, height] = [lightness.width, lightness.height].map((length) =>
      Math.max(1, Math.round(length * scale)),
    );
    const small = resize(lightness, width, height);
    const prior = enlarged(this.bare(bare), small);
    const doubt = deviation(this.found.output, this.spec.palette!);
    return new Suggestions(small, prior, resize(doubt, width, height));
  }

  /** Chroma on a grid, hints included. */
  private field(recipe: Recipe): Field {
    if (!recipe.hints?.length) return this.bare(recipe);
    const hinted = this.prepared(recipe);
    return hinted.field(hinted.mark(recipe.hints));
  }

  /** What hints need and do not change. */
  private prepared(recipe: Recipe): Hinted {
    const { hints: _, ...bare } = recipe;
    return this.hinted.of(bare, (before) => {
      return new Hinted(this.whole, this.bare(bare), before?.lightness);
    });
  }

  /** Chroma on the network's grid, without hints. */
  private bare({ hints: _, ...recipe }: Recipe): Field {
    if (recipe.references?.length && recipe.alternative !== undefined) {
      throw new EngineError("alternative-or-reference", "an answer or references, not both");
    }
    if (!recipe.references?.length) return fieldOf(this.answered(recipe), this.spec, recipe);
    return this.steering.of(recipe, () => {
      const references = recipe.references!.map((id) => this.reference(id));
      const field = steered(this.found, this.spec, recipe, references);
      return field ?? fieldOf(this.found, this.spec, recipe);
    });
  }

  private reference(id: PictureId): Reference {
    const found = this.references.get(id);
    if (!found) throw new EngineError("no-picture", `reference ${id} is not open`);
    return found;
  }

  /** What the network says, or would if it were sure of an alternative. */
  private answered({ alternative, seed = 0 }: Recipe): Guess {
    if (alternative === undefined) return this.found;
    const { palette } = this.spec;
    if (palette === null) throw new EngineError("no-alternatives", "the model has no palette");
    return this.answers.of([alternative, seed], () => {
      this.answering ??= new Alternatives(this.found, palette, this.spec);
      return this.answering.answer(alternative, seed);
    });
  }

  /** Colours at full size; hints are not bound to a palette. */
  private shades({ palette, hints }: Recipe): Shades {
    if (!palette || hints?.length) return new Table();
    const hull = this.hulls.of(palette, () => new Hull(palette));
    return new Table((a, b) => hull.within(a, b));
  }
}

/** What was made last, kept for as long as the same is asked for. */
class Latest<Value> {
  private key: string | null = null;
  private value: Value | null = null;

  of(asked: unknown, make: (before: Value | null) => Value): Value {
    const key = JSON.stringify(asked);
    if (this.value === null || this.key !== key) {
      this.value = make(this.value);
      this.key = key;
    }
    return this.value;
  }
}
