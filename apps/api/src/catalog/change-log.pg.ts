/** The account of who changed the catalog: written in the change's own transaction, read by operators, and what an undo goes by. */
import type { Kysely } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import { formatId, parseId, toId, type AuditId, type Ids, type WorkspaceId } from "@switchyard/shared/kernel/id";
import type { ChangeRow } from "@switchyard/shared/wire/console/routing";
import { differingFields } from "./differing-fields.ts";
import { IMPORTED } from "./imported.ts";

/** One change of one owner's catalog: the transaction it happens in, and who it is written down as. */
export interface Editing {
  readonly tx: Kysely<Database>;
  readonly owner: WorkspaceId;
  readonly actor: string;
  readonly ids: Ids;
}

export const UNDOABLE = ["group", "alias", "routing", "provider", "model", "price", "prices"] as const;

/** What can be taken back, and by what it is found again. */
export interface UndoableChange {
  readonly kind: (typeof UNDOABLE)[number];
  /** The id of a group, a provider or a model, an alias' name; of a model's price the model's id; empty for routing, and for many prices. */
  readonly key: string;
  /** Null: it did not exist. */
  readonly before: unknown;
  readonly after: unknown;
  /** What was changed besides and is not written down, because it may be secret: it is not put back. */
  readonly lost?: readonly string[] | undefined;
}

/** Many prices at once, from the price book. */
export const REPRICED = "prices.refresh";

const PAST = { created: "created", changed: "changed", deleted: "deleted" } as const;
type Deed = keyof typeof PAST;

export const deedOf = ({ before, after }: Pick<UndoableChange, "before" | "after">): Deed =>
  before === null ? "created" : after === null ? "deleted" : "changed";

/** @param object as people call it, never a secret */
export async function logChange(editing: Editing, object: string, change: UndoableChange, undoes?: AuditId): Promise<void> {
  const verb = change.kind === "prices" ? REPRICED : `${change.kind}.${deedOf(change)}`;
  await logDeed(editing, verb, object, { ...change }, undoes);
}

/** What cannot be taken back. @param detail never a secret @returns what names it in the account */
export async function logDeed(
  { tx, owner, actor, ids }: Editing,
  verb: string,
  object: string,
  detail: Readonly<Record<string, unknown>> = {},
  undoes?: AuditId,
): Promise<AuditId> {
  const id = ids.next("audit");
  await tx
    .insertInto("switchyard.audit_log")
    .values({
      workspace_id: owner,
      id,
      actor,
      verb,
      object,
      detail: JSON.stringify({ ...detail, ...(undoes === undefined ? {} : { undoes: formatId("audit", undoes) }) }),
    })
    .execute();
  return id;
}

/** A change as the console shows it, with the id of the database. */
export interface LoggedChange extends Omit<ChangeRow, "id"> {
  readonly id: AuditId;
}

/** What of the account is about the catalog. */
const NOUNS = ["group", "alias", "routing", "provider", "model", "models", "price", "prices", "address", "config"] as const;

/** The platform's changes, newest first. */
export async function listChanges(worker: Kysely<Database>, ask: { readonly before?: AuditId | undefined; readonly limit: number }): Promise<LoggedChange[]> {
  let query = worker
    .selectFrom("switchyard.audit_log")
    .selectAll()
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where((where) => where.or(NOUNS.map((noun) => where("verb", "like", `${noun}.%`))))
    .where("verb", "!=", "config.export")
    .orderBy("id", "desc")
    .limit(ask.limit);
  if (ask.before !== undefined) query = query.where("id", "<", ask.before);
  const rows = await query.execute();
  const emails = await emailsOf(
    worker,
    rows.map(({ actor }) => actor),
  );
  return rows.map((row) => ({
    id: toId("audit", row.id),
    at: row.at,
    actor: emails.get(row.actor) ?? row.actor,
    verb: row.verb,
    object: row.object,
    ...tellDetail(row.verb, row.detail),
  }));
}

function tellDetail(verb: string, detail: Readonly<Record<string, unknown>>): Pick<LoggedChange, "undoable" | "fields" | "notPutBack" | "undoes"> {
  const { change, undoes } = readDetail(detail);
  const lost = namesIn(detail["lost"]);
  const differing = change && change.kind !== "prices" ? differingFields(change.before, change.after) : [];
  return { undoable: change !== undefined || verb === IMPORTED, fields: [...differing, ...lost], notPutBack: change ? lost : [], undoes };
}

const namesIn = (value: unknown): string[] => (Array.isArray(value) ? value.filter((name) => typeof name === "string") : []);

export function readDetail(detail: Readonly<Record<string, unknown>>): { readonly change: UndoableChange | undefined; readonly undoes: string | undefined } {
  const { key, before, after, lost, undoes } = detail;
  const kind = UNDOABLE.find((one) => one === detail["kind"]);
  const isChange = kind !== undefined && typeof key === "string" && before !== undefined && after !== undefined;
  return { change: isChange ? { kind, key, before, after, lost: namesIn(lost) } : undefined, undoes: typeof undoes === "string" ? undoes : undefined };
}

async function emailsOf(worker: Kysely<Database>, actors: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = new Map(
    actors.flatMap((actor) => {
      const id = actor.startsWith("user:") ? parseId("user", actor.slice("user:".length)) : undefined;
      return id === undefined ? [] : [[id as string, actor] as const];
    }),
  );
  if (ids.size === 0) return new Map();
  const people = await worker
    .selectFrom("switchyard.users")
    .select(["id", "email"])
    .where("id", "in", [...ids.keys()])
    .execute();
  return new Map(people.flatMap(({ id, email }) => [[ids.get(id) ?? "", email] as const]));
}
