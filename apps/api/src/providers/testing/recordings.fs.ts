/** Finds recorded provider traffic for tests: our own small recordings, and the larger collection where it is present. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const COLLECTION = "../shared/fixtures/providers";

export const hasCollection = existsSync(COLLECTION);
if (!hasCollection) console.warn("left out: tests against the collection of recorded provider traffic, which is not here");

export const collected = (path: string): Buffer => readFileSync(`${COLLECTION}/${path}`);

/** One of our own recordings, by its path from the providers' folder. */
export const recorded = (path: string): Buffer => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)));

/** The lines of a `.chunks.txt` recording: one event's JSON each. */
export const linesOf = (recording: Buffer): readonly string[] =>
  recording
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
