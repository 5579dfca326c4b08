/** Says what an error answer means where not every server of the family has the operation at all. */
import { failureOf, wordsOfBody, type HeaderValues } from "../failure-words.ts";
import type { ProviderFailure } from "../provider.ts";

const NO_SUCH_ROUTE: ReadonlySet<number> = new Set([404, 405, 501]);
const ABOUT_THE_MODEL = /model/;

/** A missing route is told apart from a missing model by its words: another target may have it, and waiting does not help. */
export function operationFailure(status: number, headers: HeaderValues, body: Buffer): ProviderFailure {
  const words = wordsOfBody(body);
  const known = failureOf(status, words, headers);
  if (!NO_SUCH_ROUTE.has(status) || ABOUT_THE_MODEL.test(`${words.names} ${words.message}`.toLowerCase())) return known;
  return { kind: "unsupported", status, ...(known.detail === undefined ? {} : { detail: known.detail }) };
}
