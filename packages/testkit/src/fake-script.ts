/** The words in which a test tells a fake provider how to answer one request, and where to break. */

/** A place in an answer: before its headers, after them, or after so many content frames (0 = after the start, before content). */
export type Point = "before-headers" | "headers" | number;

/** Holds an answer back until the test opens it. */
export interface Gate {
  /** Resolves when an answer has come to the gate and waits. */
  readonly reached: Promise<void>;
  /** Resolves when the gate is open. */
  readonly opened: Promise<void>;
  open(): void;
  /** Called by the fake on arrival. */
  arrive(): void;
}

export function createGate(): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return { reached: reached.promise, opened: opened.promise, open: () => opened.resolve(), arrive: () => reached.resolve() };
}

/** How an answer breaks. Without a fault it comes whole. */
export type Fault =
  /** Silence: nothing more is sent, the connection stays open until the client leaves or the fake closes. */
  | { readonly kind: "stall"; readonly at: Point }
  /** The connection is reset (RST). */
  | { readonly kind: "reset"; readonly at: Point }
  /** The answer ends as if it were whole: no finish, no usage, no `[DONE]`. */
  | { readonly kind: "end"; readonly at: Point }
  /** An error inside the 200, then a clean end. `error` replaces the provider's usual words. */
  | { readonly kind: "error"; readonly at: Point; readonly error?: unknown };

/** How the bytes travel. Every script may carry any of it. */
export interface Delivery {
  readonly headers?: Readonly<Record<string, string>>;
  readonly headersDelayMs?: number;
  /** Between the headers and the first byte of the body. */
  readonly firstByteDelayMs?: number;
  readonly frameDelayMs?: number;
  /** Cuts every write into pieces of this size, wherever that falls: 1 sends each byte by itself. */
  readonly sliceBytes?: number;
  /** A pause after each slice, for a slow trickle. */
  readonly sliceDelayMs?: number;
  readonly lineEnding?: "\n" | "\r\n" | "\r";
  /** A byte order mark first. */
  readonly bom?: boolean;
  /** A comment line (`: keep-alive`) before every frame. */
  readonly comments?: boolean;
  /** Compresses the body, although nobody asked for it. */
  readonly gzip?: boolean;
  readonly wait?: { readonly at: Point; readonly gate: Gate };
  readonly fault?: Fault;
}

/** What belongs to an answer that a model made up. */
export interface Made {
  /** Replaces the reported usage by any JSON: a lie, nonsense, or exact figures of the test's own. */
  readonly usage?: unknown;
  /** Tokens of the prompt to report; 10 when not given. */
  readonly inputTokens?: number;
  /** How many of `inputTokens` came from the provider's cache. */
  readonly cachedTokens?: number;
  readonly reasoning?: string;
  readonly finishReason?: string;
  /** The tier that the answer says it was served in. */
  readonly serviceTier?: string;
  readonly omit?: readonly ("start" | "finish" | "usage" | "done")[];
  /** The first frame comes twice. */
  readonly duplicateStart?: boolean;
  /** Goes on beyond the request's own cap on output tokens, as a broken provider might. */
  readonly ignoreCap?: boolean;
}

export interface ToolCall {
  readonly name: string;
  /** The exact bytes of the arguments, which may be broken JSON. */
  readonly arguments: string;
  readonly id?: string;
}

export type Script = Delivery &
  /** `text` as given, cut into words, or `tokens` words of the fake's own; `tokensPerFrame` (1) of them in a frame. */
  (
    | ({ readonly kind: "text"; readonly text?: string; readonly tokens?: number; readonly tokensPerFrame?: number } & Made)
    /** Parallel tool calls, their arguments cut into pieces of `argumentPiece` (8) characters. */
    | ({ readonly kind: "tools"; readonly calls: readonly ToolCall[]; readonly text?: string; readonly argumentPiece?: number } & Made)
    /** A recorded stream: one event's JSON a line, as in `*.chunks.txt`. */
    | { readonly kind: "recording"; readonly lines: readonly string[]; readonly omit?: readonly "done"[] }
    /** Exactly this: an object becomes JSON, a string or bytes go as they are. For errors, HTML, recordings, nonsense. */
    | {
        readonly kind: "body";
        readonly status?: number;
        readonly body: unknown;
        readonly contentType?: string;
        readonly headers?: Readonly<Record<string, string>>;
      }
    /** An error in the provider's own shape. `retryAfter` becomes the header. */
    | {
        readonly kind: "status";
        readonly status: number;
        readonly message?: string;
        readonly code?: string;
        readonly type?: string;
        readonly retryAfter?: string;
      }
    | { readonly kind: "redirect"; readonly location: string; readonly status?: number }
    /** About `bytes` of answer: many frames, one endless line, one large text in a whole body, or only opening brackets. */
    | { readonly kind: "flood"; readonly bytes: number; readonly shape: "frames" | "line" | "body" | "nested" }
  );

/** What may be asked for: a script, or a function of the request. */
export type Scripted<Call> = Script | ((call: Call) => Script);
