/** Responses that run on without their caller. From its hold to its end, what is known of one is in the database. */
import { setTimeout as sleep } from "node:timers/promises";
import { asPrincipal, type PrincipalTx } from "@switchyard/db/as-principal.pg";
import { appendEvents, beginResponse, endResponse, progressResponse } from "@switchyard/db/queries/background-responses";
import { getResponse, statusOfResponse } from "@switchyard/db/queries/responses";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { formatId } from "@switchyard/shared/kernel/id";
import { runCall } from "../../gateway/call.ts";
import type { CallEvent, CallHead, CallOrigin } from "../../gateway/call-event.ts";
import { CALLED_OFF } from "../../gateway/underway.ts";
import { errorOf } from "../dialects/responses/failed.ts";
import { itemIdsOf } from "../dialects/responses/history.ts";
import { responseObject, type Unfinished } from "../dialects/responses/response-object.ts";
import { ResponseStream } from "../dialects/responses/stream.ts";
import { toolBookOf } from "../dialects/responses/tools.ts";
import { addTurn } from "./conversation-items.http.ts";
import { EventLog } from "./event-log.ts";
import { endStatusOf, KEPT_BYTES_MAX, previousOf } from "./responses-history.http.ts";
import { isToBeKept } from "./responses-keeping.ts";
import { nowSeconds, refusalOf, responseHead, tellerFor, type Asked, type Teller } from "./responses-telling.ts";

type Fields = Record<string, unknown>;
type Refused = Extract<CallEvent, { kind: "refused" }>;

/** A call that was refused before anything was held, or a response that is on its way. */
export type Started = { readonly head: CallHead } & ({ readonly failure: Failure } | { readonly response: Fields });

/** Why this request cannot run in the background at all. */
export function hindranceTo({ ports, request, own }: Asked): Failure | undefined {
  if (!isToBeKept(ports, request))
    return failure("not_supported", { param: "background", publicText: "No responses are kept here, so none can run in the background." });
  if (Buffer.byteLength(JSON.stringify(own)) > KEPT_BYTES_MAX)
    return failure("payload_too_large", {
      param: "input",
      publicText: `The input of a response in the background may have ${KEPT_BYTES_MAX / 1024 / 1024} MiB.`,
    });
  return undefined;
}

/**
 * Begins a call that nobody's leaving ends.
 * @returns as soon as it is known whether it runs. Throws when it could not be written down: then nothing was sent and nothing is held.
 */
export function startInBackground(asked: Asked, origin: CallOrigin, requestIds: readonly string[]): Promise<Started> {
  const { ports } = asked;
  const abort = new AbortController();
  const started = Promise.withResolvers<Started>();
  const run = new BackgroundRun(asked, abort, started.resolve);
  ports.underway.add(abort, requestIds);
  run
    .carryOut(origin)
    .catch((cause: unknown) => {
      started.reject(cause);
      if (run.hasBegun) ports.log.error("a response in the background failed unexpectedly", { cause: cause instanceof Error ? cause.stack : String(cause) });
    })
    .finally(() => ports.underway.delete(abort));
  return started.promise;
}

/** How long the end of a response is tried to be written down, in milliseconds between the tries. */
const RETRIES_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000];

class BackgroundRun {
  readonly #asked: Asked;
  readonly #abort: AbortController;
  readonly #tell: (started: Started) => void;
  readonly #events: EventLog | undefined;
  #begun: CallHead | undefined;
  #teller: Teller | undefined;

