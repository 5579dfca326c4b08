/** Events of a response as they stand in a stream: which number each has, and which is the last. */
import type { Failure } from "@switchyard/shared/kernel/failure";
import { errorEventFields } from "./failed.ts";

type Fields = Record<string, unknown>;

/** Texts within an event are escaped, so these quotes are its own. */
const END = /"type":\s*"response\.(?:completed|incomplete|failed)"/;

/** Whether the response ends among these frames. */
export const hasEnd = (frames: string): boolean => END.test(frames);

const DATA = /^data:\s?(.*)$/gm;

function sequenceOf(frame: string): number | undefined {
  const data = [...frame.matchAll(DATA)].map(([, text]) => text).join("\n");
  if (!data.startsWith("{")) return undefined;
  const { sequence_number: sequence } = JSON.parse(data) as Fields;
  return typeof sequence === "number" ? sequence : undefined;
}

const framesOf = (text: string): readonly string[] => text.split("\n\n").filter((frame) => frame !== "");

/** The frames of later events than this one. */
export const framesAfter = (text: string, after: number): string =>
  framesOf(text)
    .filter((frame) => (sequenceOf(frame) ?? Number.MAX_SAFE_INTEGER) > after)
    .map((frame) => `${frame}\n\n`)
    .join("");

/** The number of the last event among them; -1 where none has one. */
export const lastSequenceIn = (text: string): number => sequenceOf(framesOf(text).at(-1) ?? "") ?? -1;

const frameOf = (event: Fields): string => `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`;

export const errorFrame = (why: Failure, sequence: number): string => frameOf({ type: "error", sequence_number: sequence, ...errorEventFields(why) });

/** The event that ends this response. OpenAI's wire has none for one that was called off: it is told as failed. */
export function endingOf(response: Fields, sequence: number): string {
  const status = response["status"] === "completed" || response["status"] === "incomplete" ? response["status"] : "failed";
  return frameOf({ type: `response.${status}`, sequence_number: sequence, response });
}
