/** A fake provider that speaks OpenAI's chat completions, Responses, legacy completions, embeddings and model list. */
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
import { mediaScript } from "./fake-media.ts";
import { isResponses, responsesBody, responsesFrames } from "./fake-responses.ts";
import { startFake, type FakeOptions, type FakeProvider } from "./fake-provider.ts";
import { at, type SeenCall } from "./fake-tally.ts";

const CREATED_SECONDS = 1_790_000_000;
const CHOICES_MAX = 128;

/** Starts the fake on loopback; give `fake.url` (which ends in `/v1`) to clients as the base URL. */
export const startFakeOpenAi = (options: FakeOptions = {}): Promise<FakeProvider> =>
  startFake(openAiDialect(options.models ?? ["gpt-4o-mini"]), options, "/v1");

const json = (role: Frame["role"], value: unknown): Frame => ({ role, data: JSON.stringify(value) });
const done: Frame = { role: "done", data: "[DONE]" };

const choicesOf = (call: SeenCall): number => Math.min(positiveInteger(at(call.body, "n")) ?? 1, CHOICES_MAX);
const capOf = (call: SeenCall): number | undefined => positiveInteger(at(call.body, "max_completion_tokens")) ?? positiveInteger(at(call.body, "max_tokens"));
const isLegacy = (call: SeenCall): boolean => call.path.endsWith("/completions") && !call.path.endsWith("/chat/completions");
const wantsUsage = (call: SeenCall): boolean => at(at(call.body, "stream_options"), "include_usage") === true;
const idOf = (call: SeenCall): string => `chatcmpl-fake${String(call.index).padStart(6, "0")}`;
const toolId = (call: SeenCall, position: number): string => `call_fake${call.index}x${position}`;

interface Plan {
  readonly texts: readonly string[];
  readonly finish: string;
  readonly usage: unknown;
}

/** What both the stream and the whole answer consist of. */
function planOf(call: SeenCall, script: MadeScript): Plan {
  const pieces = piecesOf(script, capOf(call));
  const toolTokens = script.kind === "tools" ? script.calls.reduce((sum, one) => sum + wordsOf(`${one.name} ${one.arguments}`).length, 0) : 0;
  const counts = countsOf(script, pieces.tokens + toolTokens);
  const output = counts.output * choicesOf(call);
  const natural = pieces.cut ? "length" : script.kind === "tools" ? "tool_calls" : "stop";
  const usage = {
    prompt_tokens: counts.input,
    completion_tokens: output,
    total_tokens: counts.input + output,
    prompt_tokens_details: { cached_tokens: counts.cached, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: counts.reasoning * choicesOf(call), audio_tokens: 0 },
  };
  return { texts: pieces.texts, finish: script.finishReason ?? natural, usage: script.usage === undefined ? usage : script.usage };
}

function* frames(call: SeenCall, script: MadeScript): Iterable<Frame> {
  if (isResponses(call)) return yield* responsesFrames(call, script);
  const plan = planOf(call, script);
  const base = {
    id: idOf(call),
    object: isLegacy(call) ? "text_completion" : "chat.completion.chunk",
    created: CREATED_SECONDS,
    model: modelOf(call),
    system_fingerprint: "fp_fake",
    ...(script.serviceTier === undefined ? {} : { service_tier: script.serviceTier }),
  };
  const nothing = wantsUsage(call) ? { usage: null } : {};
  const chunk = (index: number, delta: unknown, finish: string | null = null) => ({
    ...base,
    choices: [{ index, ...(isLegacy(call) ? { text: at(delta, "content") ?? "" } : { delta }), logprobs: null, finish_reason: finish }],
    ...nothing,
  });
  const choices = Array.from({ length: choicesOf(call) }, (_, index) => index);
  if (!isLegacy(call))
    for (const index of choices)
      yield json("start", chunk(index, { role: "assistant", content: script.kind === "tools" && script.text === undefined ? null : "", refusal: null }));
  for (const piece of wordsOf(script.reasoning ?? "")) for (const index of choices) yield json("content", chunk(index, { reasoning_content: piece }));
  for (const content of plan.texts) for (const index of choices) yield json("content", chunk(index, { content }));
  if (script.kind === "tools") {
    for (const index of choices) {
      for (const [position, tool] of script.calls.entries()) {
        yield json(
          "content",
          chunk(index, {
            tool_calls: [{ index: position, id: tool.id ?? toolId(call, position), type: "function", function: { name: tool.name, arguments: "" } }],
          }),
        );
        for (const piece of cutEvery(tool.arguments, script.argumentPiece ?? 8))
          yield json("content", chunk(index, { tool_calls: [{ index: position, function: { arguments: piece } }] }));
      }
    }
  }
  for (const index of choices) yield json("finish", chunk(index, {}, plan.finish));
  if (wantsUsage(call)) yield json("usage", { ...base, choices: [], usage: plan.usage });
  yield done;
}

