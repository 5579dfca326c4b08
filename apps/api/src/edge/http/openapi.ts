/** `GET /openapi.json`: the REST surface described from the same schemas that parse it. */
import { createDocument, type ZodOpenApiResponseObject } from "zod-openapi";
import * as z from "zod";
import { googlePaths } from "./openapi-google.ts";
import { ConfigFile } from "../../catalog/config-file.ts";
import { CountRequest, MessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { ChatCompletion, ExportedConfig, Generation, Model } from "./openapi-answers.ts";
import { catalogPaths } from "./openapi-catalog.ts";
import { mediaPaths } from "./openapi-media.ts";
import { ownPaths } from "./openapi-own.ts";
import { routeAsk } from "../dry-run.ts";
import { operated } from "./openapi-edit-parts.ts";
import { body, byKey, errors, inferenceErrors, json, withCallHeaders, withRefusals } from "./openapi-parts.ts";
import { conversationsPaths } from "./openapi-conversations.ts";
import { providerPaths } from "./openapi-providers.ts";
import { responsesPaths } from "./openapi-responses.ts";
import { routingPaths } from "./openapi-routing.ts";

const nanoText = z
  .string()
  .regex(/^-?\d+$/)
  .describe("Nano-dollars (1 USD = 1,000,000,000) as decimal text");
const MessagesErrorEnvelope = z
  .object({
    type: z.literal("error"),
    error: z.object({ type: z.string(), message: z.string(), details: z.looseObject({ error_code: z.string() }) }),
    request_id: z.string().nullable(),
  })
  .meta({ id: "MessagesError" });
const Message = z
  .looseObject({
    id: z.string(),
    type: z.literal("message"),
    role: z.literal("assistant"),
    model: z.string(),
    content: z.array(z.looseObject({ type: z.string() })),
    stop_reason: z.string().nullable(),
    stop_sequence: z.string().nullable(),
    usage: z.looseObject({ input_tokens: z.int(), output_tokens: z.int(), cost: z.string().describe("Dollars, exact") }),
  })
  .meta({ id: "Message" });
const Wallet = z
  .object({ workspaceId: z.string(), workspace: z.string(), posted: nanoText, held: nanoText, available: nanoText, frozen: z.boolean() })
  .meta({ id: "Wallet" });
const Entry = z
  .object({
    id: z.string(),
    at: z.string(),
    kind: z.string(),
    amount: nanoText.describe("Signed: negative takes from the wallet"),
    counterAccount: z.string(),
    callId: z.string().nullable(),
    actor: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: "Entry" });

const messagesErrors = (...statuses: number[]): Record<string, ZodOpenApiResponseObject> =>
  Object.fromEntries(statuses.map((status) => [String(status), json(MessagesErrorEnvelope, "Refused")]));

/** @param publicUrl where clients reach this installation, when it is known */
export function openApiDocument(version: string, publicUrl: string | undefined): Record<string, unknown> {
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: "Switchyard",
      version,
      description: "A self-hosted LLM gateway. The OpenAI surface works with any OpenAI SDK.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    ...(publicUrl ? { servers: [{ url: publicUrl }] } : {}),
    components: {
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "An API key, sy-…; `x-api-key` and `api-key` are accepted too" },
        operatorKey: { type: "http", scheme: "bearer", description: "An API key that carries the operator scope" },
      },
    },
    paths: {
      ...googlePaths,
      "/v1/chat/completions": {
        post: {
          operationId: "createChatCompletion",
          summary: "Complete a chat, streamed or whole",
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
      "/v1/messages": {
        post: {
          operationId: "createMessage",
          summary: "Anthropic's Messages, streamed or whole, answered by any target",
          security: byKey,
          requestBody: body(MessagesRequest),
          responses: {
            "200": {
              description: "The message, or server-sent events when `stream` is true",
              content: { "application/json": { schema: Message }, "text/event-stream": { schema: z.string() } },
            },
            ...messagesErrors(400, 401, 402, 403, 404, 413, 415, 429, 501, 502, 504, 529),
          },
        },
      },
      "/v1/messages/count_tokens": {
        post: {
          operationId: "countMessageTokens",
          summary: "How long a prompt is: told by an Anthropic target, else estimated from its size; costs nothing and counts for no limit",
          security: byKey,
          requestBody: body(CountRequest),
          responses: { "200": json(z.object({ input_tokens: z.int() }), "The estimate"), ...messagesErrors(400, 401, 403, 404, 413, 415) },
        },
      },
      ...mediaPaths,
      ...ownPaths,
      ...responsesPaths,
      ...conversationsPaths,
      "/v1/models": {
        get: {
          operationId: "listModels",
          summary: "What this key may use, groups first; in Anthropic's shape when `anthropic-version` is sent",
          security: byKey,
          responses: { "200": json(z.object({ object: z.literal("list"), data: z.array(Model) }), "The models"), ...errors(401, 403) },
        },
      },
      "/v1/models/{model}": {
        get: {
          operationId: "getModel",
          summary: "One model or group; the name may contain a slash",
          security: byKey,
          requestParams: { path: z.object({ model: z.string() }) },
          responses: { "200": json(Model, "The model"), ...errors(401, 403, 404) },
        },
      },
      "/v1/generation": {
        get: {
          operationId: "getGeneration",
          summary: "One call explained whole: attempts, times, tokens, price, hold and entries",
          security: byKey,
          requestParams: { query: z.object({ id: z.string().describe("The id of the answer, gen_…") }) },
          responses: { "200": json(Generation, "The call"), ...errors(400, 401, 403, 404) },
        },
      },
      "/health": {
        get: {
          operationId: "health",
          summary: "The program lives",
          responses: { "200": json(z.object({ status: z.literal("ok"), version: z.string() }), "Alive") },
        },
      },
      "/ready": {
        get: {
          operationId: "ready",
          summary: "The program may take traffic",
          responses: {
            "200": json(z.object({ status: z.literal("ready") }), "Ready"),
            "503": json(z.looseObject({ reasons: z.array(z.string()) }), "Not ready"),
          },
        },
      },
      "/metrics": {
        get: operated("metrics", "Figures for Prometheus", { gives: { description: "Prometheus text", content: { "text/plain": { schema: z.string() } } } }),
      },
      "/openapi.json": { get: { operationId: "openapi", summary: "This document", responses: { "200": json(z.looseObject({}), "OpenAPI 3.1") } } },
      "/api/admin/wallets": {
        get: operated("listWallets", "Every workspace's wallet", { gives: json(z.object({ wallets: z.array(Wallet) }), "The wallets") }),
      },
      "/api/admin/wallets/{workspaceId}/entries": {
        get: operated("listEntries", "The entries of one wallet, newest first", {
          requestParams: {
            path: z.object({ workspaceId: z.string() }),
            query: z.object({ cursor: z.string().optional(), limit: z.int().min(1).max(200).optional() }),
          },
          gives: json(z.object({ entries: z.array(Entry), nextCursor: z.string().nullable() }), "A page of entries"),
          refuses: [400, 404],
        }),
      },
      "/api/admin/invariants": {
        get: operated("checkInvariants", "Runs the ledger and isolation checks", {
          gives: json(z.object({ ok: z.boolean(), violations: z.array(z.object({ invariant: z.string(), detail: z.string() })) }), "What was found"),
        }),
      },
      "/api/admin/password": {
        post: operated("setPassword", "Sets a person's password and ends their sessions", {
          takes: z.object({ email: z.string(), password: z.string().min(12) }),
          gives: json(z.object({ ok: z.literal(true) }), "Set"),
          refuses: [400, 404],
        }),
      },
      ...catalogPaths,
      ...routingPaths,
      ...providerPaths,
      "/api/admin/route": {
        post: operated("explainRoute", "How a request would be routed now or later, without sending it", {
          takes: routeAsk,
          gives: json(z.looseObject({ model: z.string(), at: z.string(), targets: z.array(z.looseObject({ target: z.string() })) }), "The plan"),
          refuses: [400, 404],
        }),
      },
      "/api/admin/config": {
        get: operated("exportConfig", "The present configuration; secrets stand as env:NAME", {
          gives: json(ExportedConfig, "The configuration, in the shape that `applyConfig` takes"),
        }),
        post: operated("applyConfig", "Applies a configuration: idempotent, all or nothing", {
          takes: ConfigFile,
          gives: json(z.object({ changes: z.array(z.string()) }), "What was changed"),
          refuses: [400, 413, 415],
        }),
      },
    },
  });
  return { ...document, paths: withRefusals(withCallHeaders(document.paths ?? {})) };
}
