/** What would miss a provider, or one of its models: groups, aliases and keys that name it. */
import { sql, type Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import type { WorkspaceId } from "@switchyard/shared/kernel/id";

export interface ProviderUses {
  readonly models: number;
  /** How many of each group's targets would go, and how many would be left. */
  readonly groups: readonly { readonly name: string; readonly targets: number; readonly left: number }[];
  readonly aliases: readonly string[];
  /** How many keys list one of the models. */
  readonly keys: number;
}

interface Place {
  readonly tx: Kysely<Database>;
  readonly owner: WorkspaceId;
}

/** @param model one of its models alone, by name */
export async function usesOfProvider({ tx, owner }: Place, provider: { readonly id: string; readonly name: string }, model?: string): Promise<ProviderUses> {
  const models = await tx
    .selectFrom("switchyard.models")
    .select(["id", "name"])
    .where("workspace_id", "=", owner)
    .where("provider_id", "=", provider.id)
    .where("deleted_at", "is", null)
    .execute();
  const meant = model === undefined ? models : models.filter(({ name }) => name === model);
  const names = meant.map(({ name }) => `${provider.name}/${name}`);
  const groups = await sql<{ name: string; targets: string; all: string }>`
    select g.name, count(*) filter (where t.model_id = any(${meant.map(({ id }) => id)}::uuid[])) as targets, count(*) as all
      from switchyard.groups g join switchyard.targets t on t.workspace_id = g.workspace_id and t.group_id = g.id
     where g.workspace_id = ${owner}::uuid group by g.name having count(*) filter (where t.model_id = any(${meant.map(({ id }) => id)}::uuid[])) > 0
     order by g.name`.execute(tx);
  const aliases = await sql<{ name: string }>`
    select name from switchyard.aliases where workspace_id = ${owner}::uuid and stands_for = any(${names}::text[]) order by name`.execute(tx);
  const keys = await sql<{ count: string }>`
    select count(*) as count from switchyard.api_keys where revoked_at is null and groups && ${names}::text[]`.execute(tx);
  return {
    models: meant.length,
    groups: groups.rows.map(({ name, targets, all }) => ({ name, targets: Number(targets), left: Number(all) - Number(targets) })),
    aliases: aliases.rows.map(({ name }) => name),
    keys: Number(keys.rows[0]?.count ?? 0),
  };
}

/** Who named the models of a provider by its old name goes on naming them: aliases of the owner, and keys of everyone. */
export async function followProviderName({ tx, owner }: Place, before: string, after: string): Promise<void> {
  const renamed = sql`${`${after}/`} || substr(n, ${before.length + 2}::int)`;
  await sql`
    update switchyard.aliases set stands_for = (select ${renamed} from (select stands_for as n) x)
     where workspace_id = ${owner}::uuid and starts_with(stands_for, ${`${before}/`})`.execute(tx);
  await sql`
    update switchyard.api_keys set groups = (select array_agg(case when starts_with(n, ${`${before}/`}) then ${renamed} else n end order by place)
                                               from unnest(groups) with ordinality u(n, place))
     where revoked_at is null and exists (select 1 from unnest(groups) n where starts_with(n, ${`${before}/`}))`.execute(tx);
}
