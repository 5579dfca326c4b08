/** The account of who changed the catalog: written in the change's own transaction, read by operators, and what an undo goes by. */
import type { Kysely } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import { formatId, parseId, toId, type AuditId, type Ids, type WorkspaceId } from "@switchyard/shared/kernel/id";

/** One change of one owner's catalog: the transaction it happens in, and who it is written down as. */
export interface Editing {
  readonly tx: Kysely<Database>;
  readonly owner: WorkspaceId;
  readonly actor: string;
  readonly ids: Ids;
}

/** What can be taken back, and by what it is found again. */
export interface UndoableChange {
  readonly kind: "group" | "alias" | "routing";
  /** A group's id, an alias' name; empty for routing. */
  readonly key: string;
  /** Null: it did not exist. */
  readonly before: unknown;
  readonly after: unknown;
}

const PAST = { created: "created", changed: "changed", deleted: "deleted" } as const;
type Deed = keyof typeof PAST;

export const deedOf = ({ before, after }: Pick<UndoableChange, "before" | "after">): Deed =>
  before === null ? "created" : after === null ? "deleted" : "changed";

/** @param object as people call it, never a secret */
export async function logChange(editing: Editing, object: string, change: UndoableChange, undoes?: AuditId): Promise<void> {
  await logDeed(editing, `${change.kind}.${deedOf(change)}`, object, { ...change, ...(undoes === undefined ? {} : { undoes: formatId("audit", undoes) }) });
}

/** What cannot be taken back. @param detail never a secret @returns what names it in the account */
export async function logDeed(
  { tx, owner, actor, ids }: Editing,
  verb: string,
  object: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<AuditId> {
  const id = ids.next("audit");
  await tx
    .insertInto("switchyard.audit_log")
    .values({ workspace_id: owner, id, actor, verb, object, detail: JSON.stringify(detail) })
    .execute();
  return id;
}

export interface LoggedChange {
  readonly id: AuditId;
  readonly at: Date;
  /** A person's address, the name of a key, or a part of the program. */
  readonly actor: string;
  readonly verb: string;
  readonly object: string;
  /** What it was and became, where that is known. */
  readonly change: UndoableChange | undefined;
  readonly undoes: string | undefined;
}

/** What of the account is about the catalog. */
const NOUNS = ["group", "alias", "routing", "provider", "model", "models", "prices", "config"] as const;

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
    ...readDetail(row.detail),
  }));
}

export function readDetail(detail: Readonly<Record<string, unknown>>): Pick<LoggedChange, "change" | "undoes"> {
  const { kind, key, before, after, undoes } = detail;
  const isChange = (kind === "group" || kind === "alias" || kind === "routing") && typeof key === "string" && before !== undefined && after !== undefined;
  return { change: isChange ? { kind, key, before, after } : undefined, undoes: typeof undoes === "string" ? undoes : undefined };
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
