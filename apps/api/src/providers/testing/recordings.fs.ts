/** Finds recorded provider traffic for tests: our own small recordings, and the larger collection where it is present. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const COLLECTION = "../shared/fixtures/providers";

export const hasCollection = existsSync(COLLECTION);
/** The one line that says what was left out. */
export const COLLECTION_MISSING = "left out: the collection of recorded provider traffic is not here";

export const collected = (path: string): Buffer => readFileSync(`${COLLECTION}/${path}`);

/** One of our own recordings, by its path from the providers' folder. */
export const recorded = (path: string): Buffer => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)));

/** The lines of a `.chunks.txt` recording: one event's JSON each. */
export const linesOf = (recording: Buffer): readonly string[] => recording.toString("utf8").split("\n").filter((line) => line.trim() !== "");
