/** Folds what passes through a stream: usage, output, finish reason, end. The bytes themselves go on untouched. */
import type { ProviderFailure, StreamPart } from "../providers/provider.ts";
import type { ServiceTier } from "@switchyard/shared/domain/service-tier";
import type { Usage } from "@switchyard/shared/domain/usage";

export interface Tap {
  usage: Usage | undefined;
  /** The provider's own figure in dollars, as it wrote it. */
  reportedCost?: string | undefined;
  outputBytes: number;
  /** Bytes of frames, for the record of the attempt. */
  bytes: number;
  finishReason: string | undefined;
  /** In which the provider says that it serves; undefined for ordinary service. */
  serviceTier?: ServiceTier | undefined;
  end: { readonly kind: "done" } | { readonly kind: "failure"; readonly failure: ProviderFailure } | undefined;
}

/** @returns the frames to write, or undefined when the parts carry none. Nothing counts after the end. */
export function tapInto(tap: Tap, parts: readonly StreamPart[]): Buffer | undefined {
  let one: Buffer | undefined;
  let more: Buffer[] | undefined;
  for (const part of parts) {
    if (tap.end) break;
    switch (part.kind) {
      case "content":
        tap.outputBytes += part.outputBytes;
        break;
      case "finish":
        tap.finishReason = part.reason;
        break;
      case "usage":
        tap.usage = part.usage;
        tap.reportedCost = part.reportedCost ?? tap.reportedCost;
        continue;
      case "served":
        tap.serviceTier = part.tier;
        continue;
      case "failure":
        tap.end = part;
        continue;
      case "done":
        tap.end = part;
        continue;
    }
    tap.bytes += part.bytes.length;
    if (!one) one = part.bytes;
    else (more ??= [one]).push(part.bytes);
  }
  return more ? Buffer.concat(more) : one;
}
