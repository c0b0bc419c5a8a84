/** One picture that the network has seen: costly once, cheap for every recipe. */

import type { Recipe } from "./api";
import { Snapped } from "./exact";
import { fieldOf } from "./fields";
import { color, Table, type Shades } from "./fullsize";
import type { Guess } from "./guess";
import type { Field } from "./guided";
import { Hull } from "./hull";
import type { Pixels } from "./picture";
import type { Spec } from "./spec";

export class Session {
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
    const { field, shades } = this.toPaint(pixels, recipe);
    return color(pixels.data, pixels.width, pixels.height, field, shades);
  }

  /** Chroma on the network's grid, without hints. */
  private field(recipe: Recipe): Field {
    return fieldOf(this.found, this.spec, recipe);
  }

  private toPaint(pixels: Pixels, recipe: Recipe): { field: Field; shades: Shades } {
    const field = this.field(recipe);
    const palette = recipe.palette ?? (recipe.exactPalette ? this.spec.palette : null);
    if (!palette) return { field, shades: new Table() };
    if (recipe.exactPalette) {
      const snapped = new Snapped(field, palette, pixels.width, pixels.height);
      return { field: snapped.field, shades: snapped };
    }
    const hull = new Hull(palette);
    return { field, shades: new Table((a, b) => hull.within(a, b)) };
  }
}
