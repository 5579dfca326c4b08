/** Microseconds per frame of every reader (with the tap behind it) and of every door's translator, without a network. */
import { GenerateStream } from "../../apps/api/src/edge/dialects/google/answer.ts";
import { MessagesStream } from "../../apps/api/src/edge/dialects/messages/stream.ts";
import { ResponseStream } from "../../apps/api/src/edge/dialects/responses/stream.ts";
import { toolBookOf } from "../../apps/api/src/edge/dialects/responses/tools.ts";
import { tapInto, type Tap } from "../../apps/api/src/gateway/tap.ts";
import { anthropicWires } from "../../apps/api/src/providers/anthropic/adapter.ts";
import { googleWires } from "../../apps/api/src/providers/google/adapter.ts";
import { openaiWires } from "../../apps/api/src/providers/openai/adapter.ts";
import type { ChatAsk, ProviderWires } from "../../apps/api/src/providers/provider.ts";
import { median } from "./measure.ts";
import { chatPieces, FRAMES_PER_STREAM, piecesOf } from "./stream-bytes.ts";

export interface FrameCost {
  readonly name: string;
  readonly microseconds: number;
}

const ROUNDS = 7;
const STREAMS_PER_ROUND = 300;

const ask: ChatAsk = {
  operation: "chat",
  request: { model: "words", messages: [{ role: "user", content: "Count to a hundred, please." }], stream: true },
  stream: true,
  model: "words",
  maxOutput: 200,
  generationId: "gen_bench",
  createdSeconds: 1_790_000_000,
};

function readerWith(wires: ProviderWires, pieces: readonly Buffer[]): () => void {
  return () => {
    const reader = wires.chat.reader(ask);
    const tap: Tap = { usage: undefined, outputBytes: 0, bytes: 0, finishReason: undefined, end: undefined };
    for (const piece of pieces) tapInto(tap, reader.push(piece));
    tapInto(tap, reader.end());
    if (tap.end?.kind !== "done") throw new Error("the stream was not read to its end");
  };
}

const chatted = chatPieces();
const telling = { id: "msg_bench", model: "words", stopSequences: undefined, toolNameOf: (name: string) => name };
const response = {
  id: "resp_bench",
  createdSeconds: 1_790_000_000,
  model: "words",
  request: { model: "words", input: [] },
  stored: false,
};
const PATHS: readonly (readonly [string, () => void])[] = [
  ["reader and tap, OpenAI (passed on)", readerWith(openaiWires, piecesOf("openai"))],
  ["reader and tap, Anthropic to chat", readerWith(anthropicWires, piecesOf("anthropic"))],
  ["reader and tap, Google to chat", readerWith(googleWires, piecesOf("google"))],
  [
    "door, chat to Messages",
    () => {
      const stream = new MessagesStream(telling);
      stream.start(1_000);
      for (const piece of chatted) stream.push(piece);
    },
  ],
  [
    "door, chat to Responses",
    () => {
      const stream = new ResponseStream(response, toolBookOf([]), "bench");
      stream.open();
      for (const piece of chatted) stream.push(piece);
    },
  ],
  [
    "door, chat to generateContent",
    () => {
      const stream = new GenerateStream(telling);
      for (const piece of chatted) JSON.stringify(stream.push(piece));
    },
  ],
];

/** The first is the way on which bytes are passed on. Rounds are interleaved; each figure is their median. */
export function frameCosts(): readonly FrameCost[] {
  const rounds = new Map<string, number[]>(PATHS.map(([name]) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, run] of PATHS) {
      const before = performance.now();
      for (let stream = 0; stream < STREAMS_PER_ROUND; stream++) run();
      if (round >= 0) rounds.get(name)?.push(((performance.now() - before) * 1_000) / (STREAMS_PER_ROUND * FRAMES_PER_STREAM));
    }
  }
  return PATHS.map(([name]) => ({ name, microseconds: median(rounds.get(name) ?? []) }));
}
