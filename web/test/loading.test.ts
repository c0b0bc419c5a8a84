import { beforeEach, expect, test, vi } from "vitest";

import { choices, choose, chosen, loaded, loading, model } from "../src/state/app";
import { problems } from "../src/state/problem";

/** Files by their address: what is to come, and how to let it come. */
const files = vi.hoisted(() => new Map<string, Later>());

vi.mock("../src/state/site", () => ({ readModel: (file: string) => files.get(file)!.promise }));
vi.mock("../src/engine/client", () => ({
  startEngine: () => ({ load: async (_: ArrayBuffer, name: string) => ({ name, hash: "" }) }),
}));

beforeEach(() => {
  for (const id of ["a", "b", "c"]) files.set(id, later());
  choices.value = ["a", "b", "c"].map((id) => ({ id, name: id, file: id }));
  problems.value = [];
});

test("of two models the one that was chosen last is used, whichever comes last", async () => {
  const both = [choose("a"), choose("b")];
  expect(loading.value).toBe(true);
  files.get("b")!.resolve(new ArrayBuffer(0));
  await both[1];
  files.get("a")!.resolve(new ArrayBuffer(0));
  await both[0];
  expect(model.value?.name).toBe("b");
  expect([chosen.value, loaded.value, loading.value]).toEqual(["b", "b", false]);
});

test("a model that fails late takes nothing from the one that was chosen after it", async () => {
  const both = [choose("a"), choose("c")];
  files.get("a")!.reject(new Error("gone"));
  await both[0];
  expect(chosen.value).toBe("c");
  expect(problems.value.map(({ about }) => about)).toEqual(["a"]);
  files.get("c")!.resolve(new ArrayBuffer(0));
  await both[1];
  expect([chosen.value, loaded.value]).toEqual(["c", "c"]);
});

test("where the last choice fails, the choice is again what is loaded", async () => {
  files.get("c")!.resolve(new ArrayBuffer(0));
  await choose("c");
  const both = [choose("a"), choose("b")];
  files.get("a")!.resolve(new ArrayBuffer(0));
  files.get("b")!.reject(new Error("gone"));
  await Promise.all(both);
  expect([chosen.value, loaded.value, model.value?.name]).toEqual(["c", "c", "c"]);
});

interface Later {
  readonly promise: Promise<ArrayBuffer>;
  readonly resolve: (bytes: ArrayBuffer) => void;
  readonly reject: (error: Error) => void;
}

function later(): Later {
  let [resolve, reject]: [Later["resolve"], Later["reject"]] = [() => {}, () => {}];
  const promise = new Promise<ArrayBuffer>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}
