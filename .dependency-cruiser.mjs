/** The arrows of ARCHITECTURE.md as rules; `pnpm boundaries` checks them, types included. */
const API = "^apps/api/src/";
const ROOMS = "identity|limits|answers|routing|ledger|catalog|events|telemetry|providers";
const TESTS = "(\\.test\\.ts|\\.bench\\.ts|\\.contract\\.ts|/testing/|/test/|/fixtures/)";
const EFFECT_FILE = "\\.(http|ws|redis|pg|sdk|stdout|process|fs)\\.ts$";
const COMPOSITION = `${API}((main|start|app|cli|config)\\.ts$|compose/)`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "shared-is-a-leaf", severity: "error", from: { path: "^packages/shared/", pathNot: TESTS }, to: { path: "^(apps|packages/(db|client|testkit))/" } },
    {
      name: "shared-only-zod",
      severity: "error",
      from: { path: "^packages/shared/src/", pathNot: TESTS },
      to: { dependencyTypes: ["npm", "npm-dev", "core"], pathNot: "zod" },
    },
    {
      name: "shared-kernel-domain-wire",
      comment: "kernel → domain → wire",
      severity: "error",
      from: { path: "^packages/shared/src/kernel/", pathNot: TESTS },
      to: { path: "^packages/shared/src/(domain|wire)/" },
    },
    {
      name: "shared-domain-below-wire",
      severity: "error",
      from: { path: "^packages/shared/src/domain/", pathNot: TESTS },
      to: { path: "^packages/shared/src/wire/" },
    },
    { name: "db-is-below-apps", severity: "error", from: { path: "^packages/db/", pathNot: TESTS }, to: { path: "^apps/" } },
    {
      name: "web-sees-shared-and-one-type",
      severity: "error",
      from: { path: "^apps/web/" },
      to: { path: "^(apps/api|packages/(db|testkit))/", pathNot: "^apps/api/src/edge/trpc/router\\.ts$" },
    },
    { name: "web-router-import-is-type-only", severity: "error", from: { path: "^apps/web/" }, to: { path: "^apps/api/", dependencyTypesNot: ["type-only"] } },
    {
      name: "rooms-are-islands",
      comment:
        "A room imports itself, shared and (in a .pg file) db. The catalog's snapshot is what routing decides over, the provider port's endpoint is what it hands out.",
      severity: "error",
      from: { path: `${API}(${ROOMS})/`, pathNot: TESTS },
      to: { path: `${API}(${ROOMS}|gateway|edge)/`, pathNot: [`${API}$1/`, `${API}catalog/snapshot\\.ts$`, `${API}providers/provider\\.ts$`] },
    },
    { name: "gateway-is-below-edge", severity: "error", from: { path: `${API}gateway/`, pathNot: TESTS }, to: { path: `${API}edge/` } },
    { name: "gateway-has-no-effects", severity: "error", from: { path: `${API}gateway/`, pathNot: TESTS }, to: { path: EFFECT_FILE } },
    { name: "nobody-imports-the-root", severity: "error", from: { path: "^(apps|packages)/", pathNot: [COMPOSITION, TESTS] }, to: { path: COMPOSITION } },
    {
      name: "effects-are-named",
      comment: "Only files that say so in their name touch the world.",
      severity: "error",
      from: { path: "^(apps/api|packages/shared)/src/", pathNot: [EFFECT_FILE, COMPOSITION, TESTS, `${API}edge/trpc/`] },
      to: { path: `(${EFFECT_FILE})|^packages/db/src/.*\\.pg\\.ts$`, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "effect-packages-are-named",
      severity: "error",
      from: { path: "^(apps/api|packages/shared)/src/", pathNot: [EFFECT_FILE, COMPOSITION, TESTS, `${API}edge/trpc/`] },
      to: { path: "node_modules/(undici|ioredis|pg|ws|express)/|^(fs|fs/promises|http|https|child_process)$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "net-is-named",
      comment: "client-address.ts and local-address.ts take BlockList and isIP, which compute and connect to nothing.",
      severity: "error",
      from: {
        path: "^(apps/api|packages/shared)/src/",
        pathNot: [EFFECT_FILE, COMPOSITION, TESTS, `${API}edge/trpc/`, `${API}(identity/client|catalog/local)-address\\.ts$`],
      },
      to: { path: "^net$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "provider-folders-are-islands",
      severity: "error",
      from: { path: `${API}providers/([^/]+)/`, pathNot: TESTS },
      to: { path: `${API}providers/[^/]+/`, pathNot: `${API}providers/($1|openai-dialect)/` },
    },
    { name: "provider-port-knows-no-provider", severity: "error", from: { path: `${API}providers/provider\\.ts$` }, to: { path: `${API}providers/` } },
    {
      name: "database-by-one-door",
      comment: "Pools stay in .pg files, the edge and the composition.",
      severity: "error",
      from: { path: `${API}(${ROOMS}|gateway)/`, pathNot: ["\\.pg\\.ts$", TESTS] },
      to: { path: "^packages/db/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "testkit-is-for-tests",
      severity: "error",
      from: { path: "^(apps|packages/(shared|db|client))/", pathNot: TESTS },
      to: { path: "^packages/testkit/" },
    },
    {
      name: "no-drawers",
      severity: "error",
      from: {},
      to: { path: "^(apps|packages|e2e|bench|scripts)/.*(^|/)(utils?|helpers?|misc|common|lib)(/|\\.tsx?$)" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|node_modules/\\.pnpm)/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"], extensions: [".ts", ".tsx", ".js", ".json"] },
  },
};
