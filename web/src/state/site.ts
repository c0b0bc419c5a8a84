/** Where this page lives: on a server of photochrom, or as files alone. */

export interface SiteModel {
  readonly id: string;
  readonly name: string;
  /** address of the model file */
  readonly file: string;
}

export interface Site {
  /** address of the server's API; null where there is none */
  readonly server: string | null;
  /** models that lie beside the page */
  readonly models: readonly SiteModel[];
}

/** Read what an export wrote beside the page, or into it where the page is one file. */
export async function readSite(): Promise<Site> {
  const inside = document.getElementById("site");
  if (inside !== null) return JSON.parse(inside.textContent ?? "");
  const answer = await fetch("./site.json");
  if (!answer.ok) throw new Error(`site.json: ${answer.status}`);
  return answer.json();
}
