/** What the parts of a passed-on event stream tell, in a form that tests can compare. */
import type { Ask, Operations, StreamPart, StreamReader } from "../provider.ts";
import { fieldsOf, type Fields } from "../openai-dialect/fields.ts";
import { storyOf, type StreamStory } from "./stream-story.ts";

/** An ask of any operation whose request is JSON. */
export const nativeAsk = <O extends "messages" | "responses">(operation: O, request: Fields, more: Partial<Ask<O>> = {}): Ask<O> => ({
  operation,
  request: request as Operations[O],
  stream: true,
  model: "target-model",
  maxOutput: 100,
  generationId: "gen_test",
  createdSeconds: 1_700_000_000,
  ...more,
});

export function readNative(reader: StreamReader, pieces: readonly Buffer[]): StreamStory {
  const parts: StreamPart[] = [];
  for (const piece of pieces) parts.push(...reader.push(piece));
  parts.push(...reader.end());
  return storyOf(parts);
}

/** The events that a client would read: each frame must have a name that is its type. */
export const eventsOf = (story: StreamStory): readonly Fields[] =>
  Buffer.from(story.prelude + story.content + story.finishes.join(""), "latin1")
    .toString("utf8")
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => {
      const [name = "", ...data] = frame.split("\n");
      const event = fieldsOf(JSON.parse(data.map((line) => line.slice("data: ".length)).join("\n"))) ?? {};
      if (name !== `event: ${String(event["type"])}`) throw new Error(`the frame's name is not its type: ${frame.slice(0, 200)}`);
      return event;
    });

/** Frames as a server sends them. */
export const sse = (lines: readonly string[], lineEnd = "\n", named = true): Buffer =>
  Buffer.from(
    lines.map((line) => `${named ? `event: ${String((JSON.parse(line) as Fields)["type"])}${lineEnd}` : ""}data: ${line}${lineEnd}${lineEnd}`).join(""),
  );
