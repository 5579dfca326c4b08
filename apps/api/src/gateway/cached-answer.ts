/**
 * The response cache: an answer is kept for a while, and who asks exactly the same of the same group in the same workspace is
 * told it again. The request's own word goes before the key's, the key's before the group's; what a kept answer costs is the group's alone.
 */
import { createHash } from "node:crypto";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { CACHE_SECONDS_MAX } from "@switchyard/shared/domain/routing";
import { failure } from "@switchyard/shared/kernel/failure";
import { nano, type NanoUsd } from "@switchyard/shared/kernel/money";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import type { Route } from "../routing/resolve.ts";
import type { Job } from "./job.ts";
import { ANSWER_BYTES_MAX, packAnswer, unpackAnswer, type KnownAnswer, type KnownStream } from "./known-answer.ts";
import type { GatewayPorts } from "./ports.ts";

export interface Caching {
  /** Under what the answer is kept. */
  readonly name: string;
  readonly ttlSeconds: number;
  readonly chargePercent: number;
  /** False when the request wants a new answer, to be kept in place of the old one. */
  readonly reads: boolean;
}

export interface CachedAnswer {
  readonly known: KnownAnswer | KnownStream;
  /** The public id of the call that gave it. */
  readonly from: string;
  readonly ageSeconds: number;
  /** What telling it again costs. */
  readonly charge: NanoUsd;
}

export const CACHE_HEADER = "x-switchyard-cache";
const ON_REQUEST_SECONDS = 3_600;
const TTL = /^ttl=(\d{1,6})$/;

/**
 * Whether and how a call is cached; undefined when it is not.
 * @param header as it came: `on`, `off`, `refresh`, or `ttl=` seconds
 */
export function cachingOf(route: Route, principal: KeyPrincipal, job: Job, header: string | undefined): Result<Caching | undefined> {
  const { chargePercent } = route.policy.cache;
  const ttlSeconds = principal.cacheSeconds ?? route.policy.cache.ttlSeconds;
  if (header === undefined && ttlSeconds === 0) return NOT_CACHED;
  const word = header?.trim().toLowerCase() ?? "on";
  if (word === "off") return NOT_CACHED;
  const asked = Number(TTL.exec(word)?.[1] ?? Number.NaN);
  const isTtl = asked >= 1 && asked <= CACHE_SECONDS_MAX;
  if (!isTtl && word !== "on" && word !== "refresh") {
    return refused(
      failure("invalid_request", {
        param: CACHE_HEADER,
        publicText: `${CACHE_HEADER} must be on, off, refresh, or ttl= and 1 to ${CACHE_SECONDS_MAX} seconds.`,
      }),
    );
  }
  const name = nameOf(route, principal, job);
  if (name === undefined) return NOT_CACHED;
  return ok({ name, ttlSeconds: isTtl ? asked : ttlSeconds || ON_REQUEST_SECONDS, chargePercent, reads: word !== "refresh" });
}

const NOT_CACHED: Result<undefined> = ok(undefined);

/** Says who asks, or what for, and does not change the answer. `model` is what it was resolved to instead. */
const IRRELEVANT = ["model", "user", "metadata", "safety_identifier", "prompt_cache_key", "stream_options", "store"];

/** @returns undefined for what cannot be compared: uploads */
function nameOf(route: Route, principal: KeyPrincipal, job: Job): string | undefined {
  const [offer] = job.offers;
  if (!offer || "files" in offer.request) return undefined;
  const request: Record<string, unknown> = { ...(offer.request as Record<string, unknown>) };
  for (const field of IRRELEVANT) delete request[field];
  const of = route.group?.id ?? route.targets.map(({ model }) => model.id);
  const hash = createHash("sha256")
    .update(JSON.stringify([of, job.surface, offer.operation, job.stream, request]))
    .digest("base64url");
  return `${principal.workspaceId}:${hash}`;
}

/** Before the answer itself: the id it was given under, a space, and when, in milliseconds since 1970. */
const HEAD = /^(gen_[0-9a-z]{26}) (\d{1,16})\n/;
const HEAD_BYTES_MAX = 64;

/** @param generationId the public id of the call that is told */
export async function cachedAnswer(ports: GatewayPorts, caching: Caching, generationId: string): Promise<CachedAnswer | undefined> {
  if (!caching.reads) return undefined;
  const kept = await ports.answers.get(caching.name);
  const head = kept && HEAD.exec(kept.toString("latin1", 0, HEAD_BYTES_MAX));
  if (!kept || !head) return undefined;
  const [{ length }, from = "", at = ""] = head;
  const known = unpackAnswer(kept.subarray(length), { from, to: generationId });
  // Rounded up, as every charge is.
  const charge = nano((known.bill.cost * BigInt(caching.chargePercent) + 99n) / 100n);
  return { known, from, ageSeconds: Math.max(0, Math.floor((ports.clock.now() - Number(at)) / 1_000)), charge };
}

/** @param generationId the public id of the call that gave it */
export function cacheAnswer(ports: GatewayPorts, caching: Caching, generationId: string, known: KnownAnswer | KnownStream): void {
  const packed = packAnswer(known);
  if (packed) ports.answers.put(caching.name, Buffer.concat([Buffer.from(`${generationId} ${ports.clock.now()}\n`), packed]), caching.ttlSeconds);
}

/** Gathers the frames of a stream that may be kept, as long as they are not too many. */
export class FramesToKeep {
  #frames: Buffer[] | undefined = [];
  #bytes = 0;

  add(frames: Buffer): void {
    this.#bytes += frames.length;
    if (this.#bytes > ANSWER_BYTES_MAX) this.#frames = undefined;
    this.#frames?.push(frames);
  }

  /** All of them; undefined when they were too many. */
  whole(): Buffer | undefined {
    return this.#frames && Buffer.concat(this.#frames);
  }
}
