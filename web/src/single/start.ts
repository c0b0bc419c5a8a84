/** Stands for `engine/start` in a page that is one file: the worker's script lies within it. */

import SingleWorker from "./worker?worker&inline";

export function startWorker(): Worker {
  return new SingleWorker();
}
