/** Bring what references know into the chroma of a picture: Python's `references.steer`. */

import type { Recipe } from "../api";
import { gainFromVividness, rounded } from "../decode";
import type { Guess } from "../guess";
import type { Field } from "../guided";
import { plane } from "../plane";
import type { Spec } from "../spec";
import { Correction } from "./correction";
import { likeness } from "./likeness";
import { matches } from "./matches";
import { knownOf, sceneOf, type Reference } from "./scene";

const MOST = 8; // references at once; of more, the least alike are left out

/** The field as references change it; null if they say nothing of the picture. */
export function steered(
  found: Guess,
  spec: Spec,
  recipe: Recipe,
  references: readonly Reference[],
): Field | null {
  const scene = sceneOf(found, spec, recipe);
  const alike = references
    .map((each) => ({ each, known: knownOf(each.straight, spec, recipe) }))
    .map(({ each, known }) => ({ each, known, degree: likeness(scene, known) }))
    .filter(({ degree }) => degree > 0)
    .sort((one, other) => other.degree - one.degree)
    .slice(0, MOST);
  if (alike.length === 0) return null;
  const straight = alike.map(({ known }) => known);
  const mirrored = alike.map(({ each }) => knownOf(each.mirrored, spec, recipe));
  const most = alike[0].degree;
  const learned = new Correction(straight, alike.map(({ degree }) => degree));
  const [offA, offB] = learned.of(scene);
  const same = matches(scene, [...straight, ...mirrored]);
  const knob = recipe.vividness === undefined ? 1 : gainFromVividness(recipe.vividness);
  const { width, height } = scene.lightness;
  const mixed = (decoded: Float32Array, off: Float32Array, there: Float32Array) =>
    plane(
      width,
      height,
      decoded.map((value, cell) => {
        const corrected = value + most * off[cell];
        const share = most * same.share[cell];
        return rounded(knob * rounded(corrected + share * (there[cell] - corrected)));
      }),
    );
  return {
    a: mixed(scene.decodedA.data, offA, same.a),
    b: mixed(scene.decodedB.data, offB, same.b),
    lightness: found.lightness,
    span: found.span,
  };
}
