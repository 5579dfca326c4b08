/** The headers of every request to a server of the OpenAI family. */
import type { ProviderEndpoint } from "../provider.ts";

export const dialectHeaders = (endpoint: ProviderEndpoint, accept: string, contentType = "application/json"): Record<string, string> => ({
  "content-type": contentType,
  accept,
  ...(endpoint.apiKey === "" ? {} : { authorization: `Bearer ${endpoint.apiKey}` }),
  ...endpoint.headers,
});
