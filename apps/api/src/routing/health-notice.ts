/** Notices of health as text, and back: what comes over a shared channel is believed only when it has their shape. */
import * as z from "zod";
import { PROVIDER_FAILURES } from "@switchyard/shared/domain/call";
import { isUuid, toId, type ModelId } from "@switchyard/shared/kernel/id";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import type { HealthNotice } from "./health.ts";
import type { Rest, RestId } from "./standing.ts";

const LENGTH_MAX = 1_024;
const reason = z.enum(PROVIDER_FAILURES);
const instant = z.number().transform(toEpochMs);
const model = z
  .string()
  .refine(isUuid)
  .transform((text): ModelId => toId("model", text));
/** Ids of models, providers and keys look alike, and each names only its own; a model at one key has two. */
export const readRestId = (text: string): RestId | undefined => (text.split("/").length <= 2 && text.split("/").every(isUuid) ? (text as RestId) : undefined);
const id = z.string().transform((text, context): RestId => {
  const read = readRestId(text);
  if (read === undefined) context.addIssue("no id");
  return read ?? (text as RestId);
});
const restSchema: z.ZodType<Rest> = z.object({ since: instant, until: instant, reason, level: z.int().min(0).max(1_000) });
const noticeSchema: z.ZodType<HealthNotice> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("failed"), model, at: instant, reason }),
  z.object({ kind: z.literal("rest"), id, rest: restSchema }),
  z.object({ kind: z.literal("recovered"), id }),
]);
const messageSchema = z.object({ node: z.string().max(100), notice: noticeSchema });

export const writeMessage = (node: string, notice: HealthNotice): string => JSON.stringify({ node, notice });

/** @returns undefined for anything else */
export const readMessage = (text: string): { readonly node: string; readonly notice: HealthNotice } | undefined => messageSchema.safeParse(parsed(text)).data;
export const readRest = (text: string): Rest | undefined => restSchema.safeParse(parsed(text)).data;

function parsed(text: string): unknown {
  if (text.length > LENGTH_MAX) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // somebody else's words
  }
}
