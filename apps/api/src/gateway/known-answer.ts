/** An answer as it can be kept and told again: to who repeats a request, or asks the same. */
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import type { Usage } from "@switchyard/shared/domain/usage";
import { nano, type NanoUsd } from "@switchyard/shared/kernel/money";
import type { Operation, Reply } from "../providers/provider.ts";

interface Known {
  readonly operation: Operation;
  /** Whose answer it was, as the catalog had it then; without its price. */
  readonly model: CatalogModel;
  /** What its call was charged. */
  readonly bill: { readonly usage: Usage; readonly cost: NanoUsd };
}

/** A whole answer. */
export interface KnownAnswer extends Known {
  readonly reply: Reply;
}

/** A stream, as the frames that were given to its door. */
export interface KnownStream extends Known {
  readonly frames: Buffer;
  readonly finishReason: string | undefined;
}

/** Larger answers are not kept, in bytes. */
export const ANSWER_BYTES_MAX = 256 * 1024;

interface Packed {
  readonly operation: Operation;
  readonly model: CatalogModel;
  readonly bill: { readonly usage: Usage; readonly cost: string };
  readonly reply?: Omit<Reply, "raw"> & { readonly raw?: { readonly contentType: string; readonly bytes: string } };
  readonly frames?: string;
  readonly finishReason?: string | undefined;
}

/** @returns undefined when it is too large to be kept */
export function packAnswer(known: KnownAnswer | KnownStream): Buffer | undefined {
  const { operation, model, bill } = known;
  const common = { operation, model: { ...model, price: undefined }, bill: { usage: bill.usage, cost: bill.cost.toString() } };
  const packed = "reply" in known ? withReply(common, known.reply) : { ...common, frames: known.frames.toString("base64"), finishReason: known.finishReason };
  const bytes = packed && Buffer.from(JSON.stringify(packed));
  return bytes && bytes.length <= ANSWER_BYTES_MAX ? bytes : undefined;
}

function withReply(common: Packed, { raw, ...rest }: Reply): Packed | undefined {
  if (raw && raw.bytes.length > ANSWER_BYTES_MAX) return undefined;
  return { ...common, reply: { ...rest, ...(raw ? { raw: { contentType: raw.contentType, bytes: raw.bytes.toString("base64") } } : {}) } };
}

/**
 * @param packed what `packAnswer` gave
 * @param renamed the generation id under which it was given, and that of the call it is told to, of the same length
 */
export function unpackAnswer(packed: Buffer, renamed?: { readonly from: string; readonly to: string }): KnownAnswer | KnownStream {
  const text = packed.toString("utf8");
  const { operation, model, bill, reply, frames, finishReason } = JSON.parse(renamed ? text.replaceAll(renamed.from, renamed.to) : text) as Packed;
  const known: Known = { operation, model: { ...model, price: undefined }, bill: { usage: bill.usage, cost: nano(BigInt(bill.cost)) } };
  if (reply) {
    const { raw, ...rest } = reply;
    return { ...known, reply: raw ? { ...(rest as Reply), raw: { contentType: raw.contentType, bytes: Buffer.from(raw.bytes, "base64") } } : (rest as Reply) };
  }
  // Latin 1 keeps every byte what it is.
  const bytes = Buffer.from(frames ?? "", "base64");
  return { ...known, finishReason, frames: renamed ? Buffer.from(bytes.toString("latin1").replaceAll(renamed.from, renamed.to), "latin1") : bytes };
}
