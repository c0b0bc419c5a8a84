/**
 * Keeps an exported site in the browser, so that it works with the network off.
 *
 * An export writes the list of the site's files in front of this script. Where the list is missing
 * the script lies on a server of photochrom: it takes itself away then, with what an exported site
 * of the same address left behind, since a page of old would stand before the server's own.
 */

export {}; // a module, with a `self` of its own

declare const self: ServiceWorkerGlobalScope & { readonly SITE?: Listed };

interface Listed {
  /** of all contents; another one is another site */
  readonly version: string;
  /** addresses beside this script; "" is the page */
  readonly files: readonly string[];
}

const HERE = new URL("./", self.location.href);
// Sites in several folders of one origin share its caches, so each names its own by its folder.
const OURS = `photochrom ${HERE.pathname} `;

if (self.SITE === undefined) retire();
else keep(self.SITE);

function keep({ version, files }: Listed): void {
  const name = OURS + version;
  const known = new Set(files);
  self.addEventListener("install", (event) => event.waitUntil(store(name, files)));
  // A page that is open goes on with the files it began with; the new ones follow when it is shut.
  self.addEventListener("activate", (event) =>
    event.waitUntil(forget(name).then(() => self.clients.claim())),
  );
  self.addEventListener("fetch", (event) => {
    const file = fileOf(event.request);
    if (file !== null && known.has(file)) event.respondWith(kept(name, file, event.request));
  });
}

/** The listed address that a request is for; null where it is for none of ours. */
function fileOf({ method, url }: Request): string | null {
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== HERE.origin || !pathname.startsWith(HERE.pathname)) return null;
  const file = pathname.slice(HERE.pathname.length);
  return file === "index.html" ? "" : file;
}

async function store(name: string, files: readonly string[]): Promise<void> {
  const cache = await caches.open(name);
  for (const file of files) {
    const address = new URL(file, HERE).href;
    // Asked of the server, not of the browser's own memory, which may hold files of an old site.
    const answer = await fetch(address, { cache: "no-cache" });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    await cache.put(address, direct(answer));
  }
}

/** Browsers show no page that came by a redirection, so it is forgotten. */
function direct(answer: Response): Response {
  const { body, headers, redirected } = answer;
  return redirected ? new Response(body, { headers }) : answer;
}

async function kept(name: string, file: string, request: Request): Promise<Response> {
  const found = await (await caches.open(name)).match(new URL(file, HERE).href);
  return found ?? fetch(request); // browsers may clear what they keep
}

async function forget(except: string | null): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== except);
  await Promise.all(names.map((name) => caches.delete(name)));
}

function retire(): void {
  self.addEventListener("install", () => void self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(leave()));
}

async function leave(): Promise<void> {
  await forget(null);
  await self.registration.unregister();
  const pages = await self.clients.matchAll({ type: "window" });
  await Promise.all(pages.map((page) => page.navigate(page.url).catch(() => null)));
}
