/** Whether a site may be kept in the browser, and come without a network. */

import type { Site } from "./site";

/** Let the browser keep the site; where it will not, the site works as long as there is a network. */
export async function keepOffline({ offline }: Site): Promise<void> {
  if (!offline || !("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("./sw.js").catch(() => undefined);
}
