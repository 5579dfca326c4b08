import { expect, test } from "vitest";
import { EventLog, type EventPiece } from "./event-log.ts";

/** A log whose time passes only when it is told to. */
function rig(fails: () => boolean = () => false) {
  const written: EventPiece[] = [];
  const failures: unknown[] = [];
  let due: (() => void)[] = [];
  const log = new EventLog({
    write: async (piece) => {
      if (fails()) throw new Error("away");
      written.push(piece);
    },
    later: (_ms, then) => {
      due.push(then);
      return { cancel: () => void (due = due.filter((one) => one !== then)) };
    },
    onFailure: (cause) => failures.push(cause),
  });
  const pass = async (): Promise<void> => {
    const now = due;
    due = [];
    for (const then of now) then();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { log, written, failures, pass };
}

test("what comes within a moment is one piece, and what is left goes with the end", async () => {
  const { log, written, pass } = rig();
  log.push("a\n\n");
  log.push(Buffer.from("b\n\n"));
  await pass();
  log.push("c\n\n");
  expect(written).toEqual([{ piece: 0, frames: "a\n\nb\n\n" }]);
  expect(await log.close("d\n\n")).toEqual([{ piece: 1, frames: "c\n\nd\n\n" }]);
  await pass();
  expect(written).toHaveLength(1);
});

test("a piece that could not be written is tried again as it was, before later ones", async () => {
  let isAway = true;
  const { log, written, failures, pass } = rig(() => isAway);
  log.push("a\n\n");
  await pass();
  log.push("b\n\n");
  await pass();
  expect([written, failures.length]).toEqual([[], 2]);
  isAway = false;
  await pass();
  expect(written).toEqual([
    { piece: 0, frames: "a\n\n" },
    { piece: 1, frames: "b\n\n" },
  ]);
  expect(await log.close("")).toEqual([]);
});

test("what is not known to be written goes with the end, too", async () => {
  const { log, pass } = rig(() => true);
  log.push("a\n\n");
  await pass();
  expect(await log.close("z\n\n")).toEqual([
    { piece: 0, frames: "a\n\n" },
    { piece: 1, frames: "z\n\n" },
  ]);
});

test("beyond its bound only the last event is kept", async () => {
  const { log } = rig(() => true);
  const large = "x".repeat(30 * 1024 * 1024);
  for (let times = 0; times < 3; times++) log.push(large);
  const kept = await log.close("end\n\n");
  expect(kept.map(({ frames }) => frames.length)).toEqual([large.length, large.length, 5]);
});
