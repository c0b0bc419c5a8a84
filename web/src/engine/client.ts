/** The page's side of the worker. */

import { EngineError, type Engine } from "./api";
import type { Answer, Method } from "./messages";
import { startWorker } from "./start";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Start a worker; what it is asked it does one after the other. */
export function startEngine(): Engine {
  const worker = startWorker();
  const waiting = new Map<number, Waiting>();
  let last = 0;

  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) asked?.reject(new EngineError(data.error.code, data.error.message));
    else asked?.resolve(data.value);
  };
  worker.onerror = (event) => {
    const error = new EngineError("engine-gone", event.message);
    for (const asked of waiting.values()) asked.reject(error);
    waiting.clear();
  };

  const call = (method: Method, given: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, given });
    });
  return new Proxy({} as Engine, {
    get: (_, method) =>
      // A promise is asked for `then`; an engine is none.
      method === "then" ? undefined : (...given: unknown[]) => call(method as Method, given),
  });
}

/**
 * Let only the latest of many calls count: while one runs the newest waits, those between are
 * dropped and resolve to null.
 */
export function latest<Given extends unknown[], Value>(
  work: (...given: Given) => Promise<Value>,
): (...given: Given) => Promise<Value | null> {
  let running = false;
  let next: { given: Given; drop: () => void; run: () => void } | null = null;

  const begin = async (given: Given): Promise<Value> => {
    running = true;
    try {
      return await work(...given);
    } finally {
      running = false;
      const following = next;
      next = null;
      following?.run();
    }
  };
  return (...given) => {
    if (!running) return begin(given);
    next?.drop();
    return new Promise((resolve, reject) => {
      next = {
        given,
        drop: () => resolve(null),
        run: () => void begin(given).then(resolve, reject),
      };
    });
  };
}
