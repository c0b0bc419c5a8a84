/** The models and pictures of this visit, and what can be done with them. */

import { batch, computed, signal } from "@preact/signals";

import { EngineError, type Control, type Model, type Opened } from "../engine/api";
import { startEngine } from "../engine/client";
import { readable } from "./fullsize";
import { History } from "./history";
import { keepOffline } from "./offline";
import { changed, PLAIN, type Changed, type Look } from "./look";
import { codeOf, problems, report } from "./problem";
import { Server, type Info } from "./server";
import { readModel, readSite, type SiteModel } from "./site";

export interface Picture {
  readonly key: number;
  readonly file: File;
  readonly opened: Opened;
  /** what the browser can show of it; the file itself where it can */
  readonly readable: Blob;
  /** whether the browser cannot read the file itself, but the server can */
  readonly foreign: boolean;
  readonly history: History<Look>;
}

export const engine = startEngine();
export const server = signal<Server | null>(null);
export const info = signal<Info | null>(null);
export const choices = signal<readonly SiteModel[]>([]);
/** id of the model that is loaded, or being loaded */
export const chosen = signal("");
/** id of the model that the engine has: that of all that is shown */
export const loaded = signal("");
export const model = signal<Model | null>(null);
/** whether what is shown is not yet of the model that is chosen */
export const loading = computed(() => model.value === null || loaded.value !== chosen.value);
export const pictures = signal<readonly Picture[]>([]);
export const currentKey = signal(0);
/** how many files are still to be opened */
export const opening = signal(0);
export const view = signal<"colour" | "train">("colour");

export const picture = computed(
  () => pictures.value.find(({ key }) => key === currentKey.value) ?? null,
);
export const look = computed(() => picture.value?.history.now ?? PLAIN);
const lastChange = signal<Changed | null>(null);
/** what the last change took away, to be told until something else is done; undo brings it back */
export const setAside = computed(() =>
  lastChange.value?.look === look.value ? lastChange.value.aside : null,
);

export function has(control: Control): boolean {
  return model.value?.controls.includes(control) ?? false;
}

let lastKey = 0;

/** Find out where the page lives, and load the first model. */
export async function begin(): Promise<void> {
  try {
    const site = await readSite();
    choices.value = site.models;
    void keepOffline(site);
    if (site.server !== null) {
      server.value = new Server(site.server);
      await refresh();
    }
    if (choices.value.length > 0) await choose(choices.value[0].id);
  } catch (error) {
    report(error);
  }
}

/** Ask the server anew for what it has. */
export async function refresh(): Promise<void> {
  if (server.value === null) return;
  info.value = await server.value.info();
  const served = info.value.models.map(({ id, name, file }) => ({
    id,
    name: withoutEnding(name),
    file,
  }));
  choices.value = [...served, ...choices.value.filter(({ file }) => file.startsWith("blob:"))];
}

export async function choose(id: string): Promise<void> {
  const choice = choices.value.find((one) => one.id === id);
  if (choice === undefined) return;
  chosen.value = id;
  await load(() => fetchModel(choice.file), choice.name, choice);
}

/** whether the model that is chosen is one that a visitor gave to the server, or trained there */
export const removable = computed(
  () => info.value?.models.some(({ id, fixed }) => id === chosen.value && !fixed) ?? false,
);

/** Remove the model that is chosen from the server, and take the first one, which is its own. */
export async function forget(): Promise<void> {
  const id = chosen.value;
  try {
    await server.value?.ask(`/models/${id}`, { method: "DELETE" });
  } catch (error) {
    report(error);
    if (codeOf(error).code !== "model-unknown") return; // else it is gone already
  }
  if (chosen.value === id) await choose(choices.value[0].id);
  await refresh().catch(report);
}

/** Use a model file of the visitor's own. */
export async function bring(file: File): Promise<void> {
  await load(() => file.arrayBuffer(), file.name, null, ({ hash, name }) => {
    if (choices.value.some(({ id }) => id === hash)) return;
    choices.value = [...choices.value, { id: hash, name, file: URL.createObjectURL(file) }];
  });
}

function withoutEnding(name: string): string {
  return name.replace(/\.onnx$/i, "");
}

let lastLoad = 0;

/**
 * Give the engine a model; of several that are asked for the last counts, whichever comes first.
 *
 * @param name for messages; without its ending it is the model's
 * @param choice what it was chosen by; without it the model is one of its own, known by its hash
 */
async function load(
  read: () => Promise<ArrayBuffer>,
  name: string,
  choice: SiteModel | null,
  tell: (model: Model) => void = () => {},
): Promise<void> {
  const mine = ++lastLoad;
  try {
    const bytes = await read();
    if (mine !== lastLoad) return;
    const made = await engine.load(bytes, withoutEnding(name), choice?.hash);
    batch(() => {
      tell(made);
      model.value = made;
      loaded.value = choice?.id ?? made.hash;
      if (mine === lastLoad) chosen.value = loaded.value;
    });
  } catch (error) {
    if (mine === lastLoad) chosen.value = loaded.value;
    report(error, name);
  }
}

async function fetchModel(file: string): Promise<ArrayBuffer> {
  const isServers = info.value?.models.some((one) => one.file === file) ?? false;
  if (isServers && server.value !== null) return (await server.value.file(file)).arrayBuffer();
  return readModel(file);
}

/** Open files one after the other; the first that opens is shown. */
export async function add(files: Iterable<File>): Promise<void> {
  const list = [...files];
  problems.value = [];
  opening.value += list.length;
  let first = true;
  for (const file of list) {
    try {
      if (file.name.toLowerCase().endsWith(".onnx")) await bring(file);
      else {
        const added = { key: ++lastKey, file, history: new History(PLAIN), ...(await open(file)) };
        pictures.value = [...pictures.value, added];
        if (first) currentKey.value = added.key;
        first = false;
      }
    } catch (error) {
      report(error, file.name);
    } finally {
      opening.value -= 1;
    }
  }
}

/** Open a file in the browser, or by the server's help where the browser cannot read it. */
async function open(file: File): Promise<Pick<Picture, "opened" | "readable" | "foreign">> {
  try {
    return { opened: await engine.open(file), readable: file, foreign: false };
  } catch (error) {
    const unread = error instanceof EngineError && error.code === "not-a-picture";
    if (!unread || server.value === null) throw error;
    const copy = await readable(server.value, file);
    return { opened: await engine.open(copy), readable: copy, foreign: true };
  }
}

export function remove({ key, opened }: Picture): void {
  const at = pictures.value.findIndex((one) => one.key === key);
  const left = pictures.value.filter((one) => one.key !== key);
  pictures.value = left;
  if (currentKey.value === key) currentKey.value = left[Math.min(at, left.length - 1)]?.key ?? 0;
  void engine.close(opened.id);
}

/** Change the look of the picture that is shown: for the moment, or as a step that can be undone. */
export function alter(change: Partial<Look>, kind: "try" | "keep" = "keep"): void {
  const history = picture.value?.history;
  if (history === undefined) return;
  const made = changed(history.now, change);
  history[kind](made.look);
  lastChange.value = made;
}

/** Give all other pictures the look of this one, but for what belongs to places in it. */
export function spread(): void {
  const { vividness, palette, exactPalette, references } = look.value;
  for (const one of pictures.value) {
    if (one.key === currentKey.value) continue;
    const change = { vividness, palette, exactPalette, references };
    one.history.keep(changed(one.history.now, change).look);
  }
}
