/** Says what an error answer of the OpenAI family means. */
import { failureOf, wordsOfBody, type HeaderValues } from "../failure-words.ts";
import type { ProviderFailure } from "../provider.ts";

export const dialectFailure = (status: number, headers: HeaderValues, body: Buffer): ProviderFailure => failureOf(status, wordsOfBody(body), headers);
