/** How a fake OpenAI answers on its Responses route: the same scripts as a chat's, told as items and events. */
import { countsOf, cutEvery, modelOf, piecesOf, positiveInteger, wordsOf, type Frame, type MadeScript } from "./fake-dialect.ts";
import { at, type SeenCall } from "./fake-tally.ts";

const CREATED_SECONDS = 1_790_000_000;

export const isResponses = (call: SeenCall): boolean => call.path.endsWith("/responses");

const idOf = (call: SeenCall): string => `resp_fake${String(call.index).padStart(6, "0")}`;

type Fields = Record<string, unknown>;
/** An item of the output: how it begins, the events that fill it, and what it is in the end. */
interface Item {
  readonly begun: Fields;
  readonly whole: Fields;
  /** Events of deltas, without indexes. */
  readonly deltas: readonly Fields[];
  readonly before: readonly Fields[];
  readonly after: readonly Fields[];
}

interface Plan {
  readonly items: readonly Item[];
  readonly cut: boolean;
  readonly usage: unknown;
}

function planOf(call: SeenCall, script: MadeScript): Plan {
  const pieces = piecesOf(script, positiveInteger(at(call.body, "max_output_tokens")));
  const calls = script.kind === "tools" ? script.calls : [];
  const toolTokens = calls.reduce((sum, one) => sum + wordsOf(`${one.name} ${one.arguments}`).length, 0);
  const counts = countsOf(script, pieces.tokens + toolTokens);
  const usage = {
    input_tokens: counts.input,
    input_tokens_details: { cached_tokens: counts.cached },
    output_tokens: counts.output,
    output_tokens_details: { reasoning_tokens: counts.reasoning },
    total_tokens: counts.input + counts.output,
  };
  const items = [
    ...(script.reasoning === undefined ? [] : [reasoningItem(call, script.reasoning)]),
    ...(pieces.texts.length === 0 ? [] : [messageItem(call, pieces.texts)]),
    ...calls.map((one, position) => callItem(call, position, { id: one.id, name: one.name, words: cutEvery(one.arguments, argumentPiece(script)) })),
  ];
  return { items, cut: pieces.cut, usage: script.omit?.includes("usage") ? null : script.usage === undefined ? usage : script.usage };
}

const argumentPiece = (script: MadeScript): number => (script.kind === "tools" ? (script.argumentPiece ?? 8) : 8);

function reasoningItem(call: SeenCall, text: string): Item {
  const item = { id: `rs_fake${call.index}`, type: "reasoning", encrypted_content: "c2lnbmF0dXJl" };
  const part = { type: "summary_text", text };
  const place = { item_id: item.id, summary_index: 0 };
  return {
    begun: { ...item, summary: [] },
    whole: { ...item, summary: [part] },
    before: [{ type: "response.reasoning_summary_part.added", ...place, part: { type: "summary_text", text: "" } }],
    deltas: wordsOf(text).map((delta) => ({ type: "response.reasoning_summary_text.delta", ...place, delta })),
    after: [
      { type: "response.reasoning_summary_text.done", ...place, text },
      { type: "response.reasoning_summary_part.done", ...place, part },
    ],
  };
}

function messageItem(call: SeenCall, texts: readonly string[]): Item {
  const item = { id: `msg_fake${call.index}`, type: "message", role: "assistant" };
  const part = (text: string): Fields => ({ type: "output_text", text, annotations: [], logprobs: [] });
  const place = { item_id: item.id, content_index: 0 };
  const text = texts.join("");
  return {
    begun: { ...item, status: "in_progress", content: [] },
    whole: { ...item, status: "completed", content: [part(text)] },
    before: [{ type: "response.content_part.added", ...place, part: part("") }],
    deltas: texts.map((delta) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [] })),
    after: [
      { type: "response.output_text.done", ...place, text, logprobs: [] },
      { type: "response.content_part.done", ...place, part: part(text) },
    ],
  };
}

function callItem(
  call: SeenCall,
  position: number,
  { id, name, words }: { readonly id: string | undefined; readonly name: string; readonly words: readonly string[] },
): Item {
  const item = { id: `fc_fake${call.index}x${position}`, type: "function_call", call_id: id ?? `call_fake${call.index}x${position}`, name };
  const place = { item_id: item.id };
  const whole = words.join("");
  return {
    begun: { ...item, status: "in_progress", arguments: "" },
    whole: { ...item, status: "completed", arguments: whole },
    before: [],
    deltas: words.map((delta) => ({ type: "response.function_call_arguments.delta", ...place, delta })),
    after: [{ type: "response.function_call_arguments.done", ...place, name, arguments: whole }],
  };
}

function responseOf(call: SeenCall, status: string, output: readonly Fields[], usage: unknown, tier?: string): Fields {
  const asked = (name: string, otherwise: unknown): unknown => at(call.body, name) ?? otherwise;
  return {
    id: idOf(call),
    object: "response",
    created_at: CREATED_SECONDS,
    status,
    error: null,
    incomplete_details: status === "incomplete" ? { reason: "max_output_tokens" } : null,
    instructions: asked("instructions", null),
    max_output_tokens: asked("max_output_tokens", null),
    model: modelOf(call),
    output,
    parallel_tool_calls: asked("parallel_tool_calls", true),
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: asked("store", true),
    temperature: asked("temperature", 1),
    text: { format: { type: "text" } },
    tool_choice: asked("tool_choice", "auto"),
    tools: asked("tools", []),
    top_p: asked("top_p", 1),
    truncation: "disabled",
    usage,
    metadata: asked("metadata", {}),
    // Until its end a response only repeats what was asked for.
    ...(status === "in_progress" ? { service_tier: asked("service_tier", "auto") } : tier === undefined ? {} : { service_tier: tier }),
  };
}

export function responsesBody(call: SeenCall, script: MadeScript): unknown {
  const plan = planOf(call, script);
  return responseOf(
    call,
    plan.cut ? "incomplete" : "completed",
    plan.items.map((item) => item.whole),
    plan.usage,
    script.serviceTier,
  );
}

export function* responsesFrames(call: SeenCall, script: MadeScript): Iterable<Frame> {
  const plan = planOf(call, script);
  let number = 0;
  const frame = (role: Frame["role"], event: Fields): Frame => ({
    role,
    event: String(event["type"]),
    data: JSON.stringify({ ...event, sequence_number: number++ }),
  });
  yield frame("start", { type: "response.created", response: responseOf(call, "in_progress", [], null) });
  yield frame("other", { type: "response.in_progress", response: responseOf(call, "in_progress", [], null) });
  for (const [index, item] of plan.items.entries()) {
    const within = (event: Fields): Fields => ({ ...event, output_index: index });
    yield frame("other", within({ type: "response.output_item.added", item: item.begun }));
    for (const event of item.before) yield frame("other", within(event));
    for (const event of item.deltas) yield frame("content", within(event));
    for (const event of item.after) yield frame("other", within(event));
    yield frame("other", within({ type: "response.output_item.done", item: item.whole }));
  }
  const status = plan.cut ? "incomplete" : "completed";
  const whole = plan.items.map((item) => item.whole);
  yield frame("finish", { type: `response.${status}`, response: responseOf(call, status, whole, plan.usage, script.serviceTier) });
}
