/** What looks like an answer and is a failure: one without content, or one that says a keyword of its group. */
import type { RoutingPolicy } from "@switchyard/shared/domain/routing";
import type { Operation, ProviderFailure, Reply, StreamPart } from "../providers/provider.ts";
import { failureKeywordIn, hasContentKeywords, JUDGED_CHARS, textOfFrames, textOfReply } from "../routing/keywords.ts";
import { isGenerating } from "./job.ts";

/**
 * More than this of a prelude means that the provider never comes to the point. A Responses stream tells the request's own tools and
 * instructions twice before it says a word.
 */
const PRELUDE_BYTES_MAX = 4 * 1024 * 1024;

/** Nothing was said although nothing hindered it. A cap or a filter that left no word is an answer. */
const isEmpty = (outputBytes: number, finishReason: string | undefined): boolean =>
  outputBytes === 0 && (finishReason === undefined || finishReason === "stop");

/** What is wrong with a whole answer, where something is. */
export function failureOfReply({ body, outputBytes, finishReason }: Reply, operation: Operation, { on, keywords }: RoutingPolicy): ProviderFailure | undefined {
  if (isGenerating(operation) && on.empty !== "accept" && isEmpty(outputBytes, finishReason)) return { kind: "empty", detail: "the answer has no content" };
  if (keywords.length === 0) return undefined;
  const keyword = failureKeywordIn(textOfReply(body, operation).slice(0, JUDGED_CHARS), keywords, "content");
  return keyword === undefined ? undefined : { kind: "keyword", detail: `the answer says '${keyword}'` };
}

/** An error that says one of the group's failure keywords is one, whatever its status. */
export function judgedByWords(failed: ProviderFailure, { keywords }: RoutingPolicy): ProviderFailure {
  if (keywords.length === 0 || failed.kind === "keyword") return failed;
  const keyword = failureKeywordIn(`${failed.detail ?? ""} ${failed.publicText ?? ""}`, keywords, "error");
  if (keyword === undefined) return failed;
  return {
    kind: "keyword",
    detail: `the provider's error says '${keyword}'`,
    ...(failed.status === undefined ? {} : { status: failed.status }),
    ...(failed.retryAfterMs === undefined ? {} : { retryAfterMs: failed.retryAfterMs }),
  };
}

type Begun =
  | { readonly kind: "content"; readonly parts: readonly StreamPart[]; readonly rest: AsyncIterator<readonly StreamPart[]> }
  | { readonly kind: "failure"; readonly failure: ProviderFailure; readonly bytes: number };

/** Reads a stream up to its first content, or to its end when that comes first; with failure keywords, a little further. */
export async function untilContent(stream: AsyncIterable<readonly StreamPart[]>, operation: Operation, policy: RoutingPolicy): Promise<Begun> {
  const { keywords } = policy;
  const judges = hasContentKeywords(keywords);
  const rest = stream[Symbol.asyncIterator]();
  const held: StreamPart[] = [];
  let bytes = 0;
  let text = "";
  let content = false;
  let finishReason: string | undefined;
  const failed = async (failed: ProviderFailure): Promise<Begun> => {
    await rest.return?.();
    return { kind: "failure", failure: failed, bytes };
  };
  for (;;) {
    const step = await rest.next();
    const parts: readonly StreamPart[] = step.done ? [{ kind: "failure", failure: { kind: "incomplete" } }] : step.value;
    let ended = false;
    for (const part of parts) {
      held.push(part);
      if ("bytes" in part) bytes += part.bytes.length;
      if (part.kind === "content") {
        content = true;
        if (judges) text += textOfFrames(part.bytes, operation);
      } else if (part.kind === "finish") finishReason = part.reason;
      else if (part.kind === "failure") {
        if (!content) return failed(part.failure);
        ended = true;
      } else if (part.kind === "done") ended = true;
    }
    const keyword = failureKeywordIn(text, keywords, "content");
    if (keyword !== undefined) return failed({ kind: "keyword", detail: `the answer says '${keyword}'` });
    if (content && (ended || !judges || text.length >= JUDGED_CHARS)) return { kind: "content", parts: held, rest };
    if (ended) {
      if (policy.on.empty !== "accept" && isEmpty(0, finishReason)) return failed({ kind: "empty", detail: "the stream ended without content" });
      return { kind: "content", parts: held, rest };
    }
    if (!content && bytes > PRELUDE_BYTES_MAX) return failed({ kind: "protocol", detail: "too much came before the first content" });
  }
}
