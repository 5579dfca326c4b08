import { expect, test } from "vitest";
import { NO_USAGE } from "@switchyard/shared/domain/usage";
import { tapInto, type Tap } from "./tap.ts";

const fresh = (): Tap => ({ usage: undefined, outputBytes: 0, bytes: 0, finishReason: undefined, end: undefined });

test("frames pass in order, usage and ends are folded and never written", () => {
  const tap = fresh();
  const written = tapInto(tap, [
    { kind: "prelude", bytes: Buffer.from("a") },
    { kind: "content", bytes: Buffer.from("bc"), outputBytes: 2 },
    { kind: "usage", usage: { ...NO_USAGE, input: 1 } },
    { kind: "usage", usage: { ...NO_USAGE, input: 2 } },
    { kind: "finish", bytes: Buffer.from("d"), reason: "stop" },
    { kind: "done" },
  ]);
  expect(written?.toString()).toBe("abcd");
  expect(tap).toMatchObject({ usage: { input: 2 }, outputBytes: 2, bytes: 4, finishReason: "stop", end: { kind: "done" } });
});

test("nothing counts after the end", () => {
  const tap = fresh();
  tapInto(tap, [
    { kind: "failure", failure: { kind: "incomplete" } },
    { kind: "content", bytes: Buffer.from("x"), outputBytes: 1 },
  ]);
  expect(tapInto(tap, [{ kind: "done" }])).toBeUndefined();
  expect(tap).toMatchObject({ outputBytes: 0, end: { kind: "failure" } });
});
