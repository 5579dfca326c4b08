/** A whole answer as it can be kept and told again: to who repeats a request, or asks the same. */
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import type { Usage } from "@switchyard/shared/domain/usage";
import { nano, type NanoUsd } from "@switchyard/shared/kernel/money";
import type { Operation, Reply } from "../providers/provider.ts";

export interface KnownAnswer {
  readonly operation: Operation;
  /** Whose answer it was, as the catalog had it then; without its price. */
  readonly model: CatalogModel;
  readonly reply: Reply;
  /** What its call was charged. */
  readonly bill: { readonly usage: Usage; readonly cost: NanoUsd };
}

/** Larger answers are not kept, in bytes. */
export const ANSWER_BYTES_MAX = 256 * 1024;

/** @returns undefined when it is too large to be kept */
export function packAnswer({ operation, model, reply, bill }: KnownAnswer): Buffer | undefined {
  const { raw, ...rest } = reply;
  if (raw && raw.bytes.length > ANSWER_BYTES_MAX) return undefined;
  const packed = Buffer.from(
    JSON.stringify({
      operation,
      model: { ...model, price: undefined },
      reply: { ...rest, ...(raw ? { raw: { contentType: raw.contentType, bytes: raw.bytes.toString("base64") } } : {}) },
      bill: { usage: bill.usage, cost: bill.cost.toString() },
    }),
  );
  return packed.length <= ANSWER_BYTES_MAX ? packed : undefined;
}

/** @param packed what `packAnswer` gave */
export function unpackAnswer(packed: Buffer): KnownAnswer {
  const { operation, model, reply, bill } = JSON.parse(packed.toString("utf8")) as {
    operation: Operation;
    model: CatalogModel;
    reply: Omit<Reply, "raw"> & { raw?: { contentType: string; bytes: string } };
    bill: { usage: Usage; cost: string };
  };
  const { raw, ...rest } = reply;
  return {
    operation,
    model: { ...model, price: undefined },
    reply: { ...(rest as Reply), ...(raw ? { raw: { contentType: raw.contentType, bytes: Buffer.from(raw.bytes, "base64") } } : {}) },
    bill: { usage: bill.usage, cost: nano(BigInt(bill.cost)) },
  };
}
