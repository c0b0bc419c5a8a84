/** What a visitor asks for one picture: as drawn and chosen, and as a recipe for the engine. */

import type { Chroma, Hint, PictureId, Recipe } from "../engine/api";

/** One movement of the brush, or a click. */
export interface Stroke {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** px of the full-size picture */
  readonly radius: number;
  readonly colour: string;
}

export interface Reference {
  readonly id: PictureId;
  readonly file: File;
}

/** A palette of one's own: a*b* with the colour that the visitor saw when choosing. */
export interface Swatch {
  readonly chroma: Chroma;
  readonly colour: string;
}

export interface Look {
  readonly vividness: number;
  readonly palette: readonly Swatch[] | null;
  readonly exactPalette: boolean;
  readonly strokes: readonly Stroke[];
  readonly alternative: number | null;
  readonly references: readonly Reference[];
}

export const PLAIN: Look = {
  vividness: 0.5,
  palette: null,
  exactPalette: false,
  strokes: [],
  alternative: null,
  references: [],
};

export interface Changed {
  readonly look: Look;
  /** what does not go with the change and was taken away */
  readonly aside: "answer" | "references" | null;
}

/** Change a look; another answer and references exclude each other, and the newer wish stays. */
export function changed(look: Look, change: Partial<Look>): Changed {
  const next = { ...look, ...change };
  if (change.references === undefined && change.alternative !== undefined && look.references.length) {
    return { look: { ...next, references: [] }, aside: "references" };
  }
  if (change.alternative === undefined && change.references?.length && look.alternative !== null) {
    return { look: { ...next, alternative: null }, aside: "answer" };
  }
  return { look: next, aside: null };
}

/** The same in the engine's words; what is left as it was is left out. */
export function recipeOf(look: Look): Recipe {
  const recipe: { -readonly [Key in keyof Recipe]: Recipe[Key] } = {};
  if (look.vividness !== PLAIN.vividness) recipe.vividness = look.vividness;
  if (look.palette !== null && look.palette.length >= 2) {
    recipe.palette = look.palette.map((swatch) => swatch.chroma);
    if (look.exactPalette) recipe.exactPalette = true;
  }
  if (look.strokes.length > 0) recipe.hints = look.strokes.flatMap(hintsOf);
  if (look.alternative !== null) recipe.alternative = look.alternative;
  if (look.references.length > 0) recipe.references = look.references.map(({ id }) => id);
  return recipe;
}

function hintsOf({ points, radius, colour }: Stroke): Hint[] {
  return points.map(({ x, y }, i) => ({ x, y, radius, colour, joined: i > 0 }));
}
