/** Responses at servers that speak them beside chats: they keep nothing, seal no thoughts, and some refuse the words for it. */
import { fieldsOf, type Fields } from "../openai-dialect/fields.ts";
import { operationFailure } from "../openai-dialect/operation-failure.ts";
import { responsesWire } from "../openai-dialect/responses.ts";
import type { ProviderEndpoint, Wire } from "../provider.ts";

/** What only OpenAI and Azure know, and what changes no answer; Groq refuses each of them (https://console.groq.com/docs/responses-api). */
const OF_OPENAI_ONLY = ["include", "prompt_cache_key", "safety_identifier", "service_tier", "truncation", "stream_options"] as const;

export interface ResponsesManners {
  /** Azure takes everything that OpenAI takes. */
  readonly isOpenAi: boolean;
  readonly systemForDeveloper: boolean;
  /** Refuses to be told to keep nothing, because it never keeps anything. */
  readonly keepsNothing: boolean;
}

/** LM Studio answers a route that it does not have with 200 and these words. */
const NO_ROUTE = /unexpected endpoint/i;

export function compatibleResponsesWire(mannersAt: (endpoint: ProviderEndpoint) => ResponsesManners): Wire<"responses"> {
  const wire = responsesWire((body, _model, endpoint) => fitted(body, mannersAt(endpoint)));
  return {
    ...wire,
    response: (body, ask, headers) => {
      const read = wire.response(body, ask, headers);
      return "failure" in read && NO_ROUTE.test(body.toString("utf8")) ? { failure: { ...read.failure, kind: "unsupported" } } : read;
    },
    failure: operationFailure,
  };
}

function fitted(body: Fields, { isOpenAi, systemForDeveloper, keepsNothing }: ResponsesManners): Fields {
  if (isOpenAi) return body;
  const known: Fields = { ...body };
  for (const field of OF_OPENAI_ONLY) delete known[field];
  if (keepsNothing) delete known["store"];
  const { input } = known;
  return systemForDeveloper && Array.isArray(input) ? { ...known, input: input.map(withoutDeveloper) } : known;
}

function withoutDeveloper(item: unknown): unknown {
  const fields = fieldsOf(item);
  return fields?.["role"] === "developer" ? { ...fields, role: "system" } : item;
}
