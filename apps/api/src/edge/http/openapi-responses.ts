/** The Responses and legacy completions doors in the OpenAPI document. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import * as z from "zod";
import { CompletionsRequest } from "@switchyard/shared/wire/openai-completions";
import { ResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { body, byKey, errors, json } from "./openapi-parts.ts";

const ResponseObject = z
  .looseObject({
    id: z.string(),
    object: z.literal("response"),
    created_at: z.int(),
    status: z.enum(["completed", "incomplete", "failed", "cancelled", "queued", "in_progress"]),
    background: z.boolean().optional(),
    model: z.string(),
    output: z.array(z.looseObject({ type: z.string() })),
    store: z.boolean().describe("Whether it was kept and can be gone on from"),
    usage: z.looseObject({ input_tokens: z.int(), output_tokens: z.int(), total_tokens: z.int(), cost: z.string().describe("Dollars, exact") }).optional(),
  })
  .meta({ id: "Response" });
const responseId = z.object({ id: z.string().describe("The id of the response, gen_…") });

const Completion = z
  .looseObject({
    id: z.string(),
    object: z.literal("text_completion"),
    created: z.int(),
    model: z.string(),
    choices: z.array(z.looseObject({ text: z.string(), index: z.int(), finish_reason: z.string() })),
    usage: z.looseObject({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int(), cost: z.string().describe("Dollars, exact") }),
  })
  .meta({ id: "Completion" });

export const responsesPaths: ZodOpenApiPathsObject = {
  "/v1/completions": {
    post: {
      operationId: "createCompletion",
      summary: "Complete a text; models without the capability `completions` are asked by a chat",
      security: byKey,
      requestBody: body(CompletionsRequest),
      responses: {
        "200": {
          description: "The completion, or server-sent events when `stream` is true",
          content: { "application/json": { schema: Completion }, "text/event-stream": { schema: z.string() } },
        },
        ...errors(400, 401, 402, 403, 404, 413, 415, 429, 501, 502, 503, 504),
      },
    },
  },
  "/v1/responses": {
    post: {
      operationId: "createResponse",
      summary: "Create a response, streamed or whole; passed on to providers that speak Responses, told anew by a chat elsewhere",
      security: byKey,
      requestBody: body(ResponsesRequest),
      responses: {
        "200": {
          description: "The response, or its events when `stream` is true",
          headers: z.object({
            "x-switchyard-dropped": z.string().optional().describe("Places in the request that the answering provider's wire could not carry"),
          }),
          content: { "application/json": { schema: ResponseObject }, "text/event-stream": { schema: z.string() } },
        },
        ...errors(400, 401, 402, 403, 404, 413, 415, 426, 429, 501, 502, 503, 504),
      },
    },
  },
  "/v1/responses/{id}": {
    get: {
      operationId: "getResponse",
      summary: "A kept response, or the events of one that was made with `background` and `stream`",
      security: byKey,
      requestParams: {
        path: responseId,
        query: z.object({
          stream: z.enum(["true", "false"]).optional(),
          starting_after: z.int().min(0).optional().describe("The number of the last event that is known already"),
        }),
      },
      responses: {
        "200": {
          description: "The response, or its events when `stream` is true",
          content: { "application/json": { schema: ResponseObject }, "text/event-stream": { schema: z.string() } },
        },
        ...errors(400, 401, 403, 404, 501),
      },
    },
    delete: {
      operationId: "deleteResponse",
      summary: "Forget a kept response",
      security: byKey,
      requestParams: { path: responseId },
      responses: {
        "200": json(z.object({ id: z.string(), object: z.literal("response"), deleted: z.literal(true) }), "Forgotten"),
        ...errors(401, 403, 404),
      },
    },
  },
  "/v1/responses/{id}/cancel": {
    post: {
      operationId: "cancelResponse",
      summary: "Call off a response that runs in the background or is being streamed, on whichever program",
      security: byKey,
      requestParams: { path: responseId },
      responses: { "200": json(ResponseObject, "The response as far as it came"), ...errors(400, 401, 403, 404) },
    },
  },
  "/v1/responses/{id}/input_items": {
    get: {
      operationId: "listInputItems",
      summary: "The items of a kept response's own input",
      security: byKey,
      requestParams: {
        path: responseId,
        query: z.object({ limit: z.int().min(1).max(100).optional(), order: z.enum(["asc", "desc"]).optional(), after: z.string().optional() }),
      },
      responses: {
        "200": json(
          z.object({
            object: z.literal("list"),
            data: z.array(z.looseObject({ id: z.string(), type: z.string() })),
            first_id: z.string().nullable(),
            last_id: z.string().nullable(),
            has_more: z.boolean(),
          }),
          "A page of items",
        ),
        ...errors(400, 401, 403, 404),
      },
    },
  },
};
