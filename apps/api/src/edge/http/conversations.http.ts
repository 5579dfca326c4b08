/** `/v1/conversations` and their items: kept for their own workspace, for as many days after their last use as responses are. */
import type { Express, Request, RequestHandler, Response } from "express";
import { asPrincipal, type PrincipalTx } from "@switchyard/db/as-principal.pg";
import {
  createConversation,
  deleteConversation,
  deleteItem,
  getConversation,
  getItem,
  listItems,
  updateConversation,
  type StoredConversation,
  type StoredItem,
} from "@switchyard/db/queries/conversations";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { formatId, parseId, type ConversationId } from "@switchyard/shared/kernel/id";
import {
  parseConversationAddition,
  parseConversationChange,
  parseConversationRequest,
  type NewConversation,
} from "@switchyard/shared/wire/openai-conversations";
import type { InputItem } from "@switchyard/shared/wire/openai-responses";
import { asListed, pageAskOf } from "../dialects/responses/input-items.ts";
import { authenticate } from "./authenticate.ts";
import { addItems, CONVERSATION_FULL, noConversation } from "./conversation-items.http.ts";
import { sendFailure } from "./error-body.ts";
import { jsonRoute } from "./json-route.http.ts";
import type { ResponsesPorts } from "./responses-telling.ts";

/** Paths and their methods, part of the server's list. */
export const CONVERSATION_ROUTES: Readonly<Record<string, string>> = {
  "/v1/conversations": "POST",
  "/v1/conversations/:id": "GET, HEAD, POST, DELETE",
  "/v1/conversations/:id/items": "GET, HEAD, POST",
  "/v1/conversations/:id/items/:item": "GET, HEAD, DELETE",
};

export function serveConversations(app: Express, ports: ResponsesPorts): void {
  app.post("/v1/conversations", create(ports));
  app.get("/v1/conversations/:id", retrieve(ports));
  app.post("/v1/conversations/:id", update(ports));
  app.delete("/v1/conversations/:id", remove(ports));
  app.get("/v1/conversations/:id/items", list(ports));
  app.post("/v1/conversations/:id/items", add(ports));
  app.get("/v1/conversations/:id/items/:item", retrieveItem(ports));
  app.delete("/v1/conversations/:id/items/:item", removeItem(ports));
}

const NOT_THERE = noConversation("conversation_id");
const NO_ITEM = failure("not_found", { param: "item_id", publicText: "There is no such item in this conversation." });

const told = ({ id, metadata, createdAt }: StoredConversation): Record<string, unknown> => ({
  id: formatId("conversation", id),
  object: "conversation",
  created_at: Math.floor(createdAt.getTime() / 1000),
  metadata: JSON.parse(metadata) as unknown,
});
const toldItem = ({ itemId, item }: StoredItem) => asListed(JSON.parse(item) as InputItem, itemId);

/** OpenAI's list. Without items its ends are empty texts: its wire knows no null there. */
const toldList = (items: readonly StoredItem[], hasMore: boolean): Record<string, unknown> => {
  const data = items.map(toldItem);
  return { object: "list", data, first_id: data[0]?.id ?? "", last_id: data.at(-1)?.id ?? "", has_more: hasMore };
};

/** Somebody else's id and no id at all are the same: not there. */
const idIn = (req: Request): ConversationId | undefined => parseId("conversation", String(req.params["id"]));

/** What is done with one conversation, in the caller's own workspace. */
type Work = (tx: PrincipalTx, id: ConversationId, req: Request, principal: KeyPrincipal) => Promise<Record<string, unknown> | undefined>;

async function answer(ports: ResponsesPorts, principal: KeyPrincipal, req: Request, res: Response, work: Work): Promise<void> {
  const id = idIn(req);
  const found = id && (await asPrincipal(ports.pool, principal, (tx) => work(tx, id, req, principal)));
  if (found) res.json(found);
  else sendFailure(res, req.params["item"] === undefined ? NOT_THERE : NO_ITEM);
}

const bodiless =
  (ports: ResponsesPorts, work: Work): RequestHandler =>
  async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    await answer(ports, principal.value, req, res, work);
  };

const create = (ports: ResponsesPorts): RequestHandler =>
  jsonRoute(ports, parseConversationRequest, async ({ principal, request }, _req, res) => {
    const keepDays = ports.responsesKeptDays;
    if (keepDays === 0) return sendFailure(res, failure("not_supported", { publicText: "No conversations are kept here." }));
    const made = await asPrincipal(ports.pool, principal, async (tx) => {
      const { ids } = ports;
      const metadata = JSON.stringify(request.metadata);
      const conversation = await createConversation(tx, {
        id: ids.next("conversation"),
        workspaceId: principal.workspaceId,
        keyId: principal.keyId,
        metadata,
        keepDays,
      });
      await addedTo(ports, tx, conversation.id, request);
      return conversation;
    });
    res.json(told(made));
  });

/** @returns undefined when there is no such conversation. Throws, which takes everything back, when it cannot hold them. */
async function addedTo(
  ports: ResponsesPorts,
  tx: PrincipalTx,
  id: ConversationId,
  { items }: Pick<NewConversation, "items">,
): Promise<readonly StoredItem[] | undefined> {
  const added = await addItems(tx, { ids: ports.ids, keepDays: ports.responsesKeptDays }, id, items);
  if (added === "full") throw new FailureError(CONVERSATION_FULL);
  return added === "missing" ? undefined : added;
}

const retrieve = (ports: ResponsesPorts): RequestHandler =>
  bodiless(ports, async (tx, id) => {
    const found = await getConversation(tx, id);
    return found && told(found);
  });

const update = (ports: ResponsesPorts): RequestHandler =>
  jsonRoute(ports, parseConversationChange, ({ principal, request }, req, res) =>
    answer(ports, principal, req, res, async (tx, id) => {
      const found = await updateConversation(tx, id, JSON.stringify(request.metadata));
      return found && told(found);
    }),
  );

const remove = (ports: ResponsesPorts): RequestHandler =>
  bodiless(ports, async (tx, id) =>
    (await deleteConversation(tx, id)) ? { id: formatId("conversation", id), object: "conversation.deleted", deleted: true } : undefined,
  );

const list = (ports: ResponsesPorts): RequestHandler =>
  bodiless(ports, async (tx, id, req) => {
    const ask = pageAskOf(req.query);
    if (!ask.ok) throw new FailureError(ask.failure);
    const found = await listItems(tx, id, ask.value);
    if (found === "missing") return undefined;
    if (found === "no such item")
      throw new FailureError(failure("invalid_request", { param: "after", publicText: "Invalid value for 'after': is no item of this conversation" }));
    return toldList(found.slice(0, ask.value.limit), found.length > ask.value.limit);
  });

const add = (ports: ResponsesPorts): RequestHandler =>
  jsonRoute(ports, parseConversationAddition, ({ principal, request }, req, res) =>
    answer(ports, principal, req, res, async (tx, id) => {
      const added = await addedTo(ports, tx, id, request);
      return added && toldList(added, false);
    }),
  );

const retrieveItem = (ports: ResponsesPorts): RequestHandler =>
  bodiless(ports, async (tx, id, req) => {
    const found = await getItem(tx, id, String(req.params["item"]));
    return found && toldItem(found);
  });

const removeItem = (ports: ResponsesPorts): RequestHandler =>
  bodiless(ports, async (tx, id, req) => {
    const found = await deleteItem(tx, id, String(req.params["item"]));
    return found && told(found);
  });
