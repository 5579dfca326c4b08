/** Wires of the family that take a JSON body and answer with one JSON object: told by their path and how the answer is read. */
import { failureOf, wordsOf } from "../failure-words.ts";
import type { Ask, JsonBody, Operations, ProviderFailure, Reply, Wire } from "../provider.ts";
import type { Fields } from "./fields.ts";
import { dialectHeaders } from "./headers.ts";
import { operationFailure } from "./operation-failure.ts";
import { parseBody } from "./response.ts";
import { isError } from "./stream.ts";

/** Operations whose requests are plain JSON. */
export type JsonOperation = { [O in keyof Operations]: Operations[O] extends JsonBody ? O : never }[keyof Operations];

/** What an answer holds, or a word for the operator on why it is none. */
export type ReadAnswer<O extends JsonOperation> = (answer: Fields, ask: Ask<O>, bytes: number) => Reply | string;

/** Vectors and pictures in base64 make answers larger than any text. */
const REPLY_BYTES_MAX = 128 * 1024 * 1024;

export const jsonWire = <O extends JsonOperation>(path: string, read: ReadAnswer<O>): Wire<O> => ({
  replyBytesMax: REPLY_BYTES_MAX,
  request: (ask, endpoint) => ({
    upstream: { path, headers: dialectHeaders(endpoint, "application/json"), body: JSON.stringify({ ...ask.request, model: ask.model }) },
  }),
  response: (body, ask) => readJsonAnswer(body, (answer) => read(answer, ask, body.length)),
  failure: operationFailure,
});

/** An answer that came with status 200, which a server may still fill with an error. */
export function readJsonAnswer(body: Buffer, read: (answer: Fields) => Reply | string): { readonly reply: Reply } | { readonly failure: ProviderFailure } {
  const answer = parseBody(body);
  if (typeof answer === "string") return { failure: { kind: "protocol", status: 200, detail: answer } };
  if (isError(answer)) return { failure: failureOf(undefined, wordsOf(answer), {}) };
  const reply = read(answer);
  return typeof reply === "string" ? { failure: { kind: "protocol", status: 200, detail: reply } } : { reply };
}
