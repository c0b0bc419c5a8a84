/**
 * sRGB and CIE L*a*b* under the white of sRGB itself, as in Python's `color` room.
 *
 * XYZ is always relative to white and both matrices act on differences to the gray axis, so a gray
 * has a* = b* = 0 exactly.
 */

/** Relative XYZ of linear sRGB, rows X, Y, Z; each row sums to 1. */
const TO_RELATIVE = [
  [0.4123907992659595, 0.35758433938387796, 0.1804807884018343],
  [0.21263900587151036, 0.7151686787677559, 0.07219231536073371],
  [0.01933081871559185, 0.11919477979462599, 0.9505321522496606],
].map((row) => row.map((weight) => weight / (row[0] + row[1] + row[2])));
const FROM_RELATIVE = inverse(TO_RELATIVE);

const TOE = 6 / 29; // CIE 15:2004: below it the cube becomes its tangent
const TOE_SLOPE = 3 * TOE * TOE;
const MARGIN = 1e-6; // as in Python's `codes`: the search for the gamut's edge aims this far inside
const SLACK = 1e-7;
const HALVINGS = 20;
const WHITE = 65535; // luminance of white in whole numbers, as in Python's `eightbit`

/** Linear light of encoded sRGB, 0..1. */
export function decode(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/** Encoded sRGB of linear light, 0..1. */
export function encode(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** L* of relative luminance, white is 1. */
export function lightnessOf(luminance: number): number {
  const above = Math.max(luminance, TOE ** 3);
  return 116 * (Math.cbrt(above) + (luminance - above) / TOE_SLOPE) - 16;
}

/** L*a*b* of encoded sRGB, 0..255 each. */
export function labOf(red: number, green: number, blue: number): [number, number, number] {
  const r = LINEAR_OF_CODE[red] ?? decode(red / 255);
  const g = LINEAR_OF_CODE[green] ?? decode(green / 255);
  const b = LINEAR_OF_CODE[blue] ?? decode(blue / 255);
  const [toX, toY, toZ] = TO_RELATIVE;
  const x = root(g + toX[0] * (r - g) + toX[2] * (b - g));
  const y = root(g + toY[0] * (r - g) + toY[2] * (b - g));
  const z = root(g + toZ[0] * (r - g) + toZ[2] * (b - g));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function root(relative: number): number {
  return relative > TOE ** 3 ? Math.cbrt(relative) : (relative - TOE ** 3) / TOE_SLOPE + TOE;
}

export const LINEAR_OF_CODE = Float64Array.from({ length: 256 }, (_, code) => decode(code / 255));
/** L* of every gray code. */
export const LIGHTNESS_OF_GRAY = Float32Array.from(LINEAR_OF_CODE, lightnessOf);
const CODE_OF_LEVEL = Uint8Array.from({ length: WHITE + 1 }, (_, level) =>
  Math.round(encode(level / WHITE) * 255),
);
const [FROM_RED, FROM_GREEN, FROM_BLUE] = TO_RELATIVE[1];
const RED_AMOUNT = Uint16Array.from(LINEAR_OF_CODE, (v) => Math.round(v * FROM_RED * WHITE));
const BLUE_AMOUNT = Uint16Array.from(LINEAR_OF_CODE, (v) => Math.round(v * FROM_BLUE * WHITE));
const GREEN_OF_REST = Uint8Array.from({ length: WHITE + 1 }, (_, rest) =>
  Math.round(encode(Math.min(1, rest / (FROM_GREEN * WHITE))) * 255),
);

/** Relative luminance, 0..65535, of 8-bit RGB. */
export function luminanceOf(red: number, green: number, blue: number): number {
  const linear = LINEAR_OF_CODE;
  const sum = FROM_RED * linear[red] + FROM_GREEN * linear[green] + FROM_BLUE * linear[blue];
  return Math.floor(sum * WHITE + 0.5);
}

/** The gray code nearest to a luminance, 0..65535. */
export function grayOf(luminance: number): number {
  return CODE_OF_LEVEL[luminance];
}

/** Luminance, 0..65535, of a gray code. */
export function luminanceOfGray(gray: number): number {
  return Math.round(LINEAR_OF_CODE[gray] * WHITE);
}

/**
 * Combine a luminance and chroma into RGB, chroma reduced along constant L* and hue where it is out
 * of gamut. Red and blue are rounded first; green is what the luminance still needs.
 *
 * @param luminance 0..65535
 * @returns 0xBBGGRR, as a little-endian pixel without its alpha
 */
export function combine(luminance: number, a: number, b: number): number {
  const level = luminance / WHITE;
  const y = root(level);
  const x = a / 500;
  const z = -b / 200;
  const share = shareInside(y, level, x, z);
  const dx = cube(y + x * share) - level;
  const dz = cube(y + z * share) - level;
  const red = CODE_OF_LEVEL[levelOf(channel(0, level, dx, dz))];
  const blue = CODE_OF_LEVEL[levelOf(channel(2, level, dx, dz))];
  const rest = luminance - RED_AMOUNT[red] - BLUE_AMOUNT[blue];
  const gray = CODE_OF_LEVEL[luminance];
  const green = red === gray && blue === gray ? gray : GREEN_OF_REST[Math.max(0, rest)];
  return (blue << 16) | (green << 8) | red;
}

function levelOf(linear: number): number {
  return Math.floor(Math.min(1, Math.max(0, linear)) * WHITE + 0.5);
}

function channel(index: number, level: number, dx: number, dz: number): number {
  const m = FROM_RELATIVE[index];
  return level + m[0] * dx + m[2] * dz;
}

function cube(f: number): number {
  const above = Math.max(f, TOE);
  return above * above * above + (f - above) * TOE_SLOPE;
}

/** How far a colour is inside the gamut; negative outside. */
function room(y: number, level: number, x: number, z: number): number {
  const dx = cube(y + x) - level;
  const dz = cube(y + z) - level;
  const red = channel(0, level, dx, dz);
  const green = channel(1, level, dx, dz);
  const blue = channel(2, level, dx, dz);
  return Math.min(red, green, blue, 1 - red, 1 - green, 1 - blue);
}

/** The largest share of chroma that lies in the gamut, by halving. */
function shareInside(y: number, level: number, x: number, z: number): number {
  if (room(y, level, x, z) >= -SLACK) return 1;
  let inside = 0;
  let beyond = 1;
  for (let turn = 0; turn < HALVINGS; turn++) {
    const middle = (inside + beyond) / 2;
    if (room(y, level, x * middle, z * middle) >= MARGIN) inside = middle;
    else beyond = middle;
  }
  return inside;
}

function inverse(m: number[][]): number[][] {
  const [[a, b, c], [d, e, f], [g, h, i]] = m;
  const cofactors = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  const determinant = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0];
  return cofactors.map((row) => row.map((value) => value / determinant));
}
