/** Embeddings of the OpenAI family: vectors in the order of their inputs and in the format that was asked for. */
import { NO_USAGE, tokenCount, type Usage } from "@switchyard/shared/domain/usage";
import { inputsOf, type EmbeddingsRequest } from "@switchyard/shared/wire/openai-embeddings";
import type { Ask, Reply, Wire } from "../provider.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { jsonWire } from "./json-wire.ts";
import { dimensionsOf, vectorAs, type Vector } from "./vectors.ts";

export const embeddingsWire: Wire<"embeddings"> = jsonWire("/embeddings", readEmbeddings);

const requestOf = (ask: Ask<"embeddings">): EmbeddingsRequest => ask.request as EmbeddingsRequest;

function readEmbeddings(answer: Fields, ask: Ask<"embeddings">): Reply | string {
  const vectors: unknown[] = [];
  for (const [position, item] of listOf(answer["data"]).entries()) {
    const fields = fieldsOf(item);
    const index = typeof fields?.["index"] === "number" ? fields["index"] : position;
    vectors[index] = fields?.["embedding"];
  }
  return embeddingsReply({ ask, vectors, model: textOf(answer["model"]) ?? ask.model, usage: usageOf(answer["usage"]) });
}

export interface Embedded {
  readonly ask: Ask<"embeddings">;
  /** As the provider wrote them, in the order of the inputs. */
  readonly vectors: readonly unknown[];
  readonly model: string;
  readonly usage: Usage | undefined;
}

/** OpenAI's answer made of vectors, wherever they come from. @returns a word for the operator when they do not fit the request. */
export function embeddingsReply({ ask, vectors, model, usage }: Embedded): Reply | string {
  const request = requestOf(ask);
  const wanted = inputsOf(request).length;
  if (vectors.length !== wanted) return `${vectors.length} vectors came for ${wanted} inputs`;
  const format = request.encoding_format ?? "float";
  const data: { object: "embedding"; index: number; embedding: Vector }[] = [];
  let outputBytes = 0;
  for (let index = 0; index < wanted; index++) {
    const embedding = vectorAs(format, vectors[index]);
    if (embedding === undefined) return "a vector is missing or is none";
    outputBytes += dimensionsOf(embedding) * 4;
    data.push({ object: "embedding", index, embedding });
  }
  const tokens = usage?.input ?? 0;
  const body = { object: "list", data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
  return { body, usage, outputBytes, finishReason: "stop" };
}

/** Some report only the total. */
function usageOf(report: unknown): Usage | undefined {
  const fields = fieldsOf(report);
  const input = tokenCount(fields?.["prompt_tokens"]) ?? tokenCount(fields?.["total_tokens"]);
  return input === undefined || input === 0 ? undefined : { ...NO_USAGE, input };
}
