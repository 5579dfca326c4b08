import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deadJournals, Journal } from "./journal.fs.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const entry = (callId: string, event: "progress" | "final", cost: string) => ({
  event,
  callId,
  void: false,
  rowJson: JSON.stringify({ id: callId, workspace_id: "w", cost }),
});

describe("the settle journal", () => {
  test("gives a later program the last line of each call, half a last line aside", () => {
    const journal = new Journal(dir, "epoch-of-the-dead");
    journal.append([entry("a", "progress", "1"), entry("b", "progress", "5")]);
    journal.append([entry("a", "final", "2")]);
    const [file = ""] = readdirSync(dir);
    appendFileSync(join(dir, file), '{"event":"final","void":fal');
    const [dead] = deadJournals(dir, "another-epoch");
    expect(dead?.epoch).toBe("epoch-of-the-dead");
    expect([...(dead?.lines ?? [])].map(([id, line]) => [id, line.event, line.row["cost"]])).toEqual([
      ["a", "final", "2"],
      ["b", "progress", "5"],
    ]);
    dead?.forget();
    expect(readdirSync(dir)).toEqual([]);
  });

  test("leaves alone the files of programs that live, and its own", () => {
    const journal = new Journal(dir, "mine");
    journal.append([entry("a", "progress", "1")]);
    writeFileSync(join(dir, "theirs.0.jsonl"), `${JSON.stringify({ epoch: "theirs", pid: process.ppid, started: "" })}\n`);
    const dead = deadJournals(dir, "mine").map((one) => one.epoch);
    expect(dead).not.toContain("mine");
    journal.close();
  });

  test("keeps one file small, and drops an old one once its calls are closed", () => {
    const journal = new Journal(dir, "epoch");
    const big = "x".repeat(1024 * 1024);
    journal.append([entry("old", "progress", "1")]);
    for (let i = 0; i < 9; i++)
      journal.append([{ event: "final", callId: `c${i}`, void: false, rowJson: JSON.stringify({ id: `c${i}`, workspace_id: "w", big }) }]);
    journal.append([entry("new", "final", "1")]);
    expect(readdirSync(dir)).toHaveLength(2);
    for (let i = 0; i < 9; i++) journal.closed(`c${i}`);
    expect(readdirSync(dir)).toHaveLength(2);
    journal.closed("old");
    expect(readdirSync(dir)).toHaveLength(1);
    journal.closed("new");
    journal.close();
    expect(readdirSync(dir)).toEqual([]);
  });
});
