/** How a result was made, in the words that Python reads and `photochrom recolor` repeats. */

import type { Statement } from "../files/xmp";
import { info, model } from "./app";
import { recipeOf, type Look } from "./look";
import { site } from "./site";

export function statementOf(look: Look): Statement {
  const version = info.value?.version ?? site.value?.version ?? "";
  return {
    software: `photochrom ${version}`.trim(),
    model: model.value?.name ?? "",
    hash: model.value?.hash ?? "",
    // References are known by hashes of their pixels as Python reads them, which browsers do not.
    recipe: look.references.length > 0 ? null : recordOf(look),
  };
}

/** JSON of the options that differ from the model's own, by name. */
function recordOf(look: Look): string {
  const { alternative, exactPalette, palette, vividness } = recipeOf(look);
  const hints = look.strokes.map(({ points, radius, colour }) => ({
    color: colour,
    points: points.map(({ x, y }) => [x, y]),
    radius,
  }));
  return JSON.stringify({
    ...(alternative !== undefined && { alternative }),
    ...(exactPalette && { exact_palette: true }),
    ...(hints.length > 0 && { hints }),
    ...(palette && { palette: { colors: palette, space: "chroma" } }),
    ...(vividness !== undefined && { vividness }),
  });
}
