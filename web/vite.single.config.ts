import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

import { sources } from "./build/sources";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * The page as one script and one style sheet, for an export to put into one file.
 *
 * Pages that are opened from a disk may load no modules and no workers from beside them. And it
 * holds small networks alone, which need no runtime.
 */
export default defineConfig({
  publicDir: false,
  resolve: {
    alias: [
      { find: /^(\.\/|.*\/engine\/)start$/, replacement: here("src/single/start.ts") },
      { find: /^(\.\/|.*\/engine\/)network$/, replacement: here("src/single/network.ts") },
    ],
  },
  build: {
    outDir: "../src/photochrom/web/single_page",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    lib: { entry: "src/main.tsx", formats: ["iife"], name: "photochrom", fileName: () => "page.js", cssFileName: "page" },
  },
  define: { "process.env.NODE_ENV": '"production"' },
  worker: { format: "iife" },
  plugins: [sources()],
});
