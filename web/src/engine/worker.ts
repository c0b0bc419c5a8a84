/** The worker of the page: one engine, asked by messages. */

import { EngineError } from "./api";
import { LocalEngine } from "./local";
import type { Answer, Ask } from "./messages";

const engine = new LocalEngine(new URL("../ort/", self.location.href).href);
let last: Promise<unknown> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Ask>) => {
  // One after the other: a picture may only be asked for when it is open.
  last = last.then(() => answer(data));
};

async function answer({ id, method, given }: Ask): Promise<void> {
  let said: Answer;
  try {
    const work = engine[method] as (...given: readonly unknown[]) => Promise<unknown>;
    said = { id, value: await work.apply(engine, [...given]) };
  } catch (error) {
    said = { id, error: told(error) };
  }
  self.postMessage(said);
}

function told(error: unknown): { code: string; message: string } {
  if (error instanceof EngineError) return { code: error.code, message: error.message };
  return { code: "unexpected", message: String(error) };
}
