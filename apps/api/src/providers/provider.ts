/** The port every provider fulfils: how a request of each operation becomes its wire and comes back, in pure functions. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { ServiceTier } from "@switchyard/shared/domain/service-tier";
import type { Usage } from "@switchyard/shared/domain/usage";
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";

/** A JSON body that its door has checked and that goes on in its own wire. */
export type JsonBody = Readonly<Record<string, unknown>>;

/** Form fields and files, kept where they can be read again for another target. */
export interface Upload {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly UploadedFile[];
}
export interface UploadedFile {
  readonly field: string;
  /** A name of our own with the right ending; the client's never reaches a provider or a disk. */
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  /** How long it plays, as measured by us; undefined for pictures, and where the file does not tell. */
  readonly durationMs?: number;
  /** Reads the file from its beginning, as often as it is asked. */
  readonly open: () => AsyncIterable<Buffer>;
}

/**
 * What a provider can be asked, each with its request. `chat` is the canonical wire (OpenAI's chat completions); `messages`
 * (Anthropic) and `responses` (OpenAI) are further wires for the same thing, for providers that speak them themselves.
 */
export interface Operations {
  readonly chat: ChatRequest;
  readonly messages: JsonBody;
  /** How long a prompt in Anthropic's wire is; free of charge, and asked outside the flow of a call. */
  readonly message_count: JsonBody;
  readonly responses: JsonBody;
  readonly completions: JsonBody;
  readonly embeddings: JsonBody;
  readonly moderations: JsonBody;
  readonly rerank: JsonBody;
  readonly image_generation: JsonBody;
  readonly image_edit: Upload;
  readonly transcription: Upload;
  readonly translation: Upload;
  readonly speech: JsonBody;
  /** A film and what is to be told of it: fields `prompt`, `systemPrompt`, `temperature`, `framerate`; answered as a chat. */
  readonly video_analysis: Upload;
}
export type Operation = keyof Operations;
/** One operation with its request. */
export type Offered = { readonly [O in Operation]: { readonly operation: O; readonly request: Operations[O] } }[Operation];

/** One attempt's view of the caller's request. */
export interface Ask<O extends Operation = Operation> {
  readonly operation: O;
  readonly request: Operations[O];
  readonly stream: boolean;
  /** An answer without content is one, as the operator wants it; else it is a failure. */
  readonly mayBeEmpty?: boolean;
  /** The name the provider knows the model by. */
  readonly model: string;
  /** The output cap that is always sent, in tokens for each choice: without it a hold is no bound. */
  readonly maxOutput: number;
  /** Becomes the `id` of the answer and of every chunk. */
  readonly generationId: string;
  /** Seconds since 1970, for chunks that we compose. */
  readonly createdSeconds: number;
}
export type ChatAsk = Ask<"chat">;

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
  /** A text, or pieces of a known length (`content-length` among the headers). */
  readonly body: string | (() => AsyncIterable<Buffer>);
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

/** A whole answer in the wire of its operation (for `chat` an OpenAI `chat.completion` object), its `id` already ours. */
export interface Reply {
  readonly body: Record<string, unknown>;
  /** In place of `body`, for an answer that is no JSON (a transcript as text, a sound). */
  readonly raw?: { readonly contentType: string; readonly bytes: Buffer };
  readonly usage: Usage | undefined;
  /** UTF-8 bytes of produced text, reasoning and tool arguments: the basis of an estimate. */
  readonly outputBytes: number;
  readonly finishReason: string | undefined;
  /** The cost the provider itself reports, in dollars as it wrote it. */
  readonly reportedCost?: string;
  /** The service tier that the answer names; absent for ordinary service. */
  readonly serviceTier?: ServiceTier;
}
export type ChatReply = Reply;

/**
 * What a stream consists of, in the order it arrives. `bytes` are whole SSE frames in the wire of the operation (for `chat`
 * OpenAI's chunks, with our id), ready to be written; several frames may share one part. `speech` streams plain bytes.
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
  /** The service tier in which the provider says that it serves; the last one counts, and without one it is ordinary service. */
  | { readonly kind: "served"; readonly tier: ServiceTier | undefined }
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

export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a preparation came to: `reference` is told to the request. */
export type Prepared = { readonly reference: string | undefined } | { readonly failure: ProviderFailure };

/** One step of a preparation: a request of its own to the provider's origin, or a wait in milliseconds. */
export type Preparation =
  | {
      readonly send: {
        readonly url: string;
        readonly method?: "GET";
        readonly headers: Readonly<Record<string, string>>;
        readonly body: UpstreamRequest["body"];
      };
    }
  | { readonly waitMs: number };

/** What came of a step; of a wait nothing, with status 0. */
export interface StepAnswer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Buffer;
}

/** The pure half of a provider for one operation: words in, words out, no network. */
export interface Wire<O extends Operation = Operation> {
  /** What to send, or why this provider cannot be asked this (such as several choices of one that gives only one). */
  request(ask: Ask<O>, endpoint: ProviderEndpoint, prepared?: string): { readonly upstream: UpstreamRequest } | { readonly failure: ProviderFailure };
  /** What has to happen before the request, step by step, such as sending a large file ahead; its result is told to `request`. */
  prepare?(ask: Ask<O>, endpoint: ProviderEndpoint): Generator<Preparation, Prepared, StepAnswer>;
  response(body: Buffer, ask: Ask<O>, headers: ResponseHeaders): { readonly reply: Reply } | { readonly failure: ProviderFailure };
  /** The longest whole answer that is meant, in bytes, where it is longer than a text can be. */
  readonly replyBytesMax?: number;
  /** How long this may take before its first byte although nothing is wrong, in milliseconds, where that is longer than for texts. */
  readonly patienceMs?: number;
  /** Absent where this operation's answers are always whole. */
  reader?(ask: Ask<O>): StreamReader;
  /** Tells a whole answer as a stream, where a server may give one although a stream was asked for. */
  retell?(reply: Reply, ask: Ask<O>): readonly StreamPart[];
  failure(status: number, headers: ResponseHeaders, body: Buffer): ProviderFailure;
}
export type ChatWire = Wire<"chat"> & Required<Pick<Wire<"chat">, "reader">>;

/** What a kind of provider speaks. */
export type ProviderWires = { readonly [O in Operation]?: Wire<O> } & { readonly chat: ChatWire };

/** Limits of one attempt, in milliseconds. */
export interface AttemptTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
}

export type AttemptAnswer = (
  | { readonly kind: "reply"; readonly status: number; readonly reply: Reply; readonly bytes: number }
  /** Iterating pulls from the provider (backpressure); leaving the iteration closes its connection. */
  | { readonly kind: "stream"; readonly status: number; readonly parts: AsyncIterable<readonly StreamPart[]> }
  | { readonly kind: "failure"; readonly failure: ProviderFailure; readonly bytes: number }
) & {
  /** Of the response, where there was one; names in lower case. */
  readonly headers?: ResponseHeaders;
};

/** One provider kind, able to carry out one attempt. Never throws for what a provider does: failures are answers. */
export interface ProviderAdapter {
  /** Whether this kind of provider can be asked this at all; a single server or model may still refuse it. */
  speaks(operation: Operation): boolean;
  ask<O extends Operation>(ask: Ask<O>, endpoint: ProviderEndpoint, timeouts: AttemptTimeouts, signal: AbortSignal): Promise<AttemptAnswer>;
}
