import { NO_USAGE } from "@switchyard/shared/domain/usage";
import type { CallRow } from "@switchyard/shared/wire/console/calls";
import { describe, expect, it } from "vitest";
import { newOnes, withArrivals } from "./calls-merge.ts";

const call = (id: string, second: number): CallRow => ({
  id,
  at: new Date(second * 1_000),
  surface: "chat",
  outcome: "answered",
  failedOver: false,
  cached: false,
  httpStatus: 200,
  stream: false,
  modelAsked: "demo",
  group: "demo",
  provider: "main",
  model: "m",
  key: undefined,
  attempts: ["ok"],
  usage: NO_USAGE,
  usageBasis: "usage",
  charged: 0n,
  firstTokenMs: 1,
  totalMs: 2,
  errorCode: undefined,
});
const ids = (rows: readonly CallRow[]): string[] => rows.map(({ id }) => id);

describe("live calls", () => {
  it("come once, however often they are heard of", () => {
    expect(ids(newOnes([call("a", 1)], [call("a", 1), call("b", 2), call("b", 2)]))).toEqual(["b"]);
  });
  it("stand by the time they began, newest first", () => {
    const pages = withArrivals([{ items: [call("c", 30), call("a", 10)], nextCursor: "x" }, { items: [call("0", 1)] }], [call("d", 40), call("b", 20)]);
    expect(pages.map(({ items }) => ids(items))).toEqual([["d", "c", "b", "a"], ["0"]]);
    expect(pages[0]?.nextCursor).toBe("x");
  });
  it("leave the pages untouched when there is nothing new", () => {
    const pages = [{ items: [call("a", 1)] }];
    expect(withArrivals(pages, [call("a", 1)])).toBe(pages);
    expect(withArrivals([], [call("a", 1)])).toEqual([]);
  });
});
