/** A picture prepared once for any hints on it: Python's `hints.hinted`. */

import type { Hint } from "../api";
import { combine, luminanceOf } from "../color";
import { axis, widened } from "../fullsize";
import { fit, type Field } from "../guided";
import { lightnessOfPixels } from "../guess";
import type { Pixels } from "../picture";
import { plane, type Plane } from "../plane";
import { anchor, type Size } from "./anchors";
import type { Prior } from "./common";
import { mark, type Marks } from "./marks";
import { Spread } from "./spread";

const SHORT_SIDE = 256; // px at which colours are spread
const MOST = 1 << 17; // px

export class Hinted {
  readonly lightness: Plane;
  private readonly spread: Spread;

  /**
   * @param whole the picture at full size
   * @param field what the model says of it
   */
  constructor(
    private readonly whole: Pixels,
    field: Field,
    lightness?: Plane,
  ) {
    this.lightness = lightness ?? lightnessToHint(whole);
    this.spread = new Spread(this.lightness, enlarged(field, this.lightness));
  }

  mark(hints: readonly Hint[]): Marks {
    return mark(hints, this.whole.width, this.whole.height);
  }

  /** The chroma that meets marks. */
  field(marks: Marks): Field {
    const { width, height } = this.lightness;
    const { a, b } = this.spread.chroma(anchor(marks, this.whole, this.lightness));
    return { a, b, lightness: this.lightness, span: [height, width] };
  }

  /** How much marks say of each place: 0 nothing, near 1 all. */
  told(marks: Marks): Plane {
    return this.spread.told(anchor(marks, this.whole, this.lightness));
  }
}

/** L* of a picture at the size at which colours are spread; small ones are not enlarged. */
export function lightnessToHint({ data, width, height }: Pixels): Plane {
  const scale = Math.min(
    1,
    SHORT_SIDE / Math.min(width, height),
    Math.sqrt(MOST / (width * height)),
  );
  const size = (length: number): number => Math.max(1, Math.round(length * scale));
  return lightnessOfPixels(data, width, height, size(width), size(height));
}

/** The chroma of a field along a picture's lightness. */
export function enlarged(field: Field, lightness: Plane): Prior {
  const { width, height } = lightness;
  const lines = fit(field);
  const down = axis(height, field.lightness.height, field.span[0]);
  const across = axis(width, field.lightness.width, field.span[1]);
  const along = (slope: Plane, offset: Plane): Plane => {
    const result = plane(width, height);
    const [tilt, base] = [new Float32Array(width), new Float32Array(width)];
    for (let y = 0; y < height; y++) {
      widened(slope, down, across, y, tilt);
      widened(offset, down, across, y, base);
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        result.data[at] = base[x] + tilt[x] * lightness.data[at];
      }
    }
    return result;
  };
  return { a: along(lines.slopeA, lines.offsetA), b: along(lines.slopeB, lines.offsetB) };
}

/** Give hinted pixels exactly their chroma, in place. */
export function setExactly(colored: Uint8ClampedArray, { data, width }: Pixels & Size, marks: Marks): void {
  marks.stroke.forEach((stroke, i) => {
    const at = (marks.rows[i] * width + marks.columns[i]) * 4;
    const luminance = luminanceOf(data[at], data[at + 1], data[at + 2]);
    const rgb = combine(luminance, ...marks.chroma[stroke]);
    colored[at] = rgb & 255;
    colored[at + 1] = (rgb >> 8) & 255;
    colored[at + 2] = (rgb >> 16) & 255;
  });
}
