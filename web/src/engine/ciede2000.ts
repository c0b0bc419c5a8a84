/** CIEDE2000 between two chromas of one lightness, which then is of no account. */

const POW_25_7 = 25 ** 7;
const RADIANS = Math.PI / 180;

/** After Sharma, Wu and Dalal 2005. */
export function difference(a1: number, b1: number, a2: number, b2: number): number {
  const stretch = 1.5 - 0.5 * saturation((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2);
  const [x1, x2] = [a1 * stretch, a2 * stretch];
  const [c1, c2] = [Math.hypot(x1, b1), Math.hypot(x2, b2)];
  const [h1, h2] = [hueOf(x1, b1), hueOf(x2, b2)];
  const middle = (c1 + c2) / 2;
  const chroma = (c2 - c1) / (1 + 0.045 * middle);
  if (c1 === 0 || c2 === 0) return Math.abs(chroma);
  const between = Math.abs(h1 - h2) > Math.PI ? (h1 + h2) / 2 + Math.PI : (h1 + h2) / 2;
  const hue = (2 * Math.sqrt(c1 * c2) * Math.sin((h2 - h1) / 2)) / (1 + 0.015 * middle * weight(between));
  // Half a turn more or less changes the sign of the sine, and so which of the two comes first.
  const turned = Math.abs(h1 - h2) > Math.PI ? -hue : hue;
  const cross = rotation(middle, between) * chroma * turned;
  return Math.sqrt(Math.max(0, chroma ** 2 + hue ** 2 + cross));
}

function hueOf(a: number, b: number): number {
  const angle = Math.atan2(b, a);
  return angle < 0 ? angle + 2 * Math.PI : angle;
}

function saturation(chroma: number): number {
  const seventh = chroma ** 7;
  return Math.sqrt(seventh / (seventh + POW_25_7));
}

function weight(hue: number): number {
  return (
    1 -
    0.17 * Math.cos(hue - 30 * RADIANS) +
    0.24 * Math.cos(2 * hue) +
    0.32 * Math.cos(3 * hue + 6 * RADIANS) -
    0.2 * Math.cos(4 * hue - 63 * RADIANS)
  );
}

/** How chroma and hue differences mix in the blue region. */
function rotation(chroma: number, hue: number): number {
  const degrees = (hue / RADIANS) % 360;
  const angle = 30 * RADIANS * Math.exp(-(((degrees - 275) / 25) ** 2));
  return -Math.sin(2 * angle) * 2 * saturation(chroma);
}
