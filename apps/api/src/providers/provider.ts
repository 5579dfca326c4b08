/** The port every provider fulfils: how a canonical chat becomes its wire and comes back, in pure functions. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { Usage } from "@switchyard/shared/domain/usage";
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";

/** One attempt's view of the caller's request. */
export interface ChatAsk {
  readonly request: ChatRequest;
  /** The name the provider knows the model by. */
  readonly model: string;
  /** The output cap that is always sent, in tokens for each choice: without it a hold is no bound. */
  readonly maxOutput: number;
  /** Becomes the `id` of the answer and of every chunk. */
  readonly generationId: string;
  /** Seconds since 1970, for chunks that we compose. */
  readonly createdSeconds: number;
}

/** Where the attempt goes; credentials never leave this object but in the header of the provider's own origin. */
export interface ProviderEndpoint {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Further headers the operator configured. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface UpstreamRequest {
  /** Appended to the endpoint's base URL, begins with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Why an attempt failed, in the closed words of `domain/call`. */
export interface ProviderFailure {
  readonly kind: ProviderFailureKind;
  readonly status?: number;
  /** How long the provider asked to be left alone. */
  readonly retryAfterMs?: number;
  /** Redacted words that may reach the client; only given when the client caused the failure. */
  readonly publicText?: string;
  readonly param?: string;
  /** Redacted words for the operator. */
  readonly detail?: string;
}

/** A whole answer: an OpenAI `chat.completion` object, its `id` already ours. */
export interface ChatReply {
  readonly body: Record<string, unknown>;
  readonly usage: Usage | undefined;
  /** UTF-8 bytes of produced text, reasoning and tool arguments: the basis of an estimate. */
  readonly outputBytes: number;
  readonly finishReason: string | undefined;
  /** The cost the provider itself reports, in dollars as it wrote it. */
  readonly reportedCost?: string;
}

/**
 * What a stream consists of, in the order it arrives. `bytes` are whole SSE frames in OpenAI's chunk wire, with our id,
 * ready to be written; several frames may share one part.
 */
export type StreamPart =
  /** Before any content (role delta): held back until content comes, so that failover stays possible. */
  | { readonly kind: "prelude"; readonly bytes: Buffer }
  /** Text, reasoning, refusal or tool-call deltas. `outputBytes` counts produced UTF-8 bytes. */
  | { readonly kind: "content"; readonly bytes: Buffer; readonly outputBytes: number }
  /** The frame with `finish_reason`, exactly once for each choice. */
  | { readonly kind: "finish"; readonly bytes: Buffer; readonly reason: string }
  /** Cumulative usage; the last one counts. Never forwarded: the gateway composes the usage frame when it was asked for. */
  | { readonly kind: "usage"; readonly usage: Usage; readonly reportedCost?: string }
  /** A broken stream's last part. */
  | { readonly kind: "failure"; readonly failure: ProviderFailure }
  /** A whole stream's last part. */
  | { readonly kind: "done" };

/** Folds a provider's bytes, split anywhere, into parts. The state is its own; after the last part it gives no more. */
export interface StreamReader {
  push(bytes: Buffer): readonly StreamPart[];
  /** The provider closed cleanly. */
  end(): readonly StreamPart[];
  /** The connection broke or fell silent: the failure, unless everything that matters had come before. */
  broke(failure: ProviderFailure): readonly StreamPart[];
}

/** The pure half of a provider: words in, words out, no network. */
export interface ChatWire {
  /** What to send, or why this provider cannot be asked this (such as several choices of one that gives only one). */
  request(ask: ChatAsk, endpoint: ProviderEndpoint): { readonly upstream: UpstreamRequest } | { readonly failure: ProviderFailure };
  response(body: Buffer, ask: ChatAsk): { readonly reply: ChatReply } | { readonly failure: ProviderFailure };
  reader(ask: ChatAsk): StreamReader;
  failure(status: number, headers: Readonly<Record<string, string | readonly string[] | undefined>>, body: Buffer): ProviderFailure;
}

/** Limits of one attempt, in milliseconds. */
export interface AttemptTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
}

export type AttemptAnswer =
  | { readonly kind: "reply"; readonly status: number; readonly reply: ChatReply; readonly bytes: number }
  /** Iterating pulls from the provider (backpressure); leaving the iteration closes its connection. */
  | { readonly kind: "stream"; readonly status: number; readonly parts: AsyncIterable<readonly StreamPart[]> }
  | { readonly kind: "failure"; readonly failure: ProviderFailure; readonly bytes: number };

/** One provider kind, able to carry out one attempt. Never throws for what a provider does: failures are answers. */
export interface ProviderAdapter {
  chat(ask: ChatAsk, endpoint: ProviderEndpoint, timeouts: AttemptTimeouts, signal: AbortSignal): Promise<AttemptAnswer>;
}
