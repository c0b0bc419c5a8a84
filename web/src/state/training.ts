/** A training on the server: what is given, how far it is, what came of it. */

import { signal } from "@preact/signals";

import { info, server } from "./app";
import { report } from "./problem";
import type { ServerModel } from "./server";

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
    await follow(training.value.id);
  } catch (error) {
    report(error);
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
async function follow(id: string): Promise<void> {
  const answer = await server.value!.ask(`/trainings/${id}/events`);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const events = (text + value.replaceAll("\r", "")).split("\n\n");
    text = events.pop() ?? "";
    events.forEach(hear);
  }
  training.value = await server.value!.json<Training>(`/trainings/${id}`);
}

function hear(event: string): void {
  const data = event
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5));
  if (data.length > 0) training.value = JSON.parse(data.join("\n"));
}
