/**
 * A provider without a network that imitates a model: streams word by word, calls tools, fills JSON schemas, counts
 * usage, keeps to the output cap. The same request always gets the same answer.
 *
 * It fails when asked to, by words in the last user message or in the model's name:
 *   sandbox:error=529   fails with that HTTP status before it says anything (429, 500, 503, 401, 400, …)
 *   sandbox:cut         breaks off in the middle of the answer
 *   sandbox:stall       falls silent in the middle of the answer until the idle time-out
 *   sandbox:slow=2000   waits so many milliseconds before the first word
 *   sandbox:words=500   answers with so many words
 */
import type { Ask, AttemptAnswer, AttemptTimeouts, ChatAsk, ProviderAdapter, StreamPart, Operation } from "../provider.ts";
import { chunkFrame } from "../openai-dialect/stream.ts";
import { directivesOf, failureOfStatus, type Directives } from "./directives.ts";
import { embed, rank } from "./vector-answers.ts";
import { imitate, lastUserText, usageOf, type Imitation, type SandboxCall } from "./imitation.ts";

export interface SandboxPorts {
  /** Waits; rejects at once when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds between two words of a stream. */
  readonly wordMs: number;
}

export const sandboxAdapter = (ports: SandboxPorts): ProviderAdapter => ({
  speaks: (operation) => operation === "chat" || operation === "embeddings" || operation === "rerank",
  ask: async (ask, _endpoint, timeouts, signal) => {
    if (isOf(ask, "chat")) return answer(ports, ask, timeouts, signal);
    if (isOf(ask, "embeddings")) return embed(ask);
    if (isOf(ask, "rerank")) return rank(ask);
    return { kind: "failure", failure: { kind: "not_found", detail: `the sandbox has no ${ask.operation}` }, bytes: 0 };
  },
});

const isOf = <O extends Operation>(ask: Ask, operation: O): ask is Ask<O> => ask.operation === operation;

const ABORTED: AttemptAnswer = { kind: "failure", failure: { kind: "connection", detail: "we closed the connection" }, bytes: 0 };

async function answer(ports: SandboxPorts, ask: ChatAsk, timeouts: AttemptTimeouts, signal: AbortSignal): Promise<AttemptAnswer> {
  const wishes = directivesOf(`${ask.model} ${ask.request.model} ${lastUserText(ask.request)}`);
  const isLate = wishes.slowMs > timeouts.firstByteMs;
  if (!(await waited(ports, Math.min(wishes.slowMs, timeouts.firstByteMs), signal))) return ABORTED;
  if (isLate) return { kind: "failure", failure: { kind: "timeout", detail: "the sandbox was asked to be slow" }, bytes: 0 };
  if (wishes.errorStatus !== undefined) return { kind: "failure", failure: failureOfStatus(wishes.errorStatus), bytes: 0 };
  const said = imitate(ask);
  if (ask.stream) return { kind: "stream", status: 200, parts: speak({ ports, ask, said, wishes, timeouts, signal }) };
  if (wishes.stall && !(await waited(ports, timeouts.idleMs, signal))) return ABORTED;
  if (wishes.stall) return { kind: "failure", failure: { kind: "timeout", status: 200, detail: "the sandbox was asked to stall" }, bytes: 0 };
  if (wishes.cut) return { kind: "failure", failure: { kind: "connection", status: 200, detail: "the sandbox was asked to break off" }, bytes: 0 };
  return reply(ask, said);
}

