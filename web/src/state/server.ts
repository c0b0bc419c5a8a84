/** The server's API, where there is one. */

import { signal } from "@preact/signals";

import { EngineError } from "../engine/api";

const TOKEN = "photochrom.token";

/** Whether the server wants a word before it answers, or another than it was given. */
export const tokenAsked = signal<"first" | "again" | null>(null);

export interface ServerModel {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly preset: string;
  readonly pictures: number | null;
  readonly metrics: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly chosen: string | null;
  readonly fixed: boolean;
  readonly file: string;
}

export interface Info {
  readonly version: string;
  readonly models: readonly ServerModel[];
  readonly limits: { readonly upload: number; readonly pixels: number; readonly pictures: number };
  readonly formats: readonly string[];
  readonly training: boolean;
  readonly training_why_not: "off" | "missing" | null;
}

export class Server {
  /** @param base address of the API, without a slash at its end */
  constructor(readonly base: string) {}

  info(): Promise<Info> {
    return this.json("/info");
  }

  /** A file that the server told the address of. */
  async file(address: string): Promise<Blob> {
    return (await this.ask(address.replace(/^.*?\/api\/v1(?=\/)/, ""))).blob();
  }

  async json<Value>(path: string, init?: RequestInit): Promise<Value> {
    return (await this.ask(path, init)).json();
  }

  /** Ask, and turn what the server refuses into an error with the code of its problem document. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const token = sessionStorage.getItem(TOKEN);
    if (token) headers.set("Authorization", `Bearer ${token}`);
    let answer: Response;
    try {
      answer = await fetch(this.base + path, { ...init, headers });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new EngineError("server-gone", `the server does not answer: ${error}`);
    }
    if (answer.ok) return answer;
    if (answer.status === 401) tokenAsked.value = token ? "again" : "first";
    throw await refused(answer);
  }
}

/**
 * Keep the word for as long as this tab is open.
 *
 * @returns whether it can be the word at all: a header holds ASCII, and so do servers' words
 */
export function giveToken(token: string): boolean {
  const possible = /^[\x20-\x7e]+$/.test(token);
  if (possible) sessionStorage.setItem(TOKEN, token);
  tokenAsked.value = possible ? null : "again";
  return possible;
}

async function refused(answer: Response): Promise<EngineError> {
  try {
    const { code, detail, title } = await answer.json();
    return new EngineError(String(code), String(detail ?? title));
  } catch {
    return new EngineError("server-error", `the server answered ${answer.status}`);
  }
}
