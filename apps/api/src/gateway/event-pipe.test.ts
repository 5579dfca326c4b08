import { describe, expect, test } from "vitest";
import { EventPipe } from "./event-pipe.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a pipe of events", () => {
  test("begins when it is asked, and goes on only when the next one is asked for", async () => {
    const seen: string[] = [];
    const pipe = new EventPipe<number>(async (tell) => {
      for (const event of [1, 2, 3]) {
        seen.push(`tells ${event}`);
        await tell(event);
      }
      seen.push("ends");
    });
    await turn();
    expect(seen).toEqual([]);
    expect(await pipe.next()).toEqual({ done: false, value: 1 });
    await turn();
    expect(seen).toEqual(["tells 1"]);
    expect([await pipe.next(), await pipe.next(), await pipe.next()]).toEqual([
      { done: false, value: 2 },
      { done: false, value: 3 },
      { done: true, value: undefined },
    ]);
    expect(seen.at(-1)).toBe("ends");
    expect(await pipe.next()).toEqual({ done: true, value: undefined });
  });

  test("a reader that leaves waits for what the flow does at its end", async () => {
    const seen: string[] = [];
    const pipe = new EventPipe<number>(async (tell) => {
      try {
        await tell(1);
        seen.push("never");
      } finally {
        await turn();
        seen.push("settled");
      }
    });
    for await (const event of pipe) {
      expect(event).toBe(1);
      break;
    }
    expect(seen).toEqual(["settled"]);
    expect(await pipe.next()).toEqual({ done: true, value: undefined });
  });

  test("a reader that leaves while the flow works lets it come to its next event", async () => {
    const seen: string[] = [];
    const pipe = new EventPipe<number>(async (tell) => {
      try {
        await tell(1);
        await turn();
        seen.push("worked");
        await tell(2);
        seen.push("never");
      } finally {
        seen.push("settled");
      }
    });
    await pipe.next();
    const second = pipe.next();
    await pipe.return();
    expect(await second).toEqual({ done: true, value: undefined });
    expect(seen).toEqual(["worked", "settled"]);
  });

  test("one that was never asked does nothing when it is left", async () => {
    const pipe = new EventPipe<number>(() => Promise.reject(new Error("it ran")));
    expect(await pipe.return()).toEqual({ done: true, value: undefined });
    expect(await pipe.next()).toEqual({ done: true, value: undefined });
  });

  test("what the flow throws reaches the reader, also from the end of one that was left", async () => {
    const failing = new EventPipe<number>(async (tell) => {
      await tell(1);
      throw new Error("a defect");
    });
    await failing.next();
    await expect(failing.next()).rejects.toThrow("a defect");
    expect(await failing.next()).toEqual({ done: true, value: undefined });

    const left = new EventPipe<number>(async (tell) => {
      try {
        await tell(1);
      } finally {
        await Promise.reject(new Error("at its end"));
      }
    });
    await left.next();
    await expect(left.return()).rejects.toThrow("at its end");
  });
});
