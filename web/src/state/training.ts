/** A training on the server: what is given, how far it is, what came of it. */

import { signal } from "@preact/signals";

import { info, server } from "./app";
import { report } from "./problem";
import type { Server, ServerModel } from "./server";

export interface Training {
  readonly id: string;
  readonly name: string;
  readonly state: "reading" | "training" | "done" | "failed" | "cancelled";
  readonly phase: string | null;
  readonly share: number;
  readonly loss: number | null;
  readonly held_out: number | null;
  readonly seconds_left: number | null;
  readonly losses: readonly (readonly [number, number])[];
  readonly pictures: number;
  readonly swatch: { readonly hex: readonly string[] } | null;
  readonly left_out: readonly (readonly [string, string])[];
  readonly warnings: readonly string[];
  readonly problem: string | null;
  readonly model: ServerModel | null;
  readonly verdict: { readonly rival: string; readonly nearer: number } | null;
  readonly files: Readonly<Record<string, string>>;
}

export const LEAST = 5; // pictures
export const given = signal<readonly File[]>([]);
export const training = signal<Training | null>(null);

export function takeTraining(files: readonly File[]): void {
  const most = info.value?.limits.pictures ?? 100;
  given.value = [...given.value, ...files].slice(0, most);
}

export function running(): boolean {
  return training.value?.state === "reading" || training.value?.state === "training";
}

/** Send the pictures and follow what becomes of them. */
export async function startTraining(name: string, seconds: number): Promise<void> {
  if (server.value === null) return;
  const form = new FormData();
  form.set("name", name);
  form.set("seconds", String(seconds));
  for (const file of given.value) form.append("pictures", file);
  try {
    training.value = await server.value.json<Training>("/trainings", { method: "POST", body: form });
    await watch(server.value);
  } catch (error) {
    report(error);
  }
}

/** Take up what the server did last, as after the page was loaded anew. */
export async function findTraining(): Promise<void> {
  if (server.value === null || training.value !== null) return;
  try {
    const all = await server.value.json<Training[]>("/trainings");
    if (training.value !== null || all.length === 0) return;
    training.value = all[all.length - 1];
    await watch(server.value);
  } catch (error) {
    report(error);
  }
}

const PAUSE = 2000; // ms, before a connection that broke is tried anew
const TRIES = 5;

async function watch(server: Server): Promise<void> {
  for (let failed = 0; running(); ) {
    try {
      await follow(server, training.value!.id);
      failed = 0;
    } catch (error) {
      if (++failed === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

export async function cancelTraining(): Promise<void> {
  if (training.value === null) return;
  try {
    await server.value?.ask(`/trainings/${training.value.id}/cancel`, { method: "POST" });
  } catch (error) {
    report(error);
  }
}

/** Read the server's events; by fetch, since EventSource cannot bear a token. */
async function follow(server: Server, id: string): Promise<void> {
  const answer = await server.ask(`/trainings/${id}/events`);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (running()) {
    const { done, value } = await reader.read();
    if (done) break;
    const events = (text + value.replaceAll("\r", "")).split("\n\n");
    text = events.pop() ?? "";
    events.forEach(hear);
  }
  training.value = await server.json<Training>(`/trainings/${id}`);
}

function hear(event: string): void {
  const data = event
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5));
  if (data.length > 0) training.value = JSON.parse(data.join("\n"));
}
