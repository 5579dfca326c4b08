/** What the descriptions of operators' work have in common. */
import * as z from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from "zod-openapi";
import { body, byOperator, errors, json } from "./openapi-parts.ts";

export const inPath = (name: string, description: string) => ({ name, in: "path" as const, required: true, description, schema: { type: "string" as const } });
export const ifMatch = {
  name: "If-Match",
  in: "header" as const,
  required: false,
  description: "The revision that was seen; 409 when it is another now",
  schema: { type: "string" as const },
};
export const cascade = {
  name: "cascade",
  in: "query" as const,
  required: false,
  description: "`true`: what names it goes with it, aliases whole, groups by their targets",
  schema: { type: "string" as const, enum: ["true", "false"] },
};
export const done = json(z.object({ ok: z.literal(true) }), "Done");

interface Operated {
  /** In the path, the query and the header. */
  readonly parameters?: NonNullable<ZodOpenApiOperationObject["parameters"]>;
  /** The same in schemas. */
  readonly requestParams?: NonNullable<ZodOpenApiOperationObject["requestParams"]>;
  /** Its body. */
  readonly takes?: z.ZodType;
  /** Its answer, with status 200. */
  readonly gives: ZodOpenApiResponseObject;
  /** Its answer where something was made, with status 201. */
  readonly makes?: ZodOpenApiResponseObject;
  /** The statuses of its refusals, beside those for who is no operator. */
  readonly refuses?: readonly number[];
}

/** An operation that operators' keys alone may ask for. */
export const operated = (
  operationId: string,
  summary: string,
  { parameters, requestParams, takes, gives, makes, refuses = [] }: Operated,
): ZodOpenApiOperationObject => ({
  operationId,
  summary,
  security: byOperator,
  ...(parameters === undefined ? {} : { parameters }),
  ...(requestParams === undefined ? {} : { requestParams }),
  ...(takes === undefined ? {} : { requestBody: body(takes) }),
  responses: { "200": gives, ...(makes === undefined ? {} : { "201": makes }), ...errors(401, 403, ...refuses) },
});