/** @returns false when the caller left meanwhile. */
async function waited(ports: SandboxPorts, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  if (ms === 0) return true;
  try {
    await ports.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return !signal.aborted;
}

const choicesOf = (ask: ChatAsk): readonly number[] => Array.from({ length: ask.request.n ?? 1 }, (_, index) => index);

function reply(ask: ChatAsk, said: Imitation): AttemptAnswer {
  const content = said.calls.length > 0 ? null : said.words.join("");
  const calls = said.calls.length > 0 ? { tool_calls: said.calls.map((call) => ({ id: call.id, ...toolOf(call) })) } : {};
  const indexes = choicesOf(ask);
  const body = {
    id: ask.generationId,
    object: "chat.completion",
    created: ask.createdSeconds,
    model: ask.model,
    choices: indexes.map((index) => ({
      index,
      message: { role: "assistant", content, refusal: null, ...calls },
      logprobs: null,
      finish_reason: said.finishReason,
    })),
  };
  const outputBytes = bytesOf(said) * indexes.length;
  const usage = usageOf(ask, said.tokens * indexes.length);
  return { kind: "reply", status: 200, bytes: Buffer.byteLength(JSON.stringify(body)), reply: { body, usage, outputBytes, finishReason: said.finishReason } };
}

const toolOf = (call: SandboxCall) => ({ type: "function", function: { name: call.name, arguments: call.arguments } });

const bytesOf = (said: Imitation): number =>
  Buffer.byteLength(said.words.join("")) + said.calls.reduce((sum, call) => sum + Buffer.byteLength(call.name + call.arguments), 0);

interface Speech {
  readonly ports: SandboxPorts;
  readonly ask: ChatAsk;
  readonly said: Imitation;
  readonly wishes: Directives;
  readonly timeouts: AttemptTimeouts;
  readonly signal: AbortSignal;
}

/** One delta and the bytes that it says. */
interface Step {
  readonly delta: Record<string, unknown>;
  readonly outputBytes: number;
}

async function* speak({ ports, ask, said, wishes, timeouts, signal }: Speech): AsyncGenerator<readonly StreamPart[]> {
  const indexes = choicesOf(ask);
  const frame = (delta: object, reason: string | null): Buffer =>
    Buffer.from(
      indexes
        .map((index) =>
          chunkFrame({
            id: ask.generationId,
            object: "chat.completion.chunk",
            created: ask.createdSeconds,
            model: ask.model,
            choices: [{ index, delta, logprobs: null, finish_reason: reason }],
          }),
        )
        .join(""),
    );
  const aborted: readonly StreamPart[] = [{ kind: "failure", failure: { kind: "connection", detail: "we closed the connection" } }];
  yield [{ kind: "prelude", bytes: frame({ role: "assistant", content: "" }, null) }];
  const steps = stepsOf(said);
  const middle = Math.floor(steps.length / 2);
  for (const [at, { delta, outputBytes }] of steps.entries()) {
    const isMiddle = at === middle;
    if (isMiddle && wishes.cut) return yield [{ kind: "failure", failure: { kind: "connection", detail: "the sandbox was asked to break off" } }];
    if (isMiddle && wishes.stall) {
      if (!(await waited(ports, timeouts.idleMs, signal))) return yield aborted;
      return yield [{ kind: "failure", failure: { kind: "timeout", detail: "the sandbox was asked to stall" } }];
    }
    if (!(await waited(ports, ports.wordMs, signal))) return yield aborted;
    yield [{ kind: "content", bytes: frame(delta, null), outputBytes: outputBytes * indexes.length }];
  }
  const finishes = indexes.map((index): StreamPart => {
    const chunk = { id: ask.generationId, object: "chat.completion.chunk", created: ask.createdSeconds, model: ask.model };
    const choice = { index, delta: {}, logprobs: null, finish_reason: said.finishReason };
    return { kind: "finish", bytes: Buffer.from(chunkFrame({ ...chunk, choices: [choice] })), reason: said.finishReason };
  });
  yield [...finishes, { kind: "usage", usage: usageOf(ask, said.tokens * indexes.length) }, { kind: "done" }];
}

/** Words one by one; a tool call by its name and then its arguments in pieces, as models send them. */
function stepsOf(said: Imitation): readonly Step[] {
  const words = said.words.map((word): Step => ({ delta: { content: word }, outputBytes: Buffer.byteLength(word) }));
  const calls = said.calls.flatMap((call, index): Step[] => [
    {
      delta: { tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }] },
      outputBytes: Buffer.byteLength(call.name),
    },
    ...piecesOf(call.arguments).map((piece): Step => ({
      delta: { tool_calls: [{ index, function: { arguments: piece } }] },
      outputBytes: Buffer.byteLength(piece),
    })),
  ]);
  return [...words, ...calls];
}

/** Pieces of whole characters. */
const piecesOf = (text: string): readonly string[] => text.match(/[\s\S]{1,8}(?![\uDC00-\uDFFF])/g) ?? [];
