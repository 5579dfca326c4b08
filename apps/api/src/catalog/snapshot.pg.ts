/** Reads the whole catalog from Postgres, keys unsealed, and keeps it fresh by listening for changes. */
import { isDeepStrictEqual } from "node:util";
import { sql, type Kysely, type Selectable } from "kysely";
import pg from "pg";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database, ProviderSecretsTable, RoutingSettingsTable } from "@switchyard/db/schema";
import type { CatalogGroup, CatalogModel, CatalogProvider, ProviderKey } from "@switchyard/shared/domain/catalog";
import { limitsSchema } from "@switchyard/shared/domain/limit-schema";
import { DEFAULT_OWNER, narrow, narrowOwner, type OwnerPolicy } from "@switchyard/shared/domain/routing";
import { toId, type ModelId, type ProviderId, type ProviderKeyId, type WorkspaceId } from "@switchyard/shared/kernel/id";
import type { ProviderEndpoint } from "../providers/provider.ts";
import { isLocalAddress } from "./local-address.ts";
import { buildSnapshot, type CatalogSnapshot } from "./snapshot.ts";
import { maskedKey } from "./provider-keys.ts";
import type { SecretBox } from "./secret-box.ts";
import { priceTerms } from "./write-price.pg.ts";

export interface CatalogHold {
  current(): CatalogSnapshot;
  /** Where the provider is and with which key, its first when none is named; only the adapters ever see it. */
  endpointOf(provider: ProviderId, key?: ProviderKeyId): ProviderEndpoint | undefined;
  /** All keys of a provider, without their secrets. */
  keysOf(provider: ProviderId): readonly ProviderKey[];
  /** Reads anew at once. */
  refresh(): Promise<void>;
  /** The catalog as it is now, at the prices of another moment. */
  at(moment: Date): Promise<CatalogSnapshot>;
  stop(): Promise<void>;
}

export interface CatalogOptions {
  readonly worker: Kysely<Database>;
  readonly connection: pg.ClientConfig;
  readonly box: SecretBox;
  readonly log: { warn(what: string, facts: Record<string, unknown>): void };
  /** Told which part changed: `catalog`, once it has been read anew, or `keys`. */
  readonly onChange: (what: string) => void;
  /** Told the providers, and their models, whose address, key or headers are not what they were. */
  readonly onProvidersChanged?: (ids: readonly (ProviderId | ModelId)[]) => void;
}

/** Should a notice be lost with its connection, the catalog is at most this old. */
const REREAD_MS = 30_000;
const RECONNECT_MS = 1_000;

