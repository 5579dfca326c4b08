/** Reranking as Cohere, Jina, vLLM and others serve it: one shape out, whichever of theirs came in. */
import { NO_USAGE, tokenCount, type Usage } from "@switchyard/shared/domain/usage";
import { documentTextOf, type RerankRequest } from "@switchyard/shared/wire/rerank";
import type { Ask, Reply, Wire } from "../provider.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { jsonWire } from "./json-wire.ts";

export const rerankWire: Wire<"rerank"> = jsonWire("/rerank", (answer, ask) =>
  rerankReply({ ask, results: listOf(answer["results"]), model: textOf(answer["model"]) ?? ask.model, usage: usageOf(answer) }),
);

export interface Reranked {
  readonly ask: Ask<"rerank">;
  /** Objects with `index` and `relevance_score`, best first. */
  readonly results: readonly unknown[];
  readonly model: string;
  readonly usage: Usage | undefined;
}

/** @returns the answer, or a word for the operator when a result names no document of the request. */
export function rerankReply({ ask, results: given, model, usage }: Reranked): Reply | string {
  const request = ask.request as RerankRequest;
  const results: Fields[] = [];
  for (const one of given) {
    const fields = fieldsOf(one);
    const index = fields?.["index"];
    const score = fields?.["relevance_score"] ?? fields?.["score"];
    const document = typeof index === "number" ? request.documents[index] : undefined;
    if (document === undefined || typeof score !== "number") return "a result names no document of the request";
    results.push({ index, relevance_score: score, ...(request.return_documents === true ? { document: { text: documentTextOf(document) } } : {}) });
  }
  if (results.length === 0) return "the answer holds no results";
  const tokens = usage?.input ?? 0;
  const body: Fields = { id: ask.generationId, object: "list", model, results, usage: { prompt_tokens: tokens, total_tokens: tokens } };
  return { body, usage, outputBytes: Buffer.byteLength(JSON.stringify(results)), finishReason: "stop" };
}

/** Jina and vLLM count tokens, Cohere bills searches (a query with up to 100 documents; https://docs.cohere.com/docs/rerank). */
function usageOf(answer: Fields): Usage | undefined {
  const report = fieldsOf(answer["usage"]);
  const meta = fieldsOf(answer["meta"]);
  const input = tokenCount(report?.["total_tokens"]) ?? tokenCount(report?.["prompt_tokens"]) ?? tokenCount(fieldsOf(meta?.["tokens"])?.["input_tokens"]) ?? 0;
  const searches = tokenCount(fieldsOf(meta?.["billed_units"])?.["search_units"]) ?? 0;
  return input + searches === 0 ? undefined : { ...NO_USAGE, input, ...(searches === 0 ? {} : { searches }) };
}
