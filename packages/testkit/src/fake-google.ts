/** A fake provider that speaks Gemini's generateContent, its stream, token counting and model list. */
import { countsOf, piecesOf, positiveInteger, wordsOf, type Dialect, type Frame, type MadeScript, type StatusScript } from "./fake-dialect.ts";
import { vectorOf } from "./fake-media.ts";
import type { Script } from "./fake-script.ts";
import { startFake, type FakeOptions, type FakeProvider } from "./fake-provider.ts";
import { at, type SeenCall } from "./fake-tally.ts";

/** Starts the fake on loopback; `fake.url` has no `/v1beta`, as Google's clients add it themselves. */
export const startFakeGoogle = (options: FakeOptions = {}): Promise<FakeProvider> =>
  startFake(googleDialect(options.models ?? ["gemini-2.5-flash"]), options, "");

const frame = (role: Frame["role"], value: unknown): Frame => ({ role, data: JSON.stringify(value) });

/** The model stands in the path. */
const modelOf = (call: SeenCall): string => decodeURIComponent(/\/models\/([^:/]+):/.exec(call.path)?.[1] ?? "unknown");
const capOf = (call: SeenCall): number | undefined => positiveInteger(at(at(call.body, "generationConfig"), "maxOutputTokens"));

interface Plan {
  readonly texts: readonly string[];
  readonly finishReason: string;
  /** `undefined` when the script leaves usage out. */
  readonly usage: unknown;
}

function planOf(call: SeenCall, script: MadeScript): Plan {
  const pieces = piecesOf(script, capOf(call));
  const toolTokens = script.kind === "tools" ? script.calls.reduce((sum, one) => sum + wordsOf(`${one.name} ${one.arguments}`).length, 0) : 0;
  const counts = countsOf(script, pieces.tokens + toolTokens);
  const truth = {
    promptTokenCount: counts.input,
    ...(counts.cached > 0 ? { cachedContentTokenCount: counts.cached } : {}),
    candidatesTokenCount: counts.output - counts.reasoning,
    ...(counts.reasoning > 0 ? { thoughtsTokenCount: counts.reasoning } : {}),
    totalTokenCount: counts.input + counts.output,
  };
  return {
    texts: pieces.texts,
    finishReason: script.finishReason ?? (pieces.cut ? "MAX_TOKENS" : "STOP"),
    usage: script.omit?.includes("usage") ? undefined : script.usage === undefined ? truth : script.usage,
  };
}

const SIGNATURE = "c2lnbmF0dXJl";

/** All that is said, part by part. Arguments travel as a value: what is no JSON cannot be said in this wire. */
function partsOf(script: MadeScript, texts: readonly string[]): readonly unknown[] {
  const thoughts = script.reasoning === undefined ? [] : wordsOf(script.reasoning).map((text) => ({ text, thought: true }));
  const calls = (script.kind === "tools" ? script.calls : []).map((one, position) => ({
    functionCall: { ...(one.id === undefined ? {} : { id: one.id }), name: one.name, args: JSON.parse(one.arguments) as unknown },
    ...(position === 0 ? { thoughtSignature: SIGNATURE } : {}),
  }));
  return [...thoughts, ...texts.map((text) => ({ text })), ...calls];
}

const answer = (call: SeenCall, parts: readonly unknown[], more: { readonly finishReason?: string; readonly usage?: unknown } = {}): unknown => ({
  candidates: [{ content: { parts, role: "model" }, ...(more.finishReason === undefined ? {} : { finishReason: more.finishReason }), index: 0 }],
  ...(more.usage === undefined ? {} : { usageMetadata: more.usage }),
  modelVersion: modelOf(call),
  responseId: `fake${call.index}`,
});

function embedded(call: SeenCall): Script {
  const requests = at(call.body, "requests") as readonly unknown[];
  const embeddings = requests.map((one) => {
    const parts = at(at(one, "content"), "parts") as readonly unknown[];
    return { values: vectorOf(parts.map((part) => at(part, "text")).join(""), positiveInteger(at(one, "outputDimensionality")) ?? 8) };
  });
  return { kind: "body", body: { embeddings } };
}

/** The steps of an upload to Google's File API; a file is being processed once before it is there. */
function fileStep(call: SeenCall): Script | undefined {
  const address = `http://${call.headers.host ?? ""}`;
  const file = { name: "files/film1", uri: `${address}/v1beta/files/film1`, mimeType: "video/mp4" };
  if (call.path.startsWith("/upload/")) {
    const isStart = call.headers["x-goog-upload-command"] === "start";
    const headers = isStart ? { "x-goog-upload-url": `${address}/upload/v1beta/files?upload_id=1` } : {};
    return { kind: "body", body: isStart ? {} : { file: { ...file, state: "PROCESSING" } }, headers };
  }
  return call.method === "GET" && call.path.endsWith("/files/film1") ? { kind: "body", body: { ...file, state: "ACTIVE" } } : undefined;
}

function* frames(call: SeenCall, script: MadeScript): Iterable<Frame> {
  const plan = planOf(call, script);
  for (const part of partsOf(script, plan.texts)) yield frame("content", answer(call, [part]));
  yield frame("finish", answer(call, [{ text: "" }], plan));
}

const STATUSES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

const errorOf = (script: Pick<StatusScript, "status" | "message" | "type">): unknown => ({
  code: script.status,
  message: script.message ?? `The fake provider answers ${script.status}.`,
  status: script.type ?? STATUSES[script.status] ?? "UNKNOWN",
});

export function googleDialect(models: readonly string[]): Dialect {
  return {
    frames,
    body: (call, script) => {
      const plan = planOf(call, script);
      const silent = script.omit?.includes("finish") ?? false;
      return answer(call, partsOf(script, plan.texts), { ...(silent ? {} : { finishReason: plan.finishReason }), usage: plan.usage });
    },
    contentFrame: (text) => frame("content", { candidates: [{ content: { parts: [{ text }], role: "model" }, index: 0 }] }),
    errorFrame: (error) =>
      frame("other", { error: error ?? { code: 503, message: "The model is overloaded. Please try again later.", status: "UNAVAILABLE" } }),
    errorBody: (script) => ({ error: errorOf(script) }),
    recorded: (line) => {
      const candidates = at(JSON.parse(line), "candidates");
      const ended = Array.isArray(candidates) && candidates.some((one) => at(one, "finishReason") !== undefined);
      return { role: ended ? "finish" : "content", data: line };
    },
    recordingEnd: [],
    otherwise: (call) => (call.path.endsWith(":batchEmbedContents") ? embedded(call) : fileStep(call)),
    beside: (call) => {
      if (call.method === "GET" && call.path.endsWith("/models")) {
        return { models: models.map((id) => ({ name: `models/${id}`, displayName: id, supportedGenerationMethods: ["generateContent"] })) };
      }
      return call.path.endsWith(":countTokens") ? { totalTokens: wordsOf(JSON.stringify(at(call.body, "contents") ?? "")).length } : undefined;
    },
    told: (value) => {
      const usage = at(value, "usageMetadata");
      return {
        input: at(usage, "promptTokenCount"),
        output: at(usage, "candidatesTokenCount"),
        cacheRead: at(usage, "cachedContentTokenCount"),
        cacheWrite: undefined,
        reasoning: at(usage, "thoughtsTokenCount"),
      };
    },
  };
}
