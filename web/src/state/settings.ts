/** What a visitor prefers; kept on this device where the browser allows it. */

import { effect, signal, type Signal } from "@preact/signals";

export type Language = "en" | "de";
export type Theme = "system" | "light" | "dark";

const LANGUAGES: readonly Language[] = ["en", "de"];
const THEMES: readonly Theme[] = ["system", "light", "dark"];

function kept<Value extends string>(
  name: string,
  allowed: readonly Value[],
  otherwise: Value,
): Signal<Value> {
  const key = `photochrom.${name}`;
  const found = allowed.find((value) => value === remembered(key));
  const setting = signal(found ?? otherwise);
  effect(() => remember(key, setting.value));
  return setting;
}

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // forbidden in private windows of some browsers
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // it holds for this visit then
  }
}

function ownLanguage(): Language {
  const own = navigator.languages.map((tag) => tag.slice(0, 2));
  return own.find((tag): tag is Language => LANGUAGES.some((one) => one === tag)) ?? "en";
}

export const language = kept("language", LANGUAGES, ownLanguage());
export const theme = kept("theme", THEMES, "system");

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length];
}

effect(() => {
  document.documentElement.lang = language.value;
  document.documentElement.dataset.theme = theme.value;
});
