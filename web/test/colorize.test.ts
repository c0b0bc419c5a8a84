import { expect, test } from "vitest";

import { apart, cases, mean, quantile, resultOf, sessionOf } from "./golden";

/** Code values: means and 99.9th percentiles that differences from Python may have. */
const USUAL = [0.5, 3];
const LOOSER: Record<string, [number, number]> = {
  // Random colours far out of gamut, where Python looks up between nodes of a table (decision 0010).
  rgb: [0.5, 5],
  "rgb-palette": [0.7, 13],
  "rgb-hints": [0.5, 6],
};

for (const one of cases) {
  test(`${one.name} is coloured as Python colours it`, async () => {
    const session = await sessionOf(one);
    const colored = session.paint(session.whole, one.recipe);
    const differences = apart(colored, resultOf(one));
    const found = [mean(differences), quantile(differences, 0.999)];
    if (process.env.SHOW) console.log(one.name, ...found, quantile(differences, 1));
    const [most, far] = LOOSER[one.name] ?? USUAL;
    expect(found[0]).toBeLessThanOrEqual(most);
    expect(found[1]).toBeLessThanOrEqual(far);
  });
}
