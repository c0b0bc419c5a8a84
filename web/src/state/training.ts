/** A training on the server: what is given, how far it is, what came of it. */

import { signal } from "@preact/signals";

import { EngineError } from "../engine/api";
import { info, server } from "./app";
import { codeOf, problems, report } from "./problem";
import { checkUpload, reduced } from "./reduce";
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
/** how many files are still to be looked at */
export const taking = signal(0);
/** whether the pictures are on their way to the server */
export const sending = signal(false);
export const training = signal<Training | null>(null);

/** Take what can be opened, made small enough to be sent, and name the others. */
export async function takeTraining(files: readonly File[]): Promise<void> {
  const most = info.value?.limits.pictures ?? 100;
  const unread: string[] = [];
  problems.value = [];
  taking.value += files.length;
  for (const file of files) {
    try {
      if (given.value.length < most) given.value = [...given.value, await reduced(file)];
    } catch (error) {
      if (codeOf(error).code === "not-a-picture") unread.push(file.name);
      else report(error, file.name);
    } finally {
      taking.value -= 1;
    }
  }
  if (unread.length > 0) {
    report(new EngineError("not-a-picture", "the browser cannot read them"), unread.join(", "));
  }
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
  problems.value = [];
  sending.value = true;
  try {
    checkUpload(given.value, info.value?.limits.upload);
    training.value = await server.value.json<Training>("/trainings", { method: "POST", body: form });
  } catch (error) {
    report(error);
    return;
  } finally {
    sending.value = false;
  }
  await watch(server.value);
}

/** Take up what the server did last, as after the page was loaded anew. */
export async function findTraining(): Promise<void> {
  if (server.value === null || training.value !== null || sending.value) return;
  try {
    const all = await server.value.json<Training[]>("/trainings");
    if (training.value !== null || sending.value || all.length === 0) return;
    training.value = all[all.length - 1];
  } catch (error) {
    report(error);
    return;
  }
  await watch(server.value);
}

const PAUSE = 2000; // ms, before a connection that broke is tried anew
const TRIES = 5;

/** Follow a training to its end; one that the server does not know any more is none. */
async function watch(server: Server): Promise<void> {
  for (let failed = 0; running(); ) {
    try {
      await follow(server, training.value!.id);
      failed = 0;
    } catch (error) {
      if (codeOf(error).code === "not-found" || ++failed === TRIES) {
        report(error, training.value?.name);
        training.value = null;
        return;
      }
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