  constructor(asked: Asked, abort: AbortController, tell: (started: Started) => void) {
    this.#asked = asked;
    this.#abort = abort;
    this.#tell = tell;
    if (asked.request.stream === true) {
      this.#events = new EventLog({
        write: ({ piece, frames }) => this.#inDatabase((tx) => appendEvents(tx, this.#id, piece, frames)),
        later: asked.ports.gateway.later,
        onFailure: (cause) => asked.ports.log.error("events of a response could not be kept; they are tried again", { cause: String(cause) }),
      });
    }
  }

  get hasBegun(): boolean {
    return this.#begun !== undefined;
  }

  async carryOut(origin: CallOrigin): Promise<void> {
    const { ports, principal, job } = this.#asked;
    const events = runCall(ports.gateway, { principal, origin, job, onHeld: (head) => this.#begin(head) }, this.#abort);
    for await (const event of events) await this.#hear(event);
  }

  async #hear(event: CallEvent): Promise<void> {
    switch (event.kind) {
      case "refused":
        if (!this.#begun) return this.#tell(await this.#startedBefore(event));
        return this.#giveUp(refusalOf(this.#asked, event.failure));
      case "opened": {
        // An answer that was kept from an earlier call is not held for.
        if (!this.#begun) await this.#begin(event.head);
        this.#teller = tellerFor(this.#asked, event);
        this.#events?.push(this.#teller.open());
        return this.#progress(this.#teller.snapshot({ status: "in_progress" }));
      }
      case "frames":
        return this.#events ? this.#events.push(this.#teller?.push(event.bytes) ?? "") : void this.#teller?.push(event.bytes);
      case "done": {
        if (!this.#teller) throw new Error("a stream ended that had not begun");
        const response = this.#teller.end(event.bill, nowSeconds(this.#asked));
        return this.#end(response, () => this.#teller?.last(response) ?? "");
      }
      case "broken":
        return this.#giveUp(event.failure);
      case "reply":
        throw new Error("a streamed call was answered whole");
    }
  }

  get #id() {
    if (!this.#begun) throw new Error("the response has not begun");
    return this.#begun.callId;
  }

  #inDatabase = <T>(work: (tx: PrincipalTx) => Promise<T>): Promise<T> => asPrincipal(this.#asked.ports.pool, this.#asked.principal, work);

  /** A repeated request is answered with the response that it became. */
  async #startedBefore({ head, failure: why, of }: Refused): Promise<Started> {
    const stored = of && (await this.#inDatabase((tx) => getResponse(tx, of)));
    if (!stored?.background) return { head, failure: why };
    const before = { ...head, callId: stored.id, generationId: formatId("call", stored.id), replayed: true } as const;
    return { head: before, response: JSON.parse(stored.response) as Fields };
  }

  async #begin(head: CallHead): Promise<void> {
    const { ports, principal, request, own } = this.#asked;
    const response = responseObject(responseHead(this.#asked, head.generationId, request.model), { status: "queued", output: [] });
    const previous = previousOf(request);
    await this.#inDatabase((tx) =>
      beginResponse(tx, {
        id: head.callId,
        workspaceId: principal.workspaceId,
        keyId: principal.keyId,
        previousId: previous.ok ? previous.value : undefined,
        keepDays: ports.responsesKeptDays,
        input: JSON.stringify(own),
        response: JSON.stringify(response),
        streamed: request.stream === true,
      }),
    );
    this.#begun = head;
    this.#tell({ head, response });
  }

  /** Nothing hangs on it: should it fail, the response counts as queued until it ends. */
  async #progress(response: Fields): Promise<void> {
    await this.#inDatabase((tx) => progressResponse(tx, this.#id, JSON.stringify(response))).catch((cause: unknown) =>
      this.#asked.ports.log.error("the progress of a response could not be written down", { cause: String(cause) }),
    );
  }

  async #giveUp(why: Failure): Promise<void> {
    const how: Unfinished = this.#abort.signal.reason === CALLED_OFF ? { status: "cancelled" } : { status: "failed", error: errorOf(why) };
    const head = responseHead(this.#asked, this.#begun?.generationId ?? "", this.#asked.request.model);
    const response = this.#teller?.snapshot(how) ?? responseObject(head, { ...how, output: [] });
    await this.#end(response, () => (this.#teller ?? new ResponseStream(head, toolBookOf([]), "")).broken(why));
  }

  /** @param last tells the last events */
  async #end(whole: Fields, last: () => string): Promise<void> {
    const { ports, request, own } = this.#asked;
    const ended = fitting(whole);
    const pieces = (await this.#events?.close(last())) ?? [];
    for (const wait of [...RETRIES_MS, undefined]) {
      try {
        await this.#inDatabase(async (tx) => {
          const status = await statusOfResponse(tx, this.#id);
          // Committed by a try of which nothing was heard.
          if (status === "completed" || status === "incomplete" || status === "cancelled") return;
          for (const { piece, frames } of pieces) await appendEvents(tx, this.#id, piece, frames);
          const response = await addTurn(ports, tx, { conversation: request.conversation, own, response: ended });
          const end = { id: this.#id, status: endStatusOf(response), response: JSON.stringify(response), itemIds: itemIdsOf(response["output"]) };
          await endResponse(tx, end);
        });
        return;
      } catch (cause) {
        if (wait === undefined) throw cause;
        await sleep(wait, undefined, { ref: false });
      }
    }
  }
}

/** A response that is too large to be kept is told without what it says; its call was carried out all the same. */
function fitting(response: Fields): Fields {
  if (Buffer.byteLength(JSON.stringify(response)) <= KEPT_BYTES_MAX) return response;
  const message = `The response is larger than the ${KEPT_BYTES_MAX / 1024 / 1024} MiB that are kept of one.`;
  return { ...response, status: "failed", output: [], error: { code: "server_error", message } };
}