export async function holdCatalog(options: CatalogOptions): Promise<CatalogHold> {
  let loaded = await loadCatalog(options);
  let reading: Promise<void> | undefined;
  let again = false;
  const refresh = async (): Promise<void> => {
    if (reading) {
      again = true; // a change came while reading: what is being read may not have it yet
      return reading;
    }
    reading = (async () => {
      do {
        again = false;
        const before = loaded;
        loaded = await loadCatalog(options);
        const changed = changedProviders(before, loaded);
        if (changed.length > 0) options.onProvidersChanged?.(changed);
      } while (again);
    })().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  let retry: NodeJS.Timeout | undefined;
  const refreshQuietly = (then: () => void = () => {}): void => {
    refresh().then(then, (error) => {
      options.log.warn("the catalog could not be read; the last one stays until it can", { cause: String(error) });
      clearTimeout(retry);
      retry = setTimeout(() => refreshQuietly(then), RECONNECT_MS).unref();
    });
  };
  const listener = listen(
    options,
    (what) => {
      if (what === "catalog") refreshQuietly(() => options.onChange(what));
      else options.onChange(what);
    },
    () => {
      // Anything may have changed since it was read, the first time too.
      refreshQuietly();
      options.onChange("keys");
    },
  );
  const timer = setInterval(() => refreshQuietly(), REREAD_MS);
  timer.unref();
  return {
    current: () => loaded.snapshot,
    endpointOf: (provider, key) => {
      const endpoints = loaded.endpoints.get(provider);
      return key === undefined ? endpoints?.first : endpoints?.byKey.get(key);
    },
    keysOf: (provider) => loaded.endpoints.get(provider)?.keys ?? [],
    refresh,
    at: async (moment) => (await loadCatalog(options, moment)).snapshot,
    async stop() {
      clearInterval(timer);
      clearTimeout(retry);
      await listener.stop();
    },
  };
}

interface Loaded {
  readonly snapshot: CatalogSnapshot;
  readonly endpoints: ReadonlyMap<ProviderId, Endpoints>;
}

/** A provider's address with each of its keys. */
interface Endpoints {
  readonly first: ProviderEndpoint;
  readonly keys: readonly ProviderKey[];
  /** Empty where there is no choice. */
  readonly byKey: ReadonlyMap<ProviderKeyId, ProviderEndpoint>;
}

function changedProviders(before: Loaded, after: Loaded): (ProviderId | ModelId)[] {
  const changed = new Set<ProviderId>();
  for (const [id, endpoint] of after.endpoints) {
    const known = before.endpoints.get(id);
    if (known && !isDeepStrictEqual(known, endpoint)) changed.add(id);
  }
  if (changed.size === 0) return [];
  const shelves = [...after.snapshot.byWorkspace.values()];
  const models = shelves.flatMap((shelf) => [...shelf.models.values()].filter(({ provider }) => changed.has(provider.id)).map(({ id }) => id));
  return [...changed, ...models];
}

async function loadCatalog({ worker, box, log }: CatalogOptions, moment?: Date): Promise<Loaded> {
  const [providers, secrets, models, prices, groups, targets, settings, aliases] = await Promise.all([
    worker.selectFrom("switchyard.providers").selectAll().where("deleted_at", "is", null).execute(),
    worker.selectFrom("switchyard.provider_secrets").selectAll().orderBy("place").orderBy("name").execute(),
    worker.selectFrom("switchyard.models").selectAll().where("deleted_at", "is", null).execute(),
    worker
      .selectFrom("switchyard.prices")
      .selectAll()
      .distinctOn(["workspace_id", "model_id"])
      .where("effective_at", "<=", moment ? sql<Date>`${moment}` : sql<Date>`clock_timestamp()`)
      .orderBy("workspace_id")
      .orderBy("model_id")
      .orderBy("effective_at", "desc")
      .orderBy("id", "desc")
      .execute(),
    worker.selectFrom("switchyard.groups").selectAll().execute(),
    worker.selectFrom("switchyard.targets").selectAll().orderBy("priority").execute(),
    worker.selectFrom("switchyard.routing_settings").selectAll().execute(),
    worker.selectFrom("switchyard.aliases").selectAll().execute(),
  ]);
  const sealedOf = Map.groupBy(secrets, (row) => row.provider_id);
  const endpoints = new Map<ProviderId, Endpoints>();
  const providerOf = new Map<string, CatalogProvider>();
  const policyOf = policiesOf(settings);
  for (const row of providers) {
    const id = toId("provider", row.id);
    const { probe } = policyOf(toId("workspace", row.workspace_id));
    const keys = unsealed(box, row.id, sealedOf.get(row.id) ?? [], ({ name }) =>
      log.warn("a key of a provider cannot be unsealed with this SECRET_KEY; set the key again", { provider: row.name, key: name }),
    );
    const several = keys.length > 1;
    providerOf.set(row.id, {
      id,
      workspaceId: toId("workspace", row.workspace_id),
      name: row.name,
      kind: row.kind,
      baseUrl: row.base_url,
      enabled: row.enabled,
      limits: limitsSchema.parse(row.limits),
      local: row.is_local ?? (row.kind === "sandbox" || isLocalAddress(row.base_url)),
      probeSeconds: (row.probe_seconds ?? probe.seconds) || undefined,
      probeFailures: probe.failures,
      responses: row.responses ?? undefined,
      ...(several ? { keys: keys.map(({ key }) => key) } : {}),
    });
    const endpointWith = (apiKey: string): ProviderEndpoint => ({ baseUrl: row.base_url, apiKey, headers: row.headers });
    endpoints.set(id, {
      first: endpointWith(keys[0]?.secret ?? ""),
      keys: keys.map(({ key }) => key),
      byKey: new Map(several ? keys.map(({ key, secret }) => [key.id, endpointWith(secret)]) : []),
    });
  }
  const priceOf = new Map(prices.map((row) => [row.model_id, row]));
  const catalogModels = new Map<string, CatalogModel>();
  for (const row of models) {
    const provider = providerOf.get(row.provider_id);
    if (!provider) continue; // deleted between the reads; the next notice brings order
    const price = priceOf.get(row.id);
    catalogModels.set(row.id, {
      id: toId("model", row.id),
      provider,
      name: row.name,
      contextWindow: row.context_window ?? undefined,
      maxOutput: row.max_output ?? undefined,
      capabilities: row.capabilities,
      enabled: row.enabled,
      price: price && { id: toId("price", price.id), ...priceTerms(price) },
    });
  }
  const catalogGroups: CatalogGroup[] = groups.map((row) => ({
    id: toId("group", row.id),
    workspaceId: toId("workspace", row.workspace_id),
    name: row.name,
    strategy: row.strategy ?? policyOf(toId("workspace", row.workspace_id)).strategy,
    policy: narrow(policyOf(toId("workspace", row.workspace_id)).routing, row.settings, row.failure_keywords),
    targets: targets
      .filter((one) => one.group_id === row.id)
      .flatMap((one) => {
        const model = catalogModels.get(one.model_id);
        return model ? [{ model, priority: one.priority, weight: one.weight }] : [];
      }),
  }));
  const catalogAliases = aliases.map((row) => ({ workspaceId: toId("workspace", row.workspace_id), name: row.name, stands: row.stands_for }));
  const parts = { models: [...catalogModels.values()], groups: catalogGroups, aliases: catalogAliases, policyOf };
  return { snapshot: buildSnapshot(parts, PLATFORM_WORKSPACE), endpoints };
}

interface UnsealedKey {
  readonly key: ProviderKey;
  readonly secret: string;
}

type SealedKey = Selectable<ProviderSecretsTable>;

/** Those that can be opened, in order; of the others `complain` is told. */
function unsealed(box: SecretBox, providerId: string, rows: readonly SealedKey[], complain: (row: SealedKey) => void): UnsealedKey[] {
  return rows.flatMap((row) => {
    try {
      const secret = box.open(row.sealed, providerId);
      return [{ secret, key: { id: toId("providerKey", row.id), name: row.name, masked: maskedKey(secret), weight: row.weight } }];
    } catch {
      complain(row);
      return [];
    }
  });
}

/** An owner's own settings over the platform's over the defaults. */
function policiesOf(rows: readonly Selectable<RoutingSettingsTable>[]): (owner: WorkspaceId) => OwnerPolicy {
  const byOwner = new Map(rows.map((row) => [row.workspace_id, row]));
  const narrowed = (wider: OwnerPolicy, owner: string): OwnerPolicy => {
    const row = byOwner.get(owner);
    return row ? narrowOwner(wider, row.settings, row.failure_keywords) : wider;
  };
  const platform = narrowed(DEFAULT_OWNER, PLATFORM_WORKSPACE);
  return (owner) => (owner === PLATFORM_WORKSPACE ? platform : narrowed(platform, owner));
}

/** LISTEN on a connection of its own, made again whenever it broke. */
function listen(options: CatalogOptions, heard: (what: string) => void, begun: () => void): { stop(): Promise<void> } {
  let stopped = false;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    client = undefined;
    if (!stopped) timer = setTimeout(() => void open(), RECONNECT_MS);
  };
  const open = async (): Promise<void> => {
    const next = new pg.Client({ ...options.connection, application_name: "switchyard listener", keepAlive: true });
    let lost = false;
    const lose = (): void => {
      if (lost) return;
      lost = true;
      next.end().catch(() => {}); // gone already
      again();
    };
    next.on("error", lose);
    next.on("end", lose);
    next.on("notification", (notice) => heard(notice.payload ?? ""));
    try {
      await next.connect();
      await next.query("listen switchyard_changed");
      client = next;
      begun();
    } catch (error) {
      options.log.warn("cannot listen for changes; trying again", { cause: String(error) });
      lose();
    }
  };
  void open();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => {}); // already closed
    },
  };
}
