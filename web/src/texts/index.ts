/** All words of the page, in the language that is chosen. */

import { computed } from "@preact/signals";

import { language } from "../state/settings";
import { de } from "./de";
import { en, type Texts } from "./en";

const ALL: Record<string, Texts> = { en, de };

const texts = computed(() => ALL[language.value]);

/** The texts; a component that reads them follows the language. */
export const t = (): Texts => texts.value;

/** Words for the code of an error; what has none is told as it is. */
export function wordsOf(code: string, about: string, detail: string): string {
  const words: Readonly<Record<string, string>> = t().errors;
  const found = words[code] ?? `${t().errors.unexpected} (${detail})`;
  return about === "" ? found : `${about}: ${found}`;
}

/** A note of the engine about a picture. */
export function noteOf(key: string): string {
  const words: Readonly<Record<string, string>> = t().notes;
  return words[key] ?? key;
}
