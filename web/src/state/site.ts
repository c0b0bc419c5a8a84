/** Where this page lives: on a server of photochrom, as files, or as one file alone. */

import { signal } from "@preact/signals";

export interface SiteModel {
  readonly id: string;
  readonly name: string;
  /** address of the model file; "#id" of an element where it lies within the page */
  readonly file: string;
  /** of the file that people have, where what lies here is a smaller copy of it */
  readonly hash?: string;
}

export interface Site {
  /** address of the server's API; null where there is none */
  readonly server: string | null;
  /** whether a script lies beside the page that keeps it for times without a network */
  readonly offline: boolean;
  /** of photochrom that wrote it; a server tells its own */
  readonly version?: string;
  /** models that lie beside the page */
  readonly models: readonly SiteModel[];
}

export const site = signal<Site | null>(null);

/** Read what an export wrote beside the page, or into it where the page is one file. */
export async function readSite(): Promise<Site> {
  const inside = document.getElementById("site");
  const found: Site = inside ? JSON.parse(inside.textContent ?? "") : await beside();
  return (site.value = found);
}

async function beside(): Promise<Site> {
  const answer = await fetch("./site.json");
  if (!answer.ok) throw new Error(`site.json: ${answer.status}`);
  return answer.json();
}

/** A model that lies beside the page or within it. */
export async function readModel(file: string): Promise<ArrayBuffer> {
  if (file.startsWith("#")) return unpacked(document.getElementById(file.slice(1))!.textContent!);
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return answer.arrayBuffer();
}

/** Bytes that an export zipped and wrote as text. */
function unpacked(text: string): Promise<ArrayBuffer> {
  const zipped = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
