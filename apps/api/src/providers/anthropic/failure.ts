/** Says what an error answer of Anthropic means. */
import { failureOf, wordsOf, wordsOfBody, type HeaderValues } from "../failure-words.ts";
import type { ProviderFailure } from "../provider.ts";

export const anthropicFailure = (status: number, headers: HeaderValues, body: Buffer): ProviderFailure => failureOf(status, wordsOfBody(body), headers);

/** An `error` event or body inside a 200. */
export const anthropicErrorEvent = (event: unknown): ProviderFailure => failureOf(undefined, wordsOf(event), {});
