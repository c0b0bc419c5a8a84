import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

import { sources } from "./build/sources";

const SITE = "../src/photochrom/web/site";
const RUNTIME = "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded";

/** Put onnxruntime's own files beside the page; the large one compressed, as the package keeps it. */
function runtime(): Plugin {
  return {
    name: "photochrom-runtime",
    generateBundle() {
      const add = (fileName: string, source: string | Uint8Array): void => {
        if (this.environment.name === "client") this.emitFile({ type: "asset", fileName, source });
      };
      add("ort/ort-wasm-simd-threaded.mjs", readFileSync(`${RUNTIME}.mjs`));
      const wasm = readFileSync(`${RUNTIME}.wasm`);
      add("ort/ort-wasm-simd-threaded.wasm.gz", gzipSync(wasm, { level: 9 }));
    },
  };
}

export default defineConfig({
  base: "./", // a site in any folder of any server
  resolve: {
    // In the site the runtime's files lie in a folder of their own, fetched when they are needed.
    conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions],
  },
  build: {
    outDir: SITE,
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the page's policy forbids what is no file of its own
    rollupOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      output: {
        // A service worker watches over the folder that it lies in, under the same name for ever.
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  worker: { format: "es" },
  plugins: [runtime(), sources()],
});
