/** Which providers are asked for a response in OpenAI's own wire; all others are asked in a chat. */
import type { CatalogProvider } from "@switchyard/shared/domain/catalog";
import { COMPATIBLE_SERVERS } from "./compatible-servers.ts";

/**
 * OpenAI and xAI always; of other servers those that their operator says it of. Without a word of the operator, those whose address tells
 * that they do: but most know only the plain parts of that wire, and a chat carries the rest better.
 * @param isPlain the request has texts, pictures and functions only
 */
export function speaksResponses({ kind, baseUrl, responses }: Pick<CatalogProvider, "kind" | "baseUrl" | "responses">, isPlain: boolean): boolean {
  if (kind === "openai" || kind === "xai") return true;
  if (kind !== "openai-compatible") return false;
  if (responses !== undefined) return responses;
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const known = url && COMPATIBLE_SERVERS.find((server) => server.isAt(url))?.responses?.(url);
  return known === "whole" || (known === "plain" && isPlain);
}
