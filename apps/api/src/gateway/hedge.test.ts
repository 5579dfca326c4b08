import { describe, expect, test } from "vitest";
import { hedged, SLOWER } from "./hedge.ts";

/** An attempt that ends when the test says, or when it is aborted. */
function attempt() {
  const { promise, resolve } = Promise.withResolvers<string>();
  const run = (signal: AbortSignal): Promise<string> => {
    signal.addEventListener("abort", () => resolve(`aborted: ${String(signal.reason)}`));
    return promise;
  };
  return { run, end: resolve };
}

function race(options: { readonly hasSecond?: boolean } = {}) {
  const [one, two] = [attempt(), attempt()];
  const timers: { readonly ring: () => void; cancelled: boolean }[] = [];
  const discarded: string[] = [];
  const client = new AbortController();
  let begun = 0;
  const outcome = hedged({
    first: one.run,
    second: () => {
      begun++;
      return options.hasSecond === false ? undefined : two.run;
    },
    afterMs: 50,
    later: (_ms, ring) => {
      const timer = { ring, cancelled: false };
      timers.push(timer);
      return { cancel: () => void (timer.cancelled = true) };
    },
    signal: client.signal,
    decides: (text) => !text.startsWith("failed"),
    discard: (text) => discarded.push(text),
  });
  const late = async (): Promise<void> => {
    timers[0]?.ring();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { one, two, outcome, late, timers, discarded, client, begun: () => begun };
}

describe("a hedge", () => {
  test("begins nothing when the first is in time, well or ill", async () => {
    for (const text of ["answer", "failed"]) {
      const { one, outcome, begun, timers } = race();
      one.end(text);
      expect(await outcome).toEqual([text]);
      expect([begun(), timers[0]?.cancelled]).toEqual([0, true]);
    }
  });

  test("keeps whichever is faster and breaks the other off", async () => {
    const first = race();
    await first.late();
    first.one.end("first");
    expect(await first.outcome).toEqual(["first"]);
    expect(first.discarded).toEqual([`aborted: ${SLOWER}`]);
    const second = race();
    await second.late();
    second.two.end("second");
    expect(await second.outcome).toEqual(["second"]);
    expect(second.discarded).toEqual([`aborted: ${SLOWER}`]);
  });

  test("waits for the other when the faster one failed, and tells both", async () => {
    const { one, two, outcome, late } = race();
    await late();
    two.end("failed fast");
    one.end("slow but well");
    expect(await outcome).toEqual(["failed fast", "slow but well"]);
  });

  test("goes on with the first when there is no second, and puts away an answer that came at the same moment", async () => {
    const alone = race({ hasSecond: false });
    await alone.late();
    alone.one.end("alone");
    expect(await alone.outcome).toEqual(["alone"]);
    const both = race();
    await both.late();
    both.one.end("one");
    both.two.end("two");
    expect(await both.outcome).toEqual(["one"]);
    expect(both.discarded).toEqual(["two"]);
  });

  test("ends with the client", async () => {
    const { outcome, late, client, discarded } = race();
    await late();
    client.abort("the client left");
    expect(await outcome).toEqual(["aborted: the client left"]);
    expect(discarded).toEqual(["aborted: the client left"]);
  });
});
