/** The tables as Kysely sees them; the SQL in migrations/ is the truth, this follows it. */
import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { AttemptRecord, CallOutcome, RouteRecord, Surface } from "@switchyard/shared/domain/call";
import type { Capability, ProviderKind } from "@switchyard/shared/domain/catalog";
import type { Limit } from "@switchyard/shared/domain/limit";
import type { Role, Scope } from "@switchyard/shared/domain/principal";
import type { FailureKeyword, OwnerSettings, RoutingSettings } from "@switchyard/shared/domain/routing";
import type { ServiceTier } from "@switchyard/shared/domain/service-tier";
import type { Strategy } from "@switchyard/shared/domain/strategy";
import type { FurtherPart, FurtherUsage, UsageBasis } from "@switchyard/shared/domain/usage";

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
/** An `int8`: read as bigint. */
type Int8 = ColumnType<bigint, bigint | number | string | undefined, bigint | number | string>;
/** Written as JSON text, read as the value. */
type Json<T> = ColumnType<T, string | undefined, string>;

export interface WorkspacesTable {
  workspace_id: string;
  name: string;
  kind: "platform" | "team" | "personal";
  limits: Json<Limit[]>;
  address_limits: Json<Limit[]>;
  created_at: Timestamp;
}

export interface UsersTable {
  id: string;
  email: string;
  name: Generated<string>;
  operator: Generated<boolean>;
  disabled_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  created_at: Timestamp;
}

export interface MembersTable {
  workspace_id: string;
  user_id: string;
  role: Role;
  limits: Json<Limit[]>;
  created_at: Timestamp;
}

