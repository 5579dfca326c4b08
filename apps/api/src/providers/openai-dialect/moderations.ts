/** Moderation of the OpenAI family. OpenAI does not count what it reads, and does not charge for it. */
import type { Ask, Reply, Wire } from "../provider.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { jsonWire } from "./json-wire.ts";

export const moderationsWire: Wire<"moderations"> = jsonWire("/moderations", readModerations);

function readModerations(answer: Fields, ask: Ask<"moderations">, bytes: number): Reply | string {
  const results = listOf(answer["results"]);
  if (results.length === 0 || results.some((one) => typeof fieldsOf(one)?.["flagged"] !== "boolean")) return "the answer holds no verdicts";
  const body = { ...answer, id: ask.generationId, model: textOf(answer["model"]) ?? ask.model };
  return { body, usage: undefined, outputBytes: bytes, finishReason: "stop" };
}
