import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./", // a site in any folder of any server
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000 },
});
