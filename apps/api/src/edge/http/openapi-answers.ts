/** What chats, models, calls and configurations look like in answers, for the OpenAPI document. */
import * as z from "zod";
import { CALL_OUTCOMES, ROUTE_MEANINGS, SURFACES } from "@switchyard/shared/domain/call";
import { CAPABILITIES, PROVIDER_KINDS } from "@switchyard/shared/domain/catalog";

const dollars = z
  .string()
  .regex(/^-?\d+\.\d{2,9}$/)
  .describe("Dollars as decimal text, exact");

const Usage = z.looseObject({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int(), cost: dollars }).meta({ id: "Usage" });

export const ChatCompletion = z
  .looseObject({
    id: z.string().describe("The generation id, gen_…"),
    object: z.literal("chat.completion"),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.looseObject({
        index: z.int(),
        message: z.looseObject({
          role: z.literal("assistant"),
          content: z.string().nullable(),
          reasoning_content: z.string().optional(),
          tool_calls: z.array(z.looseObject({ id: z.string(), type: z.string() })).optional(),
        }),
        finish_reason: z.string(),
      }),
    ),
    service_tier: z.string().nullable().optional().describe("In which the provider says that it served; the charge is by it"),
    usage: Usage,
  })
  .meta({ id: "ChatCompletion" });

const pricing = z.looseObject({
  input_cost_per_1k: z.number(),
  output_cost_per_1k: z.number(),
  currency: z.literal("USD"),
  input_per_million: dollars,
  cached_input_per_million: dollars,
  cache_write_per_million: dollars,
  output_per_million: dollars,
  reasoning_per_million: dollars,
  per_call: dollars,
  tiers: z.array(z.looseObject({ above_prompt_tokens: z.int(), input_per_million: dollars, output_per_million: dollars })).optional(),
  service_tiers: z.record(z.string(), z.looseObject({ input_per_million: dollars, output_per_million: dollars })).optional(),
});

export const Model = z
  .looseObject({
    id: z.string(),
    object: z.literal("model"),
    created: z.int(),
    owned_by: z.string(),
    context_window: z.int().nullable(),
    max_output: z.int().nullable(),
    supports_streaming: z.boolean(),
    capabilities: z.array(z.enum(CAPABILITIES)),
    pricing: pricing.nullable().describe("Of a group the dearest of its targets: what a call is held for"),
  })
  .meta({ id: "Model" });

const attempt = z.looseObject({
  provider: z.string(),
  model: z.string(),
  outcome: z.enum(["ok", "failed", "aborted"]),
  failure: z.string().optional(),
  status: z.int().optional(),
  startMs: z.number(),
  firstTokenMs: z.number().optional(),
  totalMs: z.number(),
  bytes: z.int(),
  serviceTier: z.string().optional().describe("The service tier that the answer named, where it was not the ordinary one"),
});
const entry = z.object({ id: z.string(), at: z.string(), kind: z.string(), amount: dollars, amount_nano_usd: z.string() });

export const Generation = z
  .looseObject({
    id: z.string(),
    object: z.literal("generation"),
    created: z.int(),
    model: z.string(),
    model_asked: z.string(),
    group: z.string().nullable(),
    provider: z.string().nullable(),
    api_key_id: z.string().nullable().describe("The key, masked"),
    surface: z.enum(SURFACES),
    stream: z.boolean(),
    outcome: z.enum(CALL_OUTCOMES),
    status: z.int(),
    finish_reason: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string().nullable() }).nullable(),
    tokens: z.looseObject({
      prompt_tokens: z.int(),
      completion_tokens: z.int(),
      total_tokens: z.int(),
      cached_tokens: z.int(),
      cache_write_tokens: z.int(),
      reasoning_tokens: z.int(),
      parts: z.record(z.string(), z.number()),
      basis: z.enum(["usage", "estimate", "recovered", "late", "none"]),
      suspect: z.boolean(),
    }),
    cost: z.looseObject({
      total_cost: z.number(),
      total: dollars,
      true_cost: dollars,
      reported_by_provider: dollars.nullable(),
      nano_usd: z.string(),
      currency: z.literal("USD"),
    }),
    latency_ms: z.number(),
    first_token_ms: z.number().nullable(),
    queue_ms: z.number(),
    overhead_ms: z.number(),
    attempts: z.array(attempt),
    route: z
      .looseObject({ by: z.enum(ROUTE_MEANINGS), of: z.enum(["workspace", "platform"]), order: z.array(z.string()) })
      .nullable()
      .describe("What the model's name meant, and which targets were considered in which order"),
    price: z.looseObject({ id: z.string(), effective_at: z.string(), source: z.string(), input_per_million: dollars }).nullable(),
    hold: z
      .object({ amount: dollars, state: z.string(), charged: dollars, released: dollars, created_at: z.string(), resolved_at: z.string().nullable() })
      .nullable(),
    entries: z.array(entry),
  })
  .meta({ id: "Generation" });

const named = z.looseObject({ name: z.string() });
/** Only what is certain of every export; the whole shape is that of the request which applies it. */
export const ExportedConfig = z
  .looseObject({
    providers: z.array(z.looseObject({ name: z.string(), kind: z.enum(PROVIDER_KINDS), models: z.array(z.looseObject({ id: z.string() })).optional() })),
    groups: z.array(named),
    workspaces: z.array(named),
    operatorKeys: z.array(named),
  })
  .meta({ id: "ExportedConfig" });
