/** What every part of the OpenAPI document is made of: answers, refusals, credentials. */
import type { ZodOpenApiResponseObject } from "zod-openapi";
import * as z from "zod";
import { CACHE_HEADER } from "../../gateway/cached-answer.ts";

const ErrorEnvelope = z
  .object({
    error: z.object({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string() }),
  })
  .meta({ id: "Error" });

export const json = (schema: z.ZodType, description: string): ZodOpenApiResponseObject => ({ description, content: { "application/json": { schema } } });
/** A body of JSON that must be there. */
export const body = (schema: z.ZodType) => ({ required: true, content: { "application/json": { schema } } });
export const errors = (...statuses: number[]): Record<string, ZodOpenApiResponseObject> =>
  Object.fromEntries(statuses.map((status) => [String(status), json(ErrorEnvelope, "Refused")]));
export const byKey = [{ apiKey: [] }];
export const byOperator = [{ operatorKey: [] }];

/** The refusals that every inference door may answer with. */
export const inferenceErrors = errors(400, 401, 402, 403, 404, 413, 415, 429, 501, 502, 503, 504);

/** Every door whose calls cost something takes these headers: the flow behind all of them reads them. */
const CALL_HEADERS = [
  {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description: "A repeated request with the same key is carried out and charged at most once; 24 hours",
    schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[\\x21-\\x7e]+$" },
  },
  {
    name: CACHE_HEADER,
    in: "header",
    required: false,
    description: "Whether the answer may be a kept one: `on`, `off`, `refresh`, or `ttl=` and seconds",
    schema: { type: "string", pattern: "^(on|off|refresh|ttl=[0-9]{1,6})$" },
  },
] as const;

interface DescribedPath {
  readonly post?: { readonly parameters?: readonly unknown[]; readonly responses?: Readonly<Record<string, unknown>> };
}

/** Adds the headers to each operation that may be refused for money. */
export function withCallHeaders(paths: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(paths).map(([path, described]) => {
      const { post } = described as DescribedPath;
      if (post?.responses?.["402"] === undefined) return [path, described];
      return [path, { ...described, post: { ...post, parameters: [...(post.parameters ?? []), ...CALL_HEADERS] } }];
    }),
  );
}

interface DescribedOperation {
  readonly security?: readonly unknown[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}

/** Refusals that every operation has in common: of a body that cannot be read, and whatever else the one table of failures holds. */
export function withRefusals(paths: Readonly<Record<string, object>>): Record<string, object> {
  const ofPath = (path: string, described: object): object =>
    Object.fromEntries(Object.entries(described).map(([method, operation]) => [method, withCommon(path, operation as DescribedOperation)]));
  return Object.fromEntries(Object.entries(paths).map(([path, described]) => [path, ofPath(path, described)]));
}

function withCommon(path: string, operation: DescribedOperation): object {
  const refusal = { description: "Refused", content: { "application/json": { schema: { $ref: `#/components/schemas/${envelopeOf(path)}` } } } };
  const common = operation.requestBody === undefined ? [] : ["400", "413", "415"];
  const missing = [...common, "default"].filter((status) => operation.responses[status] === undefined);
  return {
    ...operation,
    security: operation.security ?? [],
    responses: { ...operation.responses, ...Object.fromEntries(missing.map((status) => [status, refusal])) },
  };
}

/** Each door refuses in the envelope that its clients read. */
const envelopeOf = (path: string): string => (path.startsWith("/v1beta/") ? "GoogleError" : path.startsWith("/v1/messages") ? "MessagesError" : "Error");
