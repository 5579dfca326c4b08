import { expect, test } from "vitest";
import { instantOf, tellRoute } from "./tell-route.ts";

const at = Date.parse("2026-11-21T12:00:00Z");

test("a span is counted from now, an instant stays", () => {
  expect(instantOf("+90s", at)).toBe("2026-11-21T12:01:30.000Z");
  expect(instantOf("+2h", at)).toBe("2026-11-21T14:00:00.000Z");
  expect(instantOf("2027-01-01T00:00:00Z", at)).toBe("2027-01-01T00:00:00Z");
});

test("a route is told as who is tried, in which order, and who is not and why", () => {
  const target = {
    target: "main/m",
    priority: 1,
    weight: 3,
    local: true,
    inputPerMillion: "1",
    outputPerMillion: "2",
    health: "degraded",
    firstTokenMs: 120,
    tokensPerSecond: undefined,
    answered: 8,
    failed: 2,
  } as const;
  const lines = tellRoute({
    model: "gpt",
    group: "pool",
    at: new Date(at).toISOString(),
    sticky: true,
    hedgeAfterMs: 0,
    targets: [target],
    route: {
      by: "alias",
      of: "platform",
      alias: "pool",
      strategy: "weighted",
      order: ["main/m"],
      skipped: [{ target: "spare/m", reason: "resting", because: "rate_limited", until: at + 7_000 }],
    },
  });
  expect(lines).toEqual([
    "gpt is an alias of the platform for pool, in the order of weighted; at 2026-11-21T12:00:00.000Z",
    "1. main/m  priority 1 · weight 3 · local · $1 in, $2 out per million · degraded · 2 of 10 attempts failed lately · first token 120 ms",
    "-  spare/m  rests after rate_limited until 2026-11-21T12:00:07.000Z (7 s)",
  ]);
});
