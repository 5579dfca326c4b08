/** Google's door in the OpenAPI document. */
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject } from "zod-openapi";
import * as z from "zod";
import { GenerateRequest } from "@switchyard/shared/wire/google-generate";
import { body } from "./openapi-parts.ts";

const GoogleError = z
  .object({ error: z.object({ code: z.int(), message: z.string(), status: z.string(), details: z.array(z.looseObject({})) }) })
  .meta({ id: "GoogleError" });
const GoogleModel = z
  .looseObject({ name: z.string().describe("models/ and what to ask by"), displayName: z.string(), supportedGenerationMethods: z.array(z.string()) })
  .meta({ id: "GoogleModel" });
const GenerateAnswer = z
  .looseObject({
    candidates: z.array(z.looseObject({})),
    usageMetadata: z.looseObject({ totalTokenCount: z.int() }),
    modelVersion: z.string(),
    responseId: z.string(),
  })
  .meta({ id: "GenerateContentResponse" });

const json = (schema: z.ZodType, description: string): ZodOpenApiResponseObject => ({ description, content: { "application/json": { schema } } });
const errors = (...statuses: number[]): Record<string, ZodOpenApiResponseObject> =>
  Object.fromEntries(statuses.map((status) => [String(status), json(GoogleError, "Refused")]));
const byKey = [{ apiKey: [] }];

export const googlePaths: ZodOpenApiPathsObject = {
  "/v1beta/models": {
    get: {
      operationId: "listGoogleModels",
      summary: "What this key may use, in Google's shape",
      security: byKey,
      responses: { "200": json(z.object({ models: z.array(GoogleModel) }), "The models"), ...errors(401, 403) },
    },
  },
  "/v1beta/models/{asked}": {
    get: {
      operationId: "getGoogleModel",
      summary: "One model or group, in Google's shape",
      security: byKey,
      requestParams: { path: z.object({ asked: z.string().describe("The model's name; it may contain a slash") }) },
      responses: { "200": json(GoogleModel, "The model"), ...errors(401, 403, 404) },
    },
    post: {
      operationId: "generateContent",
      summary: "Generate content as Google's API does, whole or streamed, or count its tokens",
      security: byKey,
      requestParams: {
        path: z.object({ asked: z.string().describe("A model or group, a colon, and generateContent, streamGenerateContent or countTokens") }),
        query: z.object({ alt: z.string().optional().describe("`sse`, which a stream needs") }),
      },
      requestBody: body(GenerateRequest),
      responses: {
        "200": {
          description: "The candidates, server-sent events of them when streamed, or `totalTokens` when counted",
          content: { "application/json": { schema: GenerateAnswer }, "text/event-stream": { schema: z.string() } },
        },
        ...errors(400, 401, 402, 403, 404, 413, 415, 429, 501, 502, 503, 504),
      },
    },
  },
};
