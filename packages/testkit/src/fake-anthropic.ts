/** A fake provider that speaks Anthropic's Messages, token counting and model list. */
import {
  countsOf,
  cutEvery,
  piecesOf,
  modelOf,
  positiveInteger,
  wordsOf,
  type Dialect,
  type Frame,
  type MadeScript,
  type StatusScript,
} from "./fake-dialect.ts";
import { startFake, type FakeOptions, type FakeProvider } from "./fake-provider.ts";
import { at, type SeenCall } from "./fake-tally.ts";

/** Starts the fake on loopback; `fake.url` has no `/v1`, as Anthropic's clients add it themselves. */
export const startFakeAnthropic = (options: FakeOptions = {}): Promise<FakeProvider> =>
  startFake(anthropicDialect(options.models ?? ["claude-sonnet-4-5"]), options, "");

const event = (role: Frame["role"], value: { readonly type: string } & Readonly<Record<string, unknown>>): Frame => ({
  role,
  event: value.type,
  data: JSON.stringify(value),
});

const idOf = (call: SeenCall): string => `msg_fake${String(call.index).padStart(6, "0")}`;
const toolId = (call: SeenCall, position: number): string => `toolu_fake${call.index}x${position}`;

interface Plan {
  readonly texts: readonly string[];
  readonly stop: string;
  /** `undefined` when the script leaves usage out. */
  readonly startUsage: unknown;
  readonly endUsage: unknown;
}

function planOf(call: SeenCall, script: MadeScript): Plan {
  const pieces = piecesOf(script, positiveInteger(at(call.body, "max_tokens")));
  const toolTokens = script.kind === "tools" ? script.calls.reduce((sum, one) => sum + wordsOf(`${one.name} ${one.arguments}`).length, 0) : 0;
  const counts = countsOf(script, pieces.tokens + toolTokens);
  const natural = pieces.cut ? "max_tokens" : script.kind === "tools" ? "tool_use" : "end_turn";
  const silent = script.omit?.includes("usage") ?? false;
  const input = { input_tokens: counts.input - counts.cached, cache_creation_input_tokens: 0, cache_read_input_tokens: counts.cached };
  const tier = script.serviceTier === undefined ? {} : { service_tier: script.serviceTier };
  const truth = { ...input, output_tokens: counts.output, ...tier };
  return {
    texts: pieces.texts,
    stop: script.finishReason ?? natural,
    startUsage: silent ? undefined : { ...input, output_tokens: 1, ...tier },
    endUsage: silent ? undefined : script.usage === undefined ? truth : script.usage,
  };
}

function* block(index: number, opening: unknown, deltas: readonly unknown[]): Iterable<Frame> {
  yield event("other", { type: "content_block_start", index, content_block: opening });
  for (const delta of deltas) yield event("content", { type: "content_block_delta", index, delta });
  yield event("other", { type: "content_block_stop", index });
}

function* frames(call: SeenCall, script: MadeScript): Iterable<Frame> {
  const plan = planOf(call, script);
  yield event("start", {
    type: "message_start",
    message: {
      id: idOf(call),
      type: "message",
      role: "assistant",
      model: modelOf(call),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: plan.startUsage,
    },
  });
  yield event("other", { type: "ping" });
  let index = 0;
  if (script.reasoning !== undefined) {
    const thinking = wordsOf(script.reasoning).map((piece) => ({ type: "thinking_delta", thinking: piece }));
    yield* block(index++, { type: "thinking", thinking: "", signature: "" }, [...thinking, { type: "signature_delta", signature: "c2lnbmF0dXJl" }]);
  }
  if (plan.texts.length > 0)
    yield* block(
      index++,
      { type: "text", text: "" },
      plan.texts.map((text) => ({ type: "text_delta", text })),
    );
  for (const [position, tool] of script.kind === "tools" ? script.calls.entries() : []) {
    const pieces = cutEvery(tool.arguments, script.kind === "tools" ? (script.argumentPiece ?? 8) : 8);
    yield* block(
      index++,
      { type: "tool_use", id: tool.id ?? toolId(call, position), name: tool.name, input: {} },
      pieces.map((piece) => ({ type: "input_json_delta", partial_json: piece })),
    );
  }
  yield event("finish", { type: "message_delta", delta: { stop_reason: plan.stop, stop_sequence: null }, usage: plan.endUsage });
  yield event("done", { type: "message_stop" });
}

/** Whole answers carry arguments as a value; what is no JSON cannot be said this way. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`the script's tool arguments are not JSON, which only a stream can carry: ${text}`, { cause });
  }
}

function body(call: SeenCall, script: MadeScript): unknown {
  const plan = planOf(call, script);
  const tools = script.kind === "tools" ? script.calls : [];
  return {
    id: idOf(call),
    type: "message",
    role: "assistant",
    model: modelOf(call),
    content: [
      ...(script.reasoning === undefined ? [] : [{ type: "thinking", thinking: script.reasoning, signature: "c2lnbmF0dXJl" }]),
      ...(plan.texts.length > 0 ? [{ type: "text", text: plan.texts.join("") }] : []),
      ...tools.map((tool, position) => ({ type: "tool_use", id: tool.id ?? toolId(call, position), name: tool.name, input: inputOf(tool.arguments) })),
    ],
    stop_reason: script.omit?.includes("finish") ? null : plan.stop,
    stop_sequence: null,
    usage: plan.endUsage,
  };
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

const errorOf = (script: Pick<StatusScript, "status" | "message" | "type">): unknown => ({
  type: script.type ?? ERROR_TYPES[script.status] ?? "api_error",
  message: script.message ?? `The fake provider answers ${script.status}.`,
});

export function anthropicDialect(models: readonly string[]): Dialect {
  return {
    frames,
    body,
    contentFrame: (text) => event("content", { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
    errorFrame: (error) => event("other", { type: "error", error: error ?? { type: "overloaded_error", message: "Overloaded" } }),
    errorBody: (script) => ({ type: "error", error: errorOf(script), request_id: "req_fake" }),
    recorded: (line) => {
      const type = String(at(JSON.parse(line), "type"));
      const role =
        type === "content_block_delta"
          ? "content"
          : type === "message_start"
            ? "start"
            : type === "message_delta"
              ? "finish"
              : type === "message_stop"
                ? "done"
                : "other";
      return { role, event: type, data: line };
    },
    recordingEnd: [],
    beside: (call) => {
      if (call.method === "GET" && call.path.endsWith("/models")) {
        return {
          data: models.map((id) => ({ type: "model", id, display_name: id, created_at: "2026-01-01T00:00:00Z" })),
          has_more: false,
          first_id: models[0] ?? null,
          last_id: models.at(-1) ?? null,
        };
      }
      return call.path.endsWith("/messages/count_tokens") ? { input_tokens: wordsOf(JSON.stringify(at(call.body, "messages") ?? "")).length } : undefined;
    },
    told: (value) => {
      const usage = at(value, "usage") ?? at(at(value, "message"), "usage");
      return {
        input: at(usage, "input_tokens"),
        output: at(usage, "output_tokens"),
        cacheRead: at(usage, "cache_read_input_tokens"),
        cacheWrite: at(usage, "cache_creation_input_tokens"),
        reasoning: undefined,
      };
    },
  };
}
