/** What page and worker say to each other: a method of `Engine` by its name, and its answer. */

import type { Engine } from "./api";

export type Method = keyof Engine;

export interface Ask {
  readonly id: number;
  readonly method: Method;
  readonly given: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  /** of an `EngineError`; "unexpected" for what is a mistake of ours */
  readonly error?: { readonly code: string; readonly message: string };
}
