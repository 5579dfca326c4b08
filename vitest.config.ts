import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["apps/**/*.test.ts", "packages/**/*.test.ts", "e2e/**/*.test.ts", "bench/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ["packages/testkit/src/global-setup.ts"],
    setupFiles: ["apps/api/test/property-seed.ts"],
    pool: "forks",
    // One more than the cores of a small machine: many tests wait for time-outs that they cause.
    maxWorkers: 3,
  },
});
