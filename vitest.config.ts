import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Where Node keeps what it has compiled: a run starts the program a hundred times. Workers and programs inherit it. */
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("./node_modules/.cache/compiled", import.meta.url));

/** Tests of functions that keep nothing between files: those of one worker share its modules, which are read and compiled once. */
const PURE = ["apps/*/src/**/*.test.ts", "packages/shared/**/*.test.ts"];
/** Beside them, tests that start something, or change what a package keeps for everyone. */
const STARTING = ["apps/*/src/**/*.{pg,redis,fs,process,sdk}.test.ts", "apps/api/src/edge/{trpc,ws}/**/*.test.ts"];

export default defineConfig({
  test: {
    // Long, for machines that are busy with something else: a test waits for what it awaits, and only a broken one waits this long.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000, interval: 50 } },
    globalSetup: ["packages/testkit/src/global-setup.ts"],
    setupFiles: ["apps/api/test/property-seed.ts"],
    pool: "forks",
    // One more than the cores of a small machine: many tests wait for time-outs that they cause.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: "program",
          exclude: ["**/node_modules/**", "**/dist/**"],
          include: ["apps/*/test/**/*.test.ts", "packages/{db,testkit}/**/*.test.ts", "e2e/**/*.test.ts", "bench/**/*.test.ts", ...STARTING],
        },
      },
      { extends: true, test: { name: "functions", include: PURE, exclude: ["**/node_modules/**", ...STARTING], isolate: false } },
    ],
  },
});
