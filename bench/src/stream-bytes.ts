/** The same hundred words as a stream of each provider's wire, ready for a socket or a reader. */

const FRAMES = 100;
/** A real provider's stream comes in several packets; so does this one. */
const WRITES_PER_STREAM = 4;

export type StreamWire = "openai" | "anthropic" | "google";
export const STREAM_WIRES = ["openai", "anthropic", "google"] as const;

const words = Array.from({ length: FRAMES }, (_, index) => ` word${index}`);
const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const event = (value: { readonly type: string } & Readonly<Record<string, unknown>>): string => `event: ${value.type}\n${data(value)}`;

function openaiFrames(withUsage: boolean): readonly string[] {
  const base = { id: "chatcmpl-bench", created: 1_790_000_000, model: "bench-model", object: "chat.completion.chunk" };
  const chunk = (delta: unknown, finish_reason: string | null = null): string => data({ ...base, choices: [{ index: 0, delta, finish_reason }] });
  return [
    chunk({ role: "assistant", content: "" }),
    ...words.map((content) => chunk({ content })),
    chunk({}, "stop"),
    ...(withUsage ? [data({ ...base, choices: [], usage: { prompt_tokens: 20, completion_tokens: 100, total_tokens: 120 } })] : []),
    "data: [DONE]\n\n",
  ];
}

function anthropicFrames(): readonly string[] {
  const message = {
    id: "msg_bench",
    type: "message",
    role: "assistant",
    model: "bench-model",
    content: [],
    stop_reason: null,
    usage: { input_tokens: 20, output_tokens: 1 },
  };
  return [
    event({ type: "message_start", message }),
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    ...words.map((text) => event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    event({ type: "content_block_stop", index: 0 }),
    event({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 100 } }),
    event({ type: "message_stop" }),
  ];
}

function googleFrames(): readonly string[] {
  const piece = (text: string, more: object = {}): string =>
    data({ candidates: [{ content: { role: "model", parts: [{ text }] }, index: 0, ...more }], modelVersion: "bench-model", responseId: "bench" });
  const usageMetadata = { promptTokenCount: 20, candidatesTokenCount: 100, totalTokenCount: 120 };
  return [
    ...words.map((text) => piece(text)),
    data({ candidates: [{ content: { role: "model", parts: [{ text: "" }] }, finishReason: "STOP", index: 0 }], usageMetadata }),
  ];
}

const framesOf = (wire: StreamWire): readonly string[] => (wire === "openai" ? openaiFrames(true) : wire === "anthropic" ? anthropicFrames() : googleFrames());

/** The stream in the pieces in which it arrives. */
export function piecesOf(wire: StreamWire): readonly Buffer[] {
  const frames = framesOf(wire);
  const size = Math.ceil(frames.length / WRITES_PER_STREAM);
  return Array.from({ length: WRITES_PER_STREAM }, (_, index) => Buffer.from(frames.slice(index * size, (index + 1) * size).join("")));
}

/** The frames that a reader makes of it for a chat's client, in the same pieces. */
export function chatPieces(): readonly Buffer[] {
  const frames = openaiFrames(false).slice(0, -1);
  const size = Math.ceil(frames.length / WRITES_PER_STREAM);
  return Array.from({ length: WRITES_PER_STREAM }, (_, index) => Buffer.from(frames.slice(index * size, (index + 1) * size).join("")));
}

export const FRAMES_PER_STREAM = FRAMES;
