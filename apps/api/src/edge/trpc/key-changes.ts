/** Makes, disables and revokes API keys, each with its line in the audit log. */
import { writeAudit } from "@switchyard/db/queries/audit";
import { getKey, insertKey, revokeKey, setKeyBudget, setKeyCache, setKeyEnabled, unknownTargetNames, type StoredKeyRow } from "@switchyard/db/queries/keys";
import type { PrincipalTx } from "@switchyard/db/as-principal.pg";
import { setKeyLimits } from "@switchyard/db/queries/limits";
import type { Limit } from "@switchyard/shared/domain/limit";
import type { UserPrincipal } from "@switchyard/shared/domain/principal";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { formatId, type KeyId } from "@switchyard/shared/kernel/id";
import { parseUsd } from "@switchyard/shared/kernel/money";
import type { NewKey } from "@switchyard/shared/wire/console/keys";
import { makeApiKey, KEY_RANDOM_BYTES } from "../../identity/api-key.ts";
import type { TrpcContext } from "./context.ts";
import { found } from "./refusal.ts";
import { auditOf } from "./trpc.ts";

/** A context inside a workspace that may be changed. */
interface Changing extends TrpcContext {
  readonly principal: UserPrincipal;
  readonly run: <T>(work: (tx: PrincipalTx) => Promise<T>) => Promise<T>;
}

const MINUTE_SECONDS = 60;
const BUDGET_WINDOW_DAYS_DEFAULT = 30;

/**
 * Makes a key. Its budget is set first: a key must not exist for a moment without the cap it was asked for, while a
 * budget without a key binds nobody.
 */
export async function createKey(ctx: Changing, ask: NewKey): Promise<{ key: StoredKeyRow; secret: string }> {
  const { workspaceId, userId } = ctx.principal;
  if (ask.expiresAt !== undefined && ask.expiresAt.getTime() <= ctx.ports.clock.now()) {
    throw new FailureError(failure("invalid_request", { param: "key.expiresAt", publicText: "The key would be expired already." }));
  }
  const id = ctx.ports.ids.next("key");
  await ctx.run((tx) => refuseStrangeNames(tx, ask.groups));
  const cap = ask.budgetUsd === undefined ? undefined : parseUsd(ask.budgetUsd);
  if (cap !== undefined) {
    await setKeyBudget(ctx.ports.worker, {
      workspaceId,
      id: ctx.ports.ids.next("budget"),
      keyId: id,
      cap,
      windowDays: ask.budgetWindowDays ?? BUDGET_WINDOW_DAYS_DEFAULT,
    });
  }
  const { secret, hash, prefix, lastFour } = makeApiKey(ctx.ports.random(KEY_RANDOM_BYTES));
  const key = await ctx.run(async (tx) => {
    const perMinute = ask.requestsPerMinute === undefined ? [] : [{ kind: "requests" as const, max: ask.requestsPerMinute, windowSeconds: MINUTE_SECONDS }];
    const limits = [...perMinute, ...(ask.limits ?? [])];
    const inserted = await insertKey(tx, {
      id,
      workspaceId,
      name: ask.name,
      hash,
      prefix,
      lastFour,
      groups: ask.groups,
      limits,
      cacheSeconds: ask.cacheSeconds,
      expiresAt: ask.expiresAt,
      createdBy: userId,
    });
    if (!inserted) throw new FailureError(failure("conflict", { param: "key.name", publicText: "A key of this name exists already." }));
    await writeAudit(tx, {
      ...auditOf(ctx, ctx.principal),
      verb: "key.created",
      object: formatId("key", id),
      detail: { name: ask.name, budget_usd: ask.budgetUsd ?? null },
    });
    return found(await getKey(tx, id));
  });
  ctx.ports.invalidateKeys();
  tellOfChange(ctx);
  return { key, secret };
}

async function refuseStrangeNames(tx: PrincipalTx, names: readonly string[] | undefined): Promise<void> {
  const [strange] = names === undefined ? [] : await unknownTargetNames(tx, names);
  if (strange !== undefined)
    throw new FailureError(failure("invalid_request", { param: "key.groups", publicText: `There is no group or model named "${strange}".` }));
}

const CHANGES = {
  enable: { verb: "key.enabled", apply: (tx: PrincipalTx, id: KeyId) => setKeyEnabled(tx, id, true) },
  disable: { verb: "key.disabled", apply: (tx: PrincipalTx, id: KeyId) => setKeyEnabled(tx, id, false) },
  revoke: { verb: "key.revoked", apply: revokeKey },
} as const;

/** Changes a key. @throws FailureError `not_found`; `conflict` for a key that is revoked, which is for ever */
export const changeKey = (ctx: Changing, id: KeyId, change: keyof typeof CHANGES): Promise<StoredKeyRow> => applyTo(ctx, id, CHANGES[change]);

/** Sets the limits of a key, in place of those it had. @throws FailureError as `changeKey` */
export const limitKey = (ctx: Changing, id: KeyId, limits: readonly Limit[]): Promise<StoredKeyRow> =>
  applyTo(ctx, id, { verb: "key.limits", apply: (tx) => setKeyLimits(tx, id, limits), detail: { limits: JSON.stringify(limits) } });

/** @param seconds how long answers to its calls are kept; undefined for what the group says @throws FailureError as `changeKey` */
export const cacheForKey = (ctx: Changing, id: KeyId, seconds: number | undefined): Promise<StoredKeyRow> =>
  applyTo(ctx, id, {
    verb: "key.cache",
    apply: (tx) => setKeyCache(tx, id, seconds),
    detail: { seconds: seconds === undefined ? "inherit" : String(seconds) },
  });

interface KeyChange {
  readonly verb: string;
  /** @returns false when the key cannot be changed any more */
  readonly apply: (tx: PrincipalTx, id: KeyId) => Promise<boolean>;
  readonly detail?: Readonly<Record<string, string>>;
}

async function applyTo(ctx: Changing, id: KeyId, { verb, apply, detail }: KeyChange): Promise<StoredKeyRow> {
  const key = await ctx.run(async (tx) => {
    const changed = await apply(tx, id);
    const after = found(await getKey(tx, id));
    if (!changed) throw new FailureError(failure("conflict", { publicText: "This key is revoked." }));
    await writeAudit(tx, { ...auditOf(ctx, ctx.principal), verb, object: formatId("key", id), detail: { name: after.name, ...detail } });
    return after;
  });
  ctx.ports.invalidateKeys();
  tellOfChange(ctx);
  return key;
}

const tellOfChange = (ctx: Changing): void => ctx.ports.bus.publish({ kind: "config.changed", workspaceId: ctx.principal.workspaceId });
