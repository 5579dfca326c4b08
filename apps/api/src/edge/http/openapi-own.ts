/** The doors of first-party clients in the OpenAPI document. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import * as z from "zod";
import { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { CancelRequest } from "@switchyard/shared/wire/own-calls";
import { ChatCompletion } from "./openapi-answers.ts";
import { body, byKey, errors, inferenceErrors, json } from "./openapi-parts.ts";

const Status = z
  .looseObject({
    requestId: z.string(),
    status: z.enum(["uploading", "active", "finished"]),
    upload: z.object({ receivedBytes: z.int(), totalBytes: z.int().nullable() }).optional(),
    generationId: z.string().optional(),
    model: z.string().optional(),
    provider: z.string().nullable().optional(),
    outcome: z.string().optional(),
  })
  .meta({ id: "CallStatus" });

export const ownPaths: ZodOpenApiPathsObject = {
  "/api/llm/chat/completions": {
    post: {
      operationId: "createOwnChatCompletion",
      summary: "As /v1/chat/completions; `task_type` is accepted and stays here",
      security: byKey,
      requestBody: body(ChatRequest),
      responses: {
        "200": {
          description: "The completion, or server-sent events when `stream` is true",
          content: { "application/json": { schema: ChatCompletion }, "text/event-stream": { schema: z.string() } },
        },
        ...inferenceErrors,
      },
    },
  },
  "/api/llm/cancel": {
    post: {
      operationId: "cancelCall",
      summary: "Ends a running call of this key; what it has produced is charged",
      security: byKey,
      requestBody: body(CancelRequest),
      responses: {
        "200": json(z.object({ success: z.literal(true), message: z.string() }), "Cancelled"),
        "202": json(z.object({ success: z.literal(true), message: z.string() }), "Another program of this installation was told to"),
        ...errors(400, 401, 403, 404, 413, 415),
      },
    },
  },
  "/api/llm/status/{id}": {
    get: {
      operationId: "getCallStatus",
      summary: "A call of this key by its generation id, its x-request-id or the x-client-request-id it was sent with; uploads with their progress",
      security: byKey,
      requestParams: { path: z.object({ id: z.string() }) },
      responses: { "200": json(Status, "The call"), ...errors(401, 403, 404) },
    },
  },
};
