/** OpenAI's Responses in their own wire: what a caller of that door sent goes on as it is, under our model name and cap. */
import { servedTierOf } from "@switchyard/shared/domain/service-tier";
import type { Ask, ProviderEndpoint, Wire } from "../provider.ts";
import { dialectFailure } from "./failure.ts";
import { fieldsOf, listOf, type Fields } from "./fields.ts";
import { mayBeEmpty } from "./finish-reason.ts";
import { dialectHeaders } from "./headers.ts";
import { parseBody } from "./response.ts";
import { isError } from "./stream.ts";
import { failedResponse, finishOf, itemBytes, usageOfResponse } from "./responses-items.ts";
import { responsesReader } from "./responses-stream.ts";
import { reportedCostOf } from "./usage.ts";

/** @param rewrite the last word on the body's fields, for members that differ */
export const responsesWire = (rewrite: (body: Fields, model: string, endpoint: ProviderEndpoint) => Fields = (body) => body): Wire<"responses"> => ({
  request: (ask, endpoint) => {
    const body = rewrite({ ...ask.request, model: ask.model, max_output_tokens: ask.maxOutput, stream: ask.stream }, ask.model, endpoint);
    return {
      upstream: { path: "/responses", headers: dialectHeaders(endpoint, ask.stream ? "text/event-stream" : "application/json"), body: JSON.stringify(body) },
    };
  },
  response: readResponse,
  reader: responsesReader,
  failure: dialectFailure,
});

type Read = ReturnType<Wire<"responses">["response"]>;

function readResponse(body: Buffer, { generationId }: Pick<Ask<"responses">, "generationId">): Read {
  const answer = parseBody(body);
  if (typeof answer === "string") return { failure: { kind: "protocol", status: 200, detail: answer } };
  if (isError(answer) || answer["status"] === "failed") return { failure: failedResponse(answer) };
  if (!Array.isArray(answer["output"])) return { failure: { kind: "protocol", status: 200, detail: "the body is no response" } };
  const finishReason = finishOf(answer);
  const outputBytes = listOf(answer["output"]).reduce<number>((sum, item) => sum + itemBytes(fieldsOf(item) ?? {}), 0);
  if (outputBytes === 0 && !mayBeEmpty(finishReason)) return { failure: { kind: "empty", status: 200, detail: "the response holds no content" } };
  const reportedCost = reportedCostOf(answer["usage"]);
  const reply = { body: { ...answer, id: generationId }, usage: usageOfResponse(answer), outputBytes, finishReason };
  const serviceTier = servedTierOf(answer["service_tier"]);
  return { reply: { ...reply, ...(reportedCost === undefined ? {} : { reportedCost }), ...(serviceTier === undefined ? {} : { serviceTier }) } };
}
