/** Gemini's embeddings, many texts in one request (https://ai.google.dev/api/embeddings#method:-models.batchembedcontents). */
import { NO_USAGE, tokenCount, type Usage } from "@switchyard/shared/domain/usage";
import { inputsOf, type EmbeddingsRequest } from "@switchyard/shared/wire/openai-embeddings";
import { embeddingsReply } from "../openai-dialect/embeddings.ts";
import { fieldsOf, listOf } from "../openai-dialect/fields.ts";
import { readJsonAnswer } from "../openai-dialect/json-wire.ts";
import type { Ask, ProviderFailure, Wire } from "../provider.ts";
import { googleFailure } from "./failure.ts";
import { googleHeaders, googlePath } from "./request.ts";
import { unsupported } from "./unsupported.ts";

/** More are refused by Gemini. */
const INPUTS_MAX = 100;
const REPLY_BYTES_MAX = 64 * 1024 * 1024;

export const googleEmbeddingsWire: Wire<"embeddings"> = {
  replyBytesMax: REPLY_BYTES_MAX,
  request: (ask, endpoint) => {
    const { dimensions } = requestOf(ask);
    const texts = inputsOf(requestOf(ask));
    const wrong = refusalOf(texts);
    if (wrong) return { failure: wrong };
    const requests = texts.map((text) => ({
      model: ask.model.includes("/") ? ask.model : `models/${ask.model}`,
      content: { parts: [{ text }] },
      ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
    }));
    const path = googlePath(ask, endpoint.baseUrl, "batchEmbedContents");
    return { upstream: { path, headers: googleHeaders(endpoint, "application/json"), body: JSON.stringify({ requests }) } };
  },
  response: (body, ask) =>
    readJsonAnswer(body, (answer) => {
      const vectors = listOf(answer["embeddings"]).map((one) => fieldsOf(one)?.["values"]);
      return embeddingsReply({ ask, vectors, model: ask.model, usage: usageOf(answer["usageMetadata"]) });
    }),
  failure: googleFailure,
};

const requestOf = (ask: Ask<"embeddings">): EmbeddingsRequest => ask.request as EmbeddingsRequest;

function refusalOf(inputs: readonly (string | readonly number[])[]): ProviderFailure | undefined {
  if (inputs.some((input) => typeof input !== "string")) return unsupported("input", "This model takes texts, not tokens.");
  return inputs.length > INPUTS_MAX ? unsupported("input", `This model takes at most ${INPUTS_MAX} inputs at once.`) : undefined;
}

/** Older models do not count. */
function usageOf(report: unknown): Usage | undefined {
  const input = tokenCount(fieldsOf(report)?.["promptTokenCount"]);
  return input === undefined || input === 0 ? undefined : { ...NO_USAGE, input };
}
