/** The worker's side: an engine that is asked by messages. */

import { EngineError, type Engine } from "./api";
import type { Answer, Ask } from "./messages";

/** Answer one after the other: a picture may only be asked for when it is open. */
export function serve(engine: Engine): void {
  let last: Promise<unknown> = Promise.resolve();
  self.onmessage = ({ data }: MessageEvent<Ask>) => {
    last = last.then(async () => self.postMessage(await answer(engine, data)));
  };
}

async function answer(engine: Engine, { id, method, given }: Ask): Promise<Answer> {
  try {
    const work = engine[method] as (...given: readonly unknown[]) => Promise<unknown>;
    return { id, value: await work.apply(engine, [...given]) };
  } catch (error) {
    return { id, error: told(error) };
  }
}

function told(error: unknown): { code: string; message: string } {
  if (error instanceof EngineError) return { code: error.code, message: error.message };
  return { code: "unexpected", message: String(error) };
}