export interface ApiKeysTable {
  workspace_id: string;
  id: string;
  name: string;
  hash: Buffer;
  prefix: string;
  last_four: string;
  scopes: Generated<Scope[]>;
  groups: string[] | null;
  limits: Json<Limit[]>;
  cache_seconds: ColumnType<number | null, number | null | undefined, number | null>;
  enabled: Generated<boolean>;
  expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  revoked_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  created_by: string | null;
  created_at: Timestamp;
  last_used_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

export interface AuditLogTable {
  workspace_id: string;
  id: string;
  at: Timestamp;
  actor: string;
  verb: string;
  object: string;
  detail: Json<Record<string, unknown>>;
}

export interface ProvidersTable {
  workspace_id: string;
  id: string;
  name: string;
  kind: ProviderKind;
  base_url: Generated<string>;
  headers: Json<Record<string, string>>;
  limits: Json<Limit[]>;
  enabled: Generated<boolean>;
  is_local: ColumnType<boolean | null, boolean | null | undefined, boolean | null>;
  probe_seconds: ColumnType<number | null, number | null | undefined, number | null>;
  responses: ColumnType<boolean | null, boolean | null | undefined, boolean | null>;
  deleted_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  created_at: Timestamp;
}

export interface ProviderSecretsTable {
  workspace_id: string;
  provider_id: string;
  id: Generated<string>;
  name: Generated<string>;
  place: Generated<number>;
  weight: Generated<number>;
  sealed: Buffer;
  changed_at: Timestamp;
}

export interface ModelsTable {
  workspace_id: string;
  id: string;
  provider_id: string;
  name: string;
  context_window: number | null;
  max_output: number | null;
  capabilities: Generated<Capability[]>;
  enabled: Generated<boolean>;
  deleted_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  created_at: Timestamp;
}

export type StoredRates = { readonly [Part in FurtherPart]?: string };
/** Rates of a tier as they stand in JSON: amounts as decimal text. */
export interface StoredTier {
  readonly abovePromptTokens: number;
  readonly inputPerMillion: string;
  readonly cachedInputPerMillion: string;
  readonly cacheWritePerMillion: string;
  readonly outputPerMillion: string;
  readonly reasoningPerMillion: string;
  readonly further?: StoredRates;
}

/** The tariff of a service tier as it stands in JSON. */
export interface StoredTariff extends Omit<StoredTier, "abovePromptTokens"> {
  readonly perCall: string;
  readonly tiers?: readonly StoredTier[];
}
export type StoredTariffs = { readonly [Tier in ServiceTier]?: StoredTariff };

export interface PricesTable {
  workspace_id: string;
  id: string;
  model_id: string;
  effective_at: Timestamp;
  input_per_million: Int8;
  cached_input_per_million: Int8;
  cache_write_per_million: Int8;
  output_per_million: Int8;
  reasoning_per_million: Int8;
  per_call: Int8;
  /** Nano-dollars as decimal text, by part of usage. */
  further: Json<StoredRates>;
  tiers: Json<StoredTier[]>;
  service_tiers: Json<StoredTariffs>;
  source: string;
}

export interface GroupsTable {
  workspace_id: string;
  id: string;
  name: string;
  strategy: ColumnType<Strategy | null, Strategy | null | undefined, Strategy | null>;
  settings: Json<RoutingSettings>;
  failure_keywords: Json<FailureKeyword[]>;
  created_at: Timestamp;
}

export interface RoutingSettingsTable {
  workspace_id: string;
  settings: Json<OwnerSettings>;
  failure_keywords: Json<FailureKeyword[]>;
}

export interface AliasesTable {
  workspace_id: string;
  name: string;
  stands_for: string;
}

export interface TargetsTable {
  workspace_id: string;
  group_id: string;
  model_id: string;
  priority: number;
  weight: Generated<number>;
}

export interface CallsTable {
  workspace_id: string;
  id: string;
  at: Date;
  surface: Surface;
  outcome: CallOutcome;
  http_status: number;
  stream: boolean;
  key_id: string | null;
  user_id: string | null;
  model_asked: string;
  group_name: string | null;
  provider_name: string | null;
  model_name: string | null;
  attempts: JSONColumnType<AttemptRecord[]>;
  route: JSONColumnType<RouteRecord> | null;
  input_tokens: Int8;
  cached_input_tokens: Int8;
  cache_write_tokens: Int8;
  output_tokens: Int8;
  reasoning_tokens: Int8;
  further_usage: FurtherUsage | null;
  further_prompt_tokens: ColumnType<bigint | null, never, never>;
  further_completion_tokens: ColumnType<bigint | null, never, never>;
  reported_cost: ColumnType<bigint | null, never, never>;
  usage_basis: UsageBasis;
  usage_suspect: boolean;
  price_id: string | null;
  held: Int8;
  cost: Int8;
  charged: Int8;
  queue_ms: number;
  first_token_ms: number | null;
  total_ms: number;
  overhead_ms: number;
  finish_reason: string | null;
  error_code: string | null;
  error_text: string | null;
}

export interface WalletsTable {
  workspace_id: string;
  posted: Int8;
  held: Int8;
  open_holds: Generated<number>;
  overdraft: Int8;
  frozen: boolean;
}

export interface BudgetsTable {
  workspace_id: string;
  id: string;
  key_id: string | null;
  cap: Int8;
  window_days: number | null;
  window_start: Timestamp;
  used: Int8;
  held: Int8;
}

export interface HoldsTable {
  workspace_id: string;
  id: string;
  amount: Int8;
  budget_ids: string[];
  key_id: string | null;
  model_asked: string;
  stream: boolean;
  state: "pending" | "posted" | "voided";
  charged: ColumnType<bigint | null, never, never>;
  true_cost: ColumnType<bigint | null, never, never>;
  basis: UsageBasis | null;
  owner_epoch: string;
  created_at: Timestamp;
  expires_at: Timestamp;
  resolved_at: ColumnType<Date | null, never, never>;
}

export const ENTRY_KINDS = ["credit", "usage", "late_usage", "refund", "adjustment"] as const;

export interface EntriesTable {
  workspace_id: string;
  id: string;
  seq: Int8;
  kind: (typeof ENTRY_KINDS)[number];
  direction: 1 | -1;
  counter_account: string;
  amount: Int8;
  hold_id: string | null;
  actor: string | null;
  reason: string | null;
  created_at: Timestamp;
}

export interface ResponsesTable {
  workspace_id: string;
  id: string;
  key_id: string | null;
  created_at: Timestamp;
  expires_at: Timestamp;
  previous_id: string | null;
  /** JSON texts. */
  input: string;
  response: string;
  status: Generated<"queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled">;
  background: Generated<boolean>;
  streamed: Generated<boolean>;
}

export interface ConversationsTable {
  workspace_id: string;
  id: string;
  key_id: string | null;
  /** A JSON text. */
  metadata: string;
  bytes: Int8;
  created_at: Timestamp;
  expires_at: Timestamp;
}

export interface ConversationItemsTable {
  workspace_id: string;
  conversation_id: string;
  seq: Generated<bigint>;
  item_id: string;
  /** A JSON text. */
  item: string;
}

export interface ResponseEventsTable {
  workspace_id: string;
  response_id: string;
  piece: number;
  frames: string;
  created_at: Timestamp;
}

export interface ResponseItemsTable {
  workspace_id: string;
  item_id: string;
  response_id: string;
}

export interface Database {
  "switchyard.workspaces": WorkspacesTable;
  "switchyard.users": UsersTable;
  "switchyard.members": MembersTable;
  "switchyard.api_keys": ApiKeysTable;
  "switchyard.audit_log": AuditLogTable;
  "switchyard.providers": ProvidersTable;
  "switchyard.provider_secrets": ProviderSecretsTable;
  "switchyard.models": ModelsTable;
  "switchyard.prices": PricesTable;
  "switchyard.groups": GroupsTable;
  "switchyard.targets": TargetsTable;
  "switchyard.routing_settings": RoutingSettingsTable;
  "switchyard.aliases": AliasesTable;
  "switchyard.calls": CallsTable;
  "switchyard.responses": ResponsesTable;
  "switchyard.response_events": ResponseEventsTable;
  "switchyard.conversations": ConversationsTable;
  "switchyard.conversation_items": ConversationItemsTable;
  "switchyard.response_items": ResponseItemsTable;
  "ledger.wallets": WalletsTable;
  "ledger.budgets": BudgetsTable;
  "ledger.holds": HoldsTable;
  "ledger.entries": EntriesTable;
}
