import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/docker/**/*.test.ts"],
    globalSetup: ["test/docker/setup.ts"],
    // One engine, two cores: what is built and what waits must not starve each other.
    fileParallelism: false,
    testTimeout: 60_000,
    // A hook may fetch packages.
    hookTimeout: 300_000,
  },
});
