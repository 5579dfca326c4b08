/** Reads and keeps the conversations of the Responses door, in the caller's own workspace. */
import { asPrincipal } from "@switchyard/db/as-principal.pg";
import { allItems } from "@switchyard/db/queries/conversations";
import { conversationTo, responsesWithItems, storeResponse } from "@switchyard/db/queries/responses";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { failure } from "@switchyard/shared/kernel/failure";
import { parseId, type CallId } from "@switchyard/shared/kernel/id";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import type { InputItem, ResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { itemIdsOf, recall, referencesIn, type Recalled } from "../dialects/responses/history.ts";
import { noConversation } from "./conversation-items.http.ts";
import { isToBeKept, type HistoryPorts } from "./responses-keeping.ts";
import { INFERENCE_BODY_MAX } from "./read-body.ts";

/** A response and its input may each have so many bytes to be kept; Postgres checks the same. */
export const KEPT_BYTES_MAX = 8 * 1024 * 1024;

const NOTHING = { conversation: [], referred: [] };

/** The whole conversation that a request goes on with. Without `previous_response_id` and references nothing is read. */
export async function recallFor(ports: HistoryPorts, principal: KeyPrincipal, request: ResponsesRequest): Promise<Result<Recalled>> {
  const previous = previousOf(request);
  if (!previous.ok) return previous;
  const references = referencesIn(request.input);
  const named = request.conversation === undefined ? undefined : parseId("conversation", request.conversation);
  if (request.conversation !== undefined && !named) return refused(noConversation("conversation"));
  if (previous.value === undefined && named === undefined && references.length === 0) return recall(request.input, NOTHING);
  const id = previous.value;
  const found = await asPrincipal(ports.pool, principal, async (tx) => ({
    conversation: id && (await conversationTo(tx, id, INFERENCE_BODY_MAX)),
    items: named && (await allItems(tx, named)),
    referred: references.length === 0 ? [] : await responsesWithItems(tx, references),
  }));
  if (named && !found.items) return refused(noConversation("conversation"));
  const last = found.conversation ? found.conversation.responses.at(-1) : undefined;
  if (last && !CAN_GO_ON.has(last.status)) {
    const how = last.status === "failed" || last.status === "cancelled" ? "did not come to its end" : "has not ended yet";
    return refused(failure("invalid_request", { param: "previous_response_id", publicText: `This response ${how}: it cannot be gone on from.` }));
  }
  if (found.conversation && !found.conversation.whole) {
    return refused(
      found.conversation.responses.length === 0 ? notFound() : notFound("A response of this conversation was deleted or has expired, or it is too long."),
    );
  }
  return recall(request.input, { conversation: found.conversation?.responses ?? [], items: found.items ?? [], referred: found.referred });
}

const CAN_GO_ON: ReadonlySet<string> = new Set(["completed", "incomplete"]);

/** The response that the request goes on from. */
export function previousOf({ previous_response_id: asked }: ResponsesRequest): Result<CallId | undefined> {
  if (asked === undefined) return ok(undefined);
  const id = parseId("call", asked);
  return id ? ok(id) : refused(notFound());
}

const notFound = (publicText?: string) =>
  failure("previous_response_not_found", { param: "previous_response_id", ...(publicText === undefined ? {} : { publicText }) });

const ENDS = ["completed", "incomplete", "failed", "cancelled"] as const;
/** How a response ended, by its own word. */
export const endStatusOf = ({ status }: Record<string, unknown>): (typeof ENDS)[number] => ENDS.find((end) => end === status) ?? "completed";

export interface Finished {
  readonly callId: CallId;
  readonly request: ResponsesRequest;
  readonly own: readonly InputItem[];
  readonly response: Record<string, unknown>;
}

/**
 * Keeps a response, so that whoever has read its end can go on from it.
 * @returns false when it was not kept: not wanted, too large, or the database is away. The answer is given all the same and says so.
 */
export async function keep(ports: HistoryPorts, principal: KeyPrincipal, { callId, request, own, response }: Finished): Promise<boolean> {
  if (!isToBeKept(ports, request)) return false;
  const input = JSON.stringify(own);
  const text = JSON.stringify(response);
  if (Buffer.byteLength(input) > KEPT_BYTES_MAX || Buffer.byteLength(text) > KEPT_BYTES_MAX) return false;
  const previous = previousOf(request);
  try {
    await asPrincipal(ports.pool, principal, (tx) =>
      storeResponse(tx, {
        id: callId,
        workspaceId: principal.workspaceId,
        keyId: principal.keyId,
        previousId: previous.ok ? previous.value : undefined,
        keepDays: ports.responsesKeptDays,
        input,
        response: text,
        status: endStatusOf(response),
        itemIds: itemIdsOf(response["output"]),
      }),
    );
    return true;
  } catch (error) {
    ports.log.error("a response could not be kept", { callId, cause: String(error) });
    return false;
  }
}
