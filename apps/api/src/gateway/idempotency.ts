/**
 * What an `Idempotency-Key` promises: of all requests of a workspace that carry it to one door, at most one is carried out.
 *
 * The key is written down in the same transaction as the hold, and what it stands for is told by that hold: pending, the
 * call runs (409, come back); posted, it was answered (told again when it was kept, else 409 with its id); voided, nothing was
 * delivered and the key is free. So a crash at any moment leaves nothing to clean up. The same key with another request is 422.
 */
import { createHash } from "node:crypto";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { formatId, type CallId } from "@switchyard/shared/kernel/id";
import type { IdempotencyClaim, IdempotencyStore } from "../ledger/ledger.ts";
import type { Offered, Upload } from "../providers/provider.ts";
import type { Job } from "./job.ts";
import { packAnswer, unpackAnswer, type KnownAnswer } from "./known-answer.ts";
import type { GatewayPorts } from "./ports.ts";

export type Idempotent =
  | { readonly kind: "claim"; readonly claim: IdempotencyClaim }
  | { readonly kind: "replay"; readonly callId: CallId; readonly answer: KnownAnswer }
  /** `of` is the call that the same request was, where that is the reason. */
  | { readonly kind: "refused"; readonly failure: Failure; readonly of?: CallId };

/** Visible ASCII, as the header's draft has it: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
const KEY = /^[\x21-\x7e]{1,255}$/;
export const IN_PROGRESS_WAIT_MS = 1_000;

/** What is known of a key before anything is done for the request. */
export async function lookUpKey(ports: GatewayPorts, principal: KeyPrincipal, job: Job, key: string): Promise<Idempotent> {
  if (!KEY.test(key)) {
    return {
      kind: "refused",
      failure: failure("invalid_request", { param: "Idempotency-Key", publicText: "Idempotency-Key must be 1 to 255 visible ASCII characters." }),
    };
  }
  const claim: IdempotencyClaim = { key, surface: job.surface, fingerprint: await fingerprintOf(job) };
  let found: Awaited<ReturnType<IdempotencyStore["find"]>>;
  try {
    found = await ports.idempotency.find(principal.workspaceId, claim);
  } catch (cause) {
    return {
      kind: "refused",
      failure: failure("service_unavailable", { retryAfterMs: IN_PROGRESS_WAIT_MS, detail: "the idempotency key could not be looked up", cause }),
    };
  }
  if (found === undefined || found.state === "free") return { kind: "claim", claim };
  if (!found.fingerprint.equals(claim.fingerprint)) return { kind: "refused", failure: refusalFor("reused") };
  if (found.state === "running") return { kind: "refused", failure: refusalFor("taken"), of: found.callId };
  const known = found.answer && unpackAnswer(found.answer);
  if (known && "reply" in known) return { kind: "replay", callId: found.callId, answer: known };
  return {
    kind: "refused",
    of: found.callId,
    failure: failure("idempotency_replay_unavailable", {
      publicText: `The call with this Idempotency-Key was carried out already, and its answer is not kept: it was streamed or is too large. See /v1/generation?id=${formatId("call", found.callId)}.`,
    }),
  };
}

/** @param why `taken`: the same request is being carried out just now; `reused`: the key stands for another request */
export const refusalFor = (why: "taken" | "reused"): Failure =>
  why === "taken" ? failure("idempotency_in_progress", { retryAfterMs: IN_PROGRESS_WAIT_MS }) : failure("idempotency_key_reused", { param: "Idempotency-Key" });

/** Before the call is closed, so that nobody meets it closed and without its answer. */
export async function keepAnswer(
  ports: GatewayPorts,
  of: { principal: KeyPrincipal; callId: CallId; claim: IdempotencyClaim },
  answer: KnownAnswer,
): Promise<void> {
  const packed = packAnswer(answer);
  if (!packed) return;
  try {
    await ports.idempotency.keep(of.principal.workspaceId, of.claim, of.callId, packed);
  } catch (cause) {
    // The caller gets its answer all the same; who repeats the request is told that it is not kept.
    ports.log.warn("an answer could not be kept for its idempotency key", { call: formatId("call", of.callId), cause: String(cause) });
  }
}

/** SHA-256 of the request as its door read it: spaces of a JSON body do not matter, the order of its fields does. */
async function fingerprintOf({ offers, stream, asSent }: Job): Promise<Buffer> {
  const hash = createHash("sha256").update(stream ? "stream\n" : "whole\n");
  const [offer] = offers;
  if (offer && isUpload(offer)) {
    hash.update(JSON.stringify(offer.request.fields));
    for (const file of offer.request.files) {
      hash.update(`\n${file.field} ${file.contentType} ${file.bytes}\n`);
      for await (const piece of file.open()) hash.update(piece);
    }
  } else hash.update(JSON.stringify(asSent ?? offer?.request));
  return hash.digest();
}

const isUpload = (offer: Offered): offer is Offered & { readonly request: Upload } => "files" in offer.request && "fields" in offer.request;
