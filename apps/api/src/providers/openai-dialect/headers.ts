/** The headers of every request to a server of the OpenAI family. */
import type { ProviderEndpoint } from "../provider.ts";
import { isHost } from "./address.ts";

/** Azure takes a bearer for its own tokens only; a key has a header of its own. */
const AZURE_DOMAINS = ["openai.azure.com", "services.ai.azure.com", "cognitiveservices.azure.com", "azure-api.net"];
export const isAzure = (url: URL): boolean => AZURE_DOMAINS.some((domain) => isHost(url, domain));

export const dialectHeaders = (endpoint: ProviderEndpoint, accept: string, contentType = "application/json"): Record<string, string> => ({
  "content-type": contentType,
  accept,
  ...credentialsOf(endpoint),
  ...endpoint.headers,
});

function credentialsOf({ apiKey, baseUrl }: ProviderEndpoint): Record<string, string> {
  if (apiKey === "") return {};
  return URL.canParse(baseUrl) && isAzure(new URL(baseUrl)) ? { "api-key": apiKey } : { authorization: `Bearer ${apiKey}` };
}