function body(call: SeenCall, script: MadeScript): unknown {
  if (isResponses(call)) return responsesBody(call, script);
  const plan = planOf(call, script);
  const text = plan.texts.join("");
  const message = {
    role: "assistant",
    content: script.kind === "tools" && script.text === undefined ? null : text,
    refusal: null,
    ...(script.reasoning !== undefined && { reasoning_content: script.reasoning }),
    ...(script.kind === "tools" && {
      tool_calls: script.calls.map((tool, position) => ({
        id: tool.id ?? toolId(call, position),
        type: "function",
        function: { name: tool.name, arguments: tool.arguments },
      })),
    }),
  };
  const finish = script.omit?.includes("finish") ? null : plan.finish;
  return {
    id: idOf(call),
    object: isLegacy(call) ? "text_completion" : "chat.completion",
    created: CREATED_SECONDS,
    model: modelOf(call),
    choices: Array.from({ length: choicesOf(call) }, (_, index) => ({
      index,
      ...(isLegacy(call) ? { text } : { message }),
      logprobs: null,
      finish_reason: finish,
    })),
    ...(!script.omit?.includes("usage") && { usage: plan.usage }),
    system_fingerprint: "fp_fake",
    ...(script.serviceTier === undefined ? {} : { service_tier: script.serviceTier }),
  };
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
};

const errorOf = (script: Pick<StatusScript, "status" | "message" | "code" | "type">): unknown => ({
  message: script.message ?? `The fake provider answers ${script.status}.`,
  type: script.type ?? ERROR_TYPES[script.status] ?? "server_error",
  param: null,
  code: script.code ?? null,
});

export function openAiDialect(models: readonly string[]): Dialect {
  return {
    frames,
    body,
    contentFrame: (content) =>
      json("content", {
        id: "chatcmpl-flood",
        object: "chat.completion.chunk",
        created: CREATED_SECONDS,
        model: "flood",
        choices: [{ index: 0, delta: { content }, finish_reason: null }],
      }),
    errorFrame: (error) => json("other", { error: error ?? errorOf({ status: 500 }) }),
    errorBody: (script) => ({ error: errorOf(script) }),
    recorded: (line) => {
      const value: unknown = JSON.parse(line);
      const type = at(value, "type");
      // The Responses API names its events; chat chunks have no name.
      const event = typeof type === "string" && at(value, "object") === undefined ? { event: type } : {};
      return { role: typeof type === "string" && !type.endsWith(".delta") ? "other" : "content", ...event, data: line };
    },
    recordingEnd: [done],
    otherwise: mediaScript,
    beside: (call) => {
      if (call.method === "GET" && call.path.endsWith("/models"))
        return { object: "list", data: models.map((id) => ({ id, object: "model", created: CREATED_SECONDS, owned_by: "fake" })) };
      return undefined;
    },
    told: (value) => {
      const usage = at(value, "usage") ?? at(at(value, "response"), "usage");
      return {
        input: at(usage, "prompt_tokens") ?? at(usage, "input_tokens"),
        output: at(usage, "completion_tokens") ?? at(usage, "output_tokens"),
        cacheRead: at(at(usage, "prompt_tokens_details") ?? at(usage, "input_tokens_details"), "cached_tokens"),
        cacheWrite: undefined,
        reasoning: at(at(usage, "completion_tokens_details") ?? at(usage, "output_tokens_details"), "reasoning_tokens"),
      };
    },
  };
}
