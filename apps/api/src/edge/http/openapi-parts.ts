/** What every part of the OpenAPI document is made of: answers, refusals, credentials. */
import type { ZodOpenApiResponseObject } from "zod-openapi";
import * as z from "zod";

const ErrorEnvelope = z
  .object({
    error: z.object({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string() }),
  })
  .meta({ id: "Error" });

export const json = (schema: z.ZodType, description: string): ZodOpenApiResponseObject => ({ description, content: { "application/json": { schema } } });
export const errors = (...statuses: number[]): Record<string, ZodOpenApiResponseObject> =>
  Object.fromEntries(statuses.map((status) => [String(status), json(ErrorEnvelope, "Refused")]));
export const byKey = [{ apiKey: [] }];
export const byOperator = [{ operatorKey: [] }];

/** The refusals that every inference door may answer with. */
export const inferenceErrors = errors(400, 401, 402, 403, 404, 413, 415, 429, 501, 502, 503, 504);
