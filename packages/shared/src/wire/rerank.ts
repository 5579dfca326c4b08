/** The wire of reranking that Cohere, Jina, vLLM and others share. */
import * as z from "zod";
import type { Failure } from "../kernel/failure.ts";
import type { Result } from "../kernel/result.ts";
import { parseBody, tooMany } from "./caller-body.ts";

const DOCUMENTS_MAX = 10_000;

/** `POST /v1/rerank`. Fields that are not named here are kept and reach the provider. */
export const RerankRequest = z.looseObject({
  model: z.string().min(1).max(256),
  query: z.string().min(1),
  documents: z
    .array(z.union([z.string(), z.looseObject({ text: z.string() })]))
    .min(1)
    .max(DOCUMENTS_MAX),
  top_n: z.int().min(1).max(DOCUMENTS_MAX).optional(),
  return_documents: z.boolean().optional(),
  max_tokens_per_doc: z.int().min(1).optional(),
});
export type RerankRequest = z.infer<typeof RerankRequest>;

/** @returns the request, or `invalid_request` with `param` and a text that may reach the caller. */
export const parseRerankRequest = (value: unknown): Result<RerankRequest> => parseBody(RerankRequest, value, tooManyDocuments);

const tooManyDocuments = ({ documents }: Record<string, unknown>): Failure | undefined =>
  Array.isArray(documents) && documents.length > DOCUMENTS_MAX ? tooMany("documents", `more than ${DOCUMENTS_MAX} documents`) : undefined;

export const documentTextOf = (document: RerankRequest["documents"][number]): string => (typeof document === "string" ? document : document.text);
