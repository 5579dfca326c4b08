/** The sandbox's answers that are made of vectors: embeddings, and documents ranked by their likeness to a query. */
import { NO_USAGE } from "@switchyard/shared/domain/usage";
import { inputsOf, type EmbeddingsRequest } from "@switchyard/shared/wire/openai-embeddings";
import { documentTextOf, type RerankRequest } from "@switchyard/shared/wire/rerank";
import type { Ask, AttemptAnswer, Reply } from "../provider.ts";
import { embeddingsReply } from "../openai-dialect/embeddings.ts";
import { rerankReply } from "../openai-dialect/rerank.ts";
import { DIMENSIONS_DEFAULT, likeness, vectorOf } from "./vectors.ts";

const DIMENSIONS_MAX = 4_096;
const wordsIn = (text: string): number => text.match(/\S+/g)?.length ?? 0;

export function embed(ask: Ask<"embeddings">): AttemptAnswer {
  const request = ask.request as EmbeddingsRequest;
  const dimensions = request.dimensions ?? DIMENSIONS_DEFAULT;
  if (dimensions > DIMENSIONS_MAX) {
    const failure = { kind: "bad_request", param: "dimensions", publicText: `The sandbox makes vectors of at most ${DIMENSIONS_MAX} dimensions.` } as const;
    return { kind: "failure", failure, bytes: 0 };
  }
  const inputs = inputsOf(request);
  const texts = inputs.map((input) => (typeof input === "string" ? input : input.map((token) => `t${token}`).join(" ")));
  const vectors = texts.map((text) => vectorOf(text, dimensions));
  const input = inputs.reduce<number>((sum, one) => sum + (typeof one === "string" ? Math.max(1, wordsIn(one)) : one.length), 0);
  return answerOf(embeddingsReply({ ask, vectors, model: ask.model, usage: { ...NO_USAGE, input } }));
}

export function rank(ask: Ask<"rerank">): AttemptAnswer {
  const { query, documents, top_n: top } = ask.request as RerankRequest;
  const wanted = vectorOf(query, DIMENSIONS_DEFAULT);
  const results = documents
    .map((document, index) => ({ index, relevance_score: Math.min(1, Math.max(0, likeness(wanted, vectorOf(documentTextOf(document), DIMENSIONS_DEFAULT)))) }))
    .sort((a, b) => b.relevance_score - a.relevance_score)
    .slice(0, top ?? documents.length);
  const input = documents.reduce<number>((sum, document) => sum + wordsIn(documentTextOf(document)), wordsIn(query));
  return answerOf(rerankReply({ ask, results, model: ask.model, usage: { ...NO_USAGE, input: Math.max(1, input) } }));
}

function answerOf(reply: Reply | string): AttemptAnswer {
  if (typeof reply === "string") throw new Error(`the sandbox answered wrongly: ${reply}`);
  return { kind: "reply", status: 200, reply, bytes: Buffer.byteLength(JSON.stringify(reply.body)) };
}
