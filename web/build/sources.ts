/** Notes beside a built page which sources it is of; a test in Python sees by it what is stale. */

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const SOURCES = [
  "build",
  "index.html",
  "package-lock.json",
  "public",
  "src",
  "vite.config.ts",
  "vite.single.config.ts",
];

export function sources(): Plugin {
  return {
    name: "photochrom-sources",
    generateBundle() {
      if (this.environment.name !== "client") return; // of the page alone, not of its worker
      const source = `${JSON.stringify({ sources: hashOf(SOURCES) })}\n`;
      this.emitFile({ type: "asset", fileName: "built.json", source });
    },
  };
}

function hashOf(names: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of names.flatMap(filesOf).sort()) {
    hash.update(`${path}\0${createHash("sha256").update(readFileSync(path)).digest("hex")}\n`);
  }
  return hash.digest("hex");
}

function filesOf(name: string): string[] {
  if (!statSync(name).isDirectory()) return [name];
  return readdirSync(name).flatMap((inside) => filesOf(join(name, inside)));
}
