/** Fills every tenant's table of a fresh database for several workspaces, money and calls through the ledger's own functions. */
import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { CallId, GroupId, KeyId, ModelId, PriceId, ProviderId, UserId, WorkspaceId } from "@switchyard/shared/kernel/id";

/** What a seeded workspace consists of, to be asked for by name. */
export interface SeededWorkspace {
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  readonly owner: { readonly id: UserId; readonly email: string };
  readonly member: { readonly id: UserId; readonly email: string };
  readonly keyId: KeyId;
  /** The secret of that key. */
  readonly keySecret: string;
  readonly providerId: ProviderId;
  readonly modelId: ModelId;
  readonly priceId: PriceId;
  readonly groupId: GroupId;
  /** A call that was answered and paid. */
  readonly callId: CallId;
}

const CREDIT_NANO = 10_000_000_000n;

/** A version 7 UUID of an instant, random beyond it. */
export function uuidAt(epochMs: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(epochMs, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const freshUuid = (): string => uuidAt(Date.now());

/**
 * @param url of a superuser, on a migrated database
 * @param names the workspaces to make, besides the platform's own, which gets a catalog too
 */
export async function seedWorkspaces(url: string, names: readonly string[]): Promise<SeededWorkspace[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("insert into switchyard.workspaces (workspace_id, name, kind) values ($1, 'platform', 'platform') on conflict do nothing", [
      PLATFORM_WORKSPACE,
    ]);
    await seedCatalog(client, PLATFORM_WORKSPACE, "shared");
    const seeded: SeededWorkspace[] = [];
    for (const name of names) seeded.push(await seedOne(client, name));
    return seeded;
  } finally {
    await client.end();
  }
}

async function seedOne(client: pg.Client, name: string): Promise<SeededWorkspace> {
  const workspaceId = freshUuid();
  await client.query("insert into switchyard.workspaces (workspace_id, name, kind) values ($1, $2, 'team')", [workspaceId, name]);
  const owner = await seedPerson(client, workspaceId, `owner@${name}.test`, "owner");
  const member = await seedPerson(client, workspaceId, `member@${name}.test`, "member");
  const catalog = await seedCatalog(client, workspaceId, name);
  const keyId = freshUuid();
  const keySecret = `sy-${randomBytes(20).toString("hex")}`;
  await client.query(
    'insert into switchyard.api_keys (workspace_id, id, name, hash, prefix, last_four, limits, created_by) values ($1, $2, \'first\', $3, $4, $5, \'[{"kind":"requests","max":600,"windowSeconds":60}]\', $6)',
    [workspaceId, keyId, createHash("sha256").update(keySecret).digest(), keySecret.slice(0, 5), keySecret.slice(-4), owner.id],
  );
  await client.query("insert into switchyard.audit_log (workspace_id, id, actor, verb, object) values ($1, $2, 'system', 'workspace.created', $3)", [
    workspaceId,
    freshUuid(),
    name,
  ]);
  await client.query("select ledger.credit($1, $2, $3, 'credit', 'platform:promo', 'system', 'opening credit')", [freshUuid(), workspaceId, CREDIT_NANO]);
  const budgetId = freshUuid();
  await client.query("select ledger.set_budget($1, $2, $3, $4, 30)", [workspaceId, budgetId, keyId, CREDIT_NANO / 2n]);
  const ids = { workspaceId, keyId, budgetIds: [budgetId], priceId: catalog.priceId, provider: name, model: "model-1", group: `${name}-pool` };
  const [callId] = await seedCalls(client, ids, [{ cost: 1_000_000n }]);
  await client.query(
    "insert into switchyard.responses (workspace_id, id, key_id, expires_at, input, response) values ($1, $2, $3, now() + interval '1 day', '[]', '{\"output\":[]}')",
    [workspaceId, callId, keyId],
  );
  await client.query("insert into switchyard.response_items (workspace_id, item_id, response_id) values ($1, $2, $3)", [workspaceId, `msg_${name}`, callId]);
  const conversationId = freshUuid();
  await client.query(
    "insert into switchyard.conversations (workspace_id, id, key_id, metadata, expires_at) values ($1, $2, $3, '{}', now() + interval '1 day')",
    [workspaceId, conversationId, keyId],
  );
  await client.query("insert into switchyard.conversation_items (workspace_id, conversation_id, item_id, item) values ($1, $2, 'msg_1', '{}')", [
    workspaceId,
    conversationId,
  ]);
  await client.query("insert into switchyard.response_events (workspace_id, response_id, piece, frames) values ($1, $2, 0, $3)", [
    workspaceId,
    callId,
    `event: of ${name}`,
  ]);
  await client.query(
    "insert into switchyard.call_sums (workspace_id, width, slot, part, outcome, kept, calls, input, cached, output, charged) values ($1, '30 minutes', 'epoch', 1, 'answered', false, 1, 1, 0, 1, 1)",
    [workspaceId],
  );
  await client.query(
    "insert into switchyard.call_times (workspace_id, width, slot, what, bins, counts) values ($1, '30 minutes', 'epoch', 'total', '{7}', '{1}')",
    [workspaceId],
  );
  // One hold stays open, as of a call that is just being answered, and has an idempotency key.
  await client.query("select ledger.place_idempotent($1, $2, 1200, 'key of ' || $3, 'chat', $4)", [
    JSON.stringify(holdOf(ids, freshUuid(), 5_000_000n)),
    freshUuid(),
    name,
    randomBytes(32),
  ]);
  return { workspaceId, name, owner, member, keyId, keySecret, ...catalog, callId } as SeededWorkspace;
}

async function seedPerson(client: pg.Client, workspaceId: string, email: string, role: string): Promise<{ id: UserId; email: string }> {
  const id = freshUuid() as UserId;
  await client.query("insert into switchyard.users (id, email, name) values ($1, $2, $2)", [id, email]);
  await client.query("insert into switchyard.members (workspace_id, user_id, role) values ($1, $2, $3)", [workspaceId, id, role]);
  await client.query("insert into switchyard.sessions (token_hash, user_id, expires_at) values ($1, $2, now() + interval '1 day')", [randomBytes(32), id]);
  return { id, email };
}

async function seedCatalog(
  client: pg.Client,
  workspaceId: string,
  name: string,
): Promise<{ providerId: string; modelId: string; priceId: string; groupId: string }> {
  const [providerId, modelId, priceId, groupId] = [freshUuid(), freshUuid(), freshUuid(), freshUuid()];
  await client.query("insert into switchyard.providers (workspace_id, id, name, kind, base_url) values ($1, $2, $3, 'openai', 'https://api.example.test/v1')", [
    workspaceId,
    providerId,
    name,
  ]);
  await client.query("insert into switchyard.provider_secrets (workspace_id, provider_id, sealed) values ($1, $2, $3)", [
    workspaceId,
    providerId,
    randomBytes(40),
  ]);
  await client.query(
    "insert into switchyard.models (workspace_id, id, provider_id, name, context_window, max_output) values ($1, $2, $3, 'model-1', 128000, 16384)",
    [workspaceId, modelId, providerId],
  );
  await client.query(
    "insert into switchyard.prices (workspace_id, id, model_id, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, reasoning_per_million, source) values ($1, $2, $3, 150000000, 75000000, 150000000, 600000000, 600000000, 'seed')",
    [workspaceId, priceId, modelId],
  );
  await client.query("insert into switchyard.groups (workspace_id, id, name) values ($1, $2, $3)", [workspaceId, groupId, `${name}-pool`]);
  await client.query("insert into switchyard.targets (workspace_id, group_id, model_id, priority) values ($1, $2, $3, 1)", [workspaceId, groupId, modelId]);
  await client.query("insert into switchyard.aliases (workspace_id, name, stands_for) values ($1, 'gpt-4o', $2)", [workspaceId, `${name}-pool`]);
  await client.query("insert into switchyard.routing_settings (workspace_id) values ($1)", [workspaceId]);
  return { providerId, modelId, priceId, groupId };
}

/** Where a call belongs. */
export interface CallPlace {
  readonly workspaceId: string;
  readonly keyId: string;
  readonly budgetIds?: readonly string[];
  readonly priceId?: string;
  readonly provider: string;
  readonly model: string;
  readonly group: string;
}

/** One call to seed. Without a cost it is void. `columns` overrides those of `switchyard.calls`. */
export interface CallToSeed {
  readonly cost?: bigint;
  readonly at?: Date;
  readonly columns?: Readonly<Record<string, unknown>>;
}

const holdOf = (place: CallPlace, id: string, amount: bigint): object => ({
  workspace_id: place.workspaceId,
  id,
  amount: amount.toString(),
  budget_ids: place.budgetIds ?? [],
  key_id: place.keyId,
  model_asked: place.group,
  stream: true,
});

/** Places and closes a hold for each call. @returns the ids, in the given order */
export async function seedCalls(client: pg.Client, place: CallPlace, calls: readonly CallToSeed[]): Promise<CallId[]> {
  const rows = calls.map((call) => {
    const at = call.at ?? new Date();
    const cost = call.cost ?? 0n;
    return {
      workspace_id: place.workspaceId,
      id: uuidAt(at.getTime()),
      void: call.cost === undefined,
      at: at.toISOString(),
      surface: "chat",
      outcome: "answered",
      http_status: 200,
      stream: true,
      key_id: place.keyId,
      user_id: null,
      model_asked: place.group,
      group_name: place.group,
      provider_name: place.provider,
      model_name: place.model,
      attempts: [{ provider: place.provider, model: place.model, outcome: "ok", status: 200, startMs: 1, firstTokenMs: 200, totalMs: 900, bytes: 2_000 }],
      input_tokens: 1_000,
      cached_input_tokens: 100,
      cache_write_tokens: 0,
      output_tokens: 300,
      reasoning_tokens: 20,
      usage_basis: call.cost === undefined ? "none" : "usage",
      usage_suspect: false,
      price_id: place.priceId ?? null,
      held: cost.toString(),
      cost: cost.toString(),
      charged: cost.toString(),
      queue_ms: 0.4,
      first_token_ms: 200,
      total_ms: 900,
      overhead_ms: 3,
      finish_reason: "stop",
      error_code: null,
      error_text: null,
      ...call.columns,
    };
  });
  await client.query("select ledger.place($1, $2, 1200, false)", [JSON.stringify(rows.map((row) => holdOf(place, row.id, BigInt(row.cost)))), freshUuid()]);
  await client.query("select ledger.close($1, false)", [JSON.stringify(rows)]);
  return rows.map((row) => row.id as CallId);
}
