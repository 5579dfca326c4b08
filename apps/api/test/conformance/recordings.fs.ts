/** The recorded provider traffic that is played back, each under the kind of provider it came from. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import type { Recording, ReplayWire } from "@switchyard/testkit/replay-provider";

const COLLECTION = "../shared/fixtures/providers";
export const hasCollection = existsSync(COLLECTION);
if (!hasCollection) console.warn("left out: conformance with the collection of recorded provider traffic, which is not here");

export interface Recorded extends Recording {
  readonly kind: string;
}

interface Folder {
  readonly path: string;
  readonly kind: string;
  readonly wire: ReplayWire;
}

const FOLDERS: readonly Folder[] = [
  { path: "openai/chat", kind: "openai", wire: "openai" },
  { path: "openai-compatible/chat", kind: "openai-compatible", wire: "openai" },
  { path: "groq", kind: "openai-compatible", wire: "openai" },
  { path: "deepseek/chat", kind: "openai-compatible", wire: "openai" },
  { path: "mistral", kind: "openai-compatible", wire: "openai" },
  { path: "xai", kind: "xai", wire: "openai" },
  { path: "google", kind: "google", wire: "google" },
  { path: "anthropic", kind: "anthropic", wire: "anthropic" },
];

/** Answers that are no chat: error bodies and transcripts. */
const NO_CHAT = /error|transcription|429/;
const ENDINGS = [".chunks.txt", ".sse", ".json"] as const;

export function recordings(): readonly Recorded[] {
  const found = new Map<string, Recorded>();
  for (const { path, kind, wire } of FOLDERS) {
    for (const file of readdirSync(`${COLLECTION}/${path}`).toSorted()) {
      const ending = ENDINGS.find((one) => file.endsWith(one));
      if (ending === undefined || NO_CHAT.test(file)) continue;
      const name = `${path}/${file.slice(0, -ending.length)}`.replaceAll("/", "_");
      const bytes = readFileSync(`${COLLECTION}/${path}/${file}`);
      const before = found.get(name) ?? { name, kind, wire };
      found.set(name, { ...before, ...contentOf(ending, bytes) });
    }
  }
  return [...found.values()];
}

function contentOf(ending: (typeof ENDINGS)[number], bytes: Buffer): Partial<Recording> {
  if (ending === ".json") return { whole: bytes };
  if (ending === ".sse") return { bytes };
  return {
    events: bytes
      .toString("utf8")
      .split("\n")
      .filter((line) => line.trim() !== ""),
  };
}
