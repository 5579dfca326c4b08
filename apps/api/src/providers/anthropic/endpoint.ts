/** Where Anthropic's Messages are asked, and with which headers. */
import type { ProviderEndpoint, UpstreamRequest } from "../provider.ts";
import type { Fields } from "../openai-dialect/fields.ts";

const VERSION = "2023-06-01";

/** @param betas features that a caller named; those that the operator configured stay beside them */
export function upstreamOf(body: Fields, endpoint: ProviderEndpoint, isStream: boolean, betas: readonly string[] = []): UpstreamRequest {
  const configured = Object.entries(endpoint.headers).find(([name]) => name.toLowerCase() === "anthropic-beta");
  const all = [...new Set([...(configured?.[1] ?? "").split(","), ...betas].map((beta) => beta.trim()))].filter((beta) => beta !== "");
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: isStream ? "text/event-stream" : "application/json",
    "anthropic-version": VERSION,
    ...(endpoint.apiKey === "" ? {} : { "x-api-key": endpoint.apiKey }),
    ...endpoint.headers,
    ...(all.length === 0 ? {} : { [configured?.[0] ?? "anthropic-beta"]: all.join(",") }),
  };
  // Operators give the address with or without the version.
  const path = /\/v1\/?(?:\?|$)/.test(endpoint.baseUrl) ? "/messages" : "/v1/messages";
  return { path, headers, body: JSON.stringify(body) };
}
