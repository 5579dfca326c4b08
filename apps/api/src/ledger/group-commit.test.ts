import { describe, expect, test } from "vitest";
import { GroupCommitLane, LaneDown, type LaneOutcome, type LanePort } from "./group-commit.ts";

interface Sent {
  readonly operations: readonly string[];
  readonly skipLocked: boolean;
}

/** A database that answers as the test says, on a clock that only sleeping moves. */
function laneWith(answer: (operations: readonly string[], skipLocked: boolean, turn: number) => Promise<readonly LaneOutcome<string>[]>): {
  lane: GroupCommitLane<string, string>;
  sent: Sent[];
} {
  const sent: Sent[] = [];
  let now = 0;
  const port: LanePort<string, string> = {
    send: (operations, skipLocked) => {
      sent.push({ operations, skipLocked });
      return answer(operations, skipLocked, sent.length);
    },
    sleep: async (ms) => void (now += ms),
    monotonic: () => now,
  };
  return { lane: new GroupCommitLane(port), sent };
}
const done = (operations: readonly string[]): LaneOutcome<string>[] => operations.map((one) => ({ kind: "done", result: `${one}!` }));

describe("group commit", () => {
  test("sends what comes together in one transaction, and what comes meanwhile in the next", async () => {
    const gate = Promise.withResolvers<void>();
    const { lane, sent } = laneWith(async (operations, _skip, turn) => {
      if (turn === 1) await gate.promise;
      return done(operations);
    });
    const first = [lane.submit("a", 1_000), lane.submit("b", 1_000)];
    await new Promise((resolve) => setImmediate(resolve));
    const second = ["c", "d", "e"].map((one) => lane.submit(one, 1_000));
    gate.resolve();
    expect(await Promise.all([...first, ...second])).toEqual(["a!", "b!", "c!", "d!", "e!"]);
    expect(sent.map(({ operations }) => operations.join(""))).toEqual(["ab", "cde"]);
  });

  test("sends each alone when the whole was refused, so that only the poisoned one fails", async () => {
    const { lane, sent } = laneWith(async (operations) => {
      if (operations.includes("poison")) throw new Error("refused");
      return done(operations);
    });
    expect(await Promise.all(["a", "poison", "b"].map((one) => lane.submit(one, 1_000)))).toEqual(["a!", undefined, "b!"]);
    expect(sent.slice(1).every(({ skipLocked, operations }) => skipLocked && operations.length === 1)).toBe(true);
  });

  test("sends the same again when the connection broke, until it holds", async () => {
    const { lane, sent } = laneWith(async (operations, _skip, turn) => {
      if (turn < 4) throw new LaneDown("gone");
      return done(operations);
    });
    expect(await lane.submit("a", 1_000)).toBe("a!");
    expect(sent).toHaveLength(4);
  });

  test("gives up on an operation whose time is over, and goes on with the others", async () => {
    const { lane } = laneWith(async (operations) => operations.map((one) => (one === "locked" ? { kind: "busy" } : { kind: "done", result: one })));
    expect(await Promise.all([lane.submit("locked", 20), lane.submit("free", 20)])).toEqual([undefined, "free"]);
    expect(await lane.submit("later", 20)).toBe("later");
  });
});
