/** The conversations in the OpenAPI document. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import * as z from "zod";
import { ConversationAddition, ConversationChange, ConversationRequest } from "@switchyard/shared/wire/openai-conversations";
import { body, byKey, errors, json } from "./openapi-parts.ts";

const Conversation = z
  .object({ id: z.string(), object: z.literal("conversation"), created_at: z.int(), metadata: z.record(z.string(), z.string()) })
  .meta({ id: "Conversation" });
const Item = z.looseObject({ id: z.string(), type: z.string() }).meta({ id: "ConversationItem" });
const Items = z
  .object({ object: z.literal("list"), data: z.array(Item), first_id: z.string(), last_id: z.string(), has_more: z.boolean() })
  .meta({ id: "ConversationItems" });

const path = z.object({ id: z.string().describe("The id of the conversation, conv_…") });
const itemPath = path.extend({ item: z.string().describe("The id of the item") });

export const conversationsPaths: ZodOpenApiPathsObject = {
  "/v1/conversations": {
    post: {
      operationId: "createConversation",
      summary: "Begin a conversation that responses can name in `conversation`; it is kept as long after its last use as responses are",
      security: byKey,
      requestBody: body(ConversationRequest),
      responses: { "200": json(Conversation, "The conversation"), ...errors(400, 401, 403, 413, 415, 501) },
    },
  },
  "/v1/conversations/{id}": {
    get: {
      operationId: "getConversation",
      summary: "A conversation",
      security: byKey,
      requestParams: { path },
      responses: { "200": json(Conversation, "The conversation"), ...errors(401, 403, 404) },
    },
    post: {
      operationId: "updateConversation",
      summary: "Replace the metadata of a conversation",
      security: byKey,
      requestParams: { path },
      requestBody: body(ConversationChange),
      responses: { "200": json(Conversation, "The conversation"), ...errors(400, 401, 403, 404, 413, 415) },
    },
    delete: {
      operationId: "deleteConversation",
      summary: "Forget a conversation and its items",
      security: byKey,
      requestParams: { path },
      responses: {
        "200": json(z.object({ id: z.string(), object: z.literal("conversation.deleted"), deleted: z.literal(true) }), "Forgotten"),
        ...errors(401, 403, 404),
      },
    },
  },
  "/v1/conversations/{id}/items": {
    get: {
      operationId: "listConversationItems",
      summary: "The items of a conversation",
      security: byKey,
      requestParams: {
        path,
        query: z.object({ limit: z.int().min(1).max(100).optional(), order: z.enum(["asc", "desc"]).optional(), after: z.string().optional() }),
      },
      responses: { "200": json(Items, "A page of items"), ...errors(400, 401, 403, 404) },
    },
    post: {
      operationId: "createConversationItems",
      summary: "Add up to 20 items at the end of a conversation",
      security: byKey,
      requestParams: { path },
      requestBody: body(ConversationAddition),
      responses: { "200": json(Items, "The items with their ids"), ...errors(400, 401, 403, 404, 413, 415) },
    },
  },
  "/v1/conversations/{id}/items/{item}": {
    get: {
      operationId: "getConversationItem",
      summary: "One item of a conversation",
      security: byKey,
      requestParams: { path: itemPath },
      responses: { "200": json(Item, "The item"), ...errors(401, 403, 404) },
    },
    delete: {
      operationId: "deleteConversationItem",
      summary: "Take one item out of a conversation",
      security: byKey,
      requestParams: { path: itemPath },
      responses: { "200": json(Conversation, "The conversation"), ...errors(401, 403, 404) },
    },
  },
};
