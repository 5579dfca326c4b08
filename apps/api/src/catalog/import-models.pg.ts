/** Brings the models that a provider lists into the catalog: the same steps for a dry run and an import. */
import type { Kysely, Transaction } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import { failure } from "@switchyard/shared/kernel/failure";
import { formatId } from "@switchyard/shared/kernel/id";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { applyModel, type ApplyModelPorts, type ModelOwner } from "./apply-model.pg.ts";
import { logDeed } from "./change-log.pg.ts";
import { planImport, type ImportPlan, type ImportWish, type PlannedModel, type PresentModel } from "./import-plan.ts";
import { IMPORTED, type Imported } from "./imported.ts";
import type { ListEndpoint } from "./model-list.ts";
import { readModels, type ReadText } from "./read-model-list.ts";
import type { SecretBox } from "./secret-box.ts";
import { currentPrices } from "./write-price.pg.ts";

export interface ImportPorts extends ApplyModelPorts {
  readonly worker: Kysely<Database>;
  readonly box: SecretBox;
  readonly read: ReadText;
}

/** How far an import has come. */
export type ImportProgress =
  | { readonly phase: "reading"; readonly models: number }
  | { readonly phase: "writing"; readonly done: number; readonly total: number };

export interface ImportOutcome extends ImportPlan {
  /** Names the import for its undoing; absent after a dry run and when nothing changed. */
  readonly importId?: string | undefined;
  readonly created: number;
  readonly changed: number;
}

interface Owner extends ModelOwner {
  readonly endpoint: ListEndpoint;
}

/** What an import of this provider would do. Changes nothing. */
export async function previewImport(ports: ImportPorts, provider: string, wish: ImportWish): Promise<Result<ImportOutcome>> {
  const found = await ownerNamed(ports, provider);
  if (!found.ok) return found;
  const listed = await readModels(ports.read, found.value.endpoint, () => {});
  if (!listed.ok) return listed;
  const present = await presentModels(ports.worker, found.value.id);
  return ok({ ...planImport(listed.value, wish, { provider: found.value, present, book: ports.book }), created: 0, changed: 0 });
}

/** Imports in one transaction: everything that was chosen, or nothing. @param actor who it is written down as */
export async function importModels(
  ports: ImportPorts,
  provider: string,
  wish: ImportWish,
  actor: string,
  tell: (progress: ImportProgress) => void = () => {},
): Promise<Result<ImportOutcome>> {
  const found = await ownerNamed(ports, provider);
  if (!found.ok) return found;
  const owner = found.value;
  const listed = await readModels(ports.read, owner.endpoint, (models) => tell({ phase: "reading", models }));
  if (!listed.ok) return listed;
  return ports.worker.transaction().execute(async (tx) => {
    const present = await presentModels(tx, owner.id);
    const plan = planImport(listed.value, wish, { provider: owner, present, book: ports.book });
    const written = await writeModels(ports, tx, owner, plan, tell);
    if (written.changes.length === 0) return ok({ ...plan, created: 0, changed: 0 });
    const { created, switchedOn, aliases } = written;
    const imported: Imported = { provider: owner.name, created, switchedOn, aliases };
    const importId = await logDeed({ tx, owner: PLATFORM_WORKSPACE, actor, ids: ports.ids }, IMPORTED, `provider ${owner.name}`, { ...imported });
    return ok({ ...plan, importId: formatId("audit", importId), created: created.length, changed: written.changed });
  });
}

interface Written {
  readonly changes: string[];
  readonly created: string[];
  readonly switchedOn: string[];
  readonly aliases: string[];
  changed: number;
}

/** After how many models the progress is told. */
const TELL_EVERY = 10;

async function writeModels(
  ports: ImportPorts,
  tx: Transaction<Database>,
  owner: Owner,
  plan: ImportPlan,
  tell: (progress: ImportProgress) => void,
): Promise<Written> {
  const written: Written = { changes: [], created: [], switchedOn: [], aliases: [], changed: 0 };
  const total = plan.planned.length;
  tell({ phase: "writing", done: 0, total });
  for (const [at, model] of plan.planned.entries()) {
    const made = await applyModel(ports, tx, owner, wantedOf(model), "import", written.changes);
    if (made.created) written.created.push(made.id);
    else if (made.changed) written.changed += 1;
    if (model.change === "off") written.switchedOn.push(made.id);
    if (model.alias !== undefined && (await addAlias(tx, model.alias, `${owner.name}/${model.id}`))) {
      written.aliases.push(model.alias);
      written.changes.push(`alias ${model.alias} created`);
    }
    if ((at + 1) % TELL_EVERY === 0 || at + 1 === total) tell({ phase: "writing", done: at + 1, total });
  }
  return written;
}

const wantedOf = (model: PlannedModel) => ({
  id: model.id,
  contextWindow: model.contextWindow,
  maxOutput: model.maxOutput,
  ...(model.capabilities.length > 0 ? { capabilities: model.capabilities } : {}),
  ...(model.change === "off" ? { enabled: true } : {}),
  price: model.price,
  priceSource: model.priceSource,
});

/** An alias that is there already stays what it is. @returns whether it was made */
async function addAlias(tx: Transaction<Database>, name: string, standsFor: string): Promise<boolean> {
  const made = await tx
    .insertInto("switchyard.aliases")
    .values({ workspace_id: PLATFORM_WORKSPACE, name, stands_for: standsFor })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (made.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** A provider that has a list, with what its list is asked for with. */
export async function ownerNamed({ worker, box }: Pick<ImportPorts, "worker" | "box">, name: string): Promise<Result<Owner>> {
  const row = await worker
    .selectFrom("switchyard.providers as p")
    .leftJoin("switchyard.provider_secrets as s", (join) => join.onRef("s.workspace_id", "=", "p.workspace_id").onRef("s.provider_id", "=", "p.id"))
    .select(["p.id", "p.name", "p.kind", "p.base_url", "p.headers", "s.sealed"])
    .where("p.workspace_id", "=", PLATFORM_WORKSPACE)
    .where("p.name", "=", name)
    .where("p.deleted_at", "is", null)
    .orderBy("s.place")
    .limit(1)
    .executeTakeFirst();
  if (!row) return refused(failure("not_found", { param: "provider", publicText: "There is no such provider." }));
  if (row.kind === "sandbox") return refused(failure("invalid_request", { param: "provider", publicText: "The sandbox has no list of models." }));
  let apiKey = "";
  try {
    if (row.sealed) apiKey = box.open(row.sealed, row.id);
  } catch {
    return refused(failure("conflict", { param: "provider", publicText: "The provider's key cannot be unsealed with this SECRET_KEY. Set the key again." }));
  }
  return ok({
    id: row.id,
    name: row.name,
    kind: row.kind,
    baseUrl: row.base_url,
    endpoint: { kind: row.kind, baseUrl: row.base_url, apiKey, headers: row.headers },
  });
}

async function presentModels(db: Kysely<Database>, providerId: string): Promise<ReadonlyMap<string, PresentModel>> {
  const rows = await db
    .selectFrom("switchyard.models")
    .select(["id", "name", "enabled"])
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("provider_id", "=", providerId)
    .where("deleted_at", "is", null)
    .execute();
  const prices = await currentPrices(
    db,
    PLATFORM_WORKSPACE,
    rows.map((row) => row.id),
  );
  return new Map(rows.map((row) => [row.name, { enabled: row.enabled, price: prices.get(row.id) }]));
}
