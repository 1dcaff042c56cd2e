import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // As TypeScript has it: the examples import the package by its name.
  resolve: { alias: { "startup-server": resolve(import.meta.dirname, "client/claim.ts") } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/docker/**"],
    globalSetup: ["test/setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
