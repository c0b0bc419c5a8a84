/** What went wrong, for people. */

import { signal } from "@preact/signals";

import { EngineError } from "../engine/api";

export interface Problem {
  readonly key: number;
  /** a key of the texts */
  readonly code: string;
  /** what it was about: the name of a file */
  readonly about: string;
  readonly detail: string;
}

export const problems = signal<readonly Problem[]>([]);
let last = 0;

const MOST = 3; // at once; a folder of a hundred text files is one mistake

export function report(error: unknown, about = ""): void {
  const { code, detail } = codeOf(error);
  if (code === "token-missing") return; // the page asks for it
  const others = problems.peek().filter((one) => one.code !== code || one.about !== about);
  problems.value = [...others, { key: ++last, code, about, detail }].slice(-MOST);
}

export function codeOf(error: unknown): { code: string; detail: string } {
  if (error instanceof EngineError) return { code: error.code, detail: error.message };
  return { code: "unexpected", detail: error instanceof Error ? error.message : String(error) };
}

export function dismiss(key: number): void {
  problems.value = problems.peek().filter((one) => one.key !== key);
}
