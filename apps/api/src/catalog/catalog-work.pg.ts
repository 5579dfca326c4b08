/** What operators do to the catalog while the program runs: import, take back, renew prices, change one model. */
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import { failure, publicTextOf } from "@switchyard/shared/kernel/failure";
import type { AuditId, ModelId } from "@switchyard/shared/kernel/id";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { applyModel, type WantedModel } from "./apply-model.pg.ts";
import { lockCatalog } from "./catalog-lock.pg.ts";
import { logModel } from "./edit-model.pg.ts";
import { importModels, previewImport, type ImportOutcome, type ImportPorts, type ImportProgress } from "./import-models.pg.ts";
import { undoImport } from "./undo-import.pg.ts";
import type { ImportWish } from "./import-plan.ts";
import type { RefreshablePriceBook } from "./price-book.sdk.ts";
import { refreshPrices, type RefreshedPrices } from "./refresh-prices.pg.ts";

export interface CatalogWork {
  preview(provider: string, wish: ImportWish): Promise<Result<ImportOutcome>>;
  import(provider: string, wish: ImportWish, actor: string, tell?: (progress: ImportProgress) => void): Promise<Result<ImportOutcome>>;
  undo(importId: AuditId, actor: string): Promise<Result<{ readonly models: number; readonly aliases: number }>>;
  /** @param online whether the book's newest data is fetched first, which needs the network */
  refreshPrices(ask: { readonly dryRun: boolean; readonly online: boolean }, actor: string): Promise<Result<RefreshedPrices>>;
  /** Changes one model of the platform. @returns one line for each change */
  change(model: ModelId, wanted: Omit<WantedModel, "id">, actor: string): Promise<Result<readonly string[]>>;
}

export interface CatalogWorkPorts extends ImportPorts {
  readonly book: RefreshablePriceBook;
  /** Reads the published prices, from where the installation was told. */
  readonly readBook: (bounds: { readonly bytesMax: number; readonly totalMs: number }) => ReturnType<ImportPorts["read"]>;
  /** Reads the catalog of this node anew. */
  readonly refresh: () => Promise<void>;
}

const PUBLISHED_BYTES_MAX = 16 * 1024 * 1024;
const PUBLISHED_MS = 30_000;

export function createCatalogWork(ports: CatalogWorkPorts): CatalogWork {
  /** Whoever changed the catalog through this node finds it changed; other nodes hear it from Postgres. */
  const thenRefresh = async <T>(work: Promise<Result<T>>): Promise<Result<T>> => {
    const done = await work;
    if (done.ok) await ports.refresh();
    return done;
  };
  return {
    preview: (provider, wish) => previewImport(ports, provider, wish),
    import: (provider, wish, actor, tell) => thenRefresh(importModels(ports, provider, wish, actor, tell)),
    undo: (importId, actor) => thenRefresh(undoImport(ports, importId, actor)),
    change: (model, wanted, actor) => thenRefresh(changeModel(ports, model, wanted, actor)),
    async refreshPrices({ dryRun, online }, actor) {
      if (online) {
        const fetched = await fetchBook(ports);
        if (!fetched.ok) return fetched;
      }
      const done = await refreshPrices(ports, actor, dryRun);
      if (!dryRun) await ports.refresh();
      return ok(done);
    },
  };
}

/** Nothing changes unless the whole file came, is of a known shape and is not older than what the book has. */
async function fetchBook({ readBook, book }: CatalogWorkPorts): Promise<Result<unknown>> {
  const answer = await readBook({ bytesMax: PUBLISHED_BYTES_MAX, totalMs: PUBLISHED_MS });
  if (answer.kind === "answer" && answer.status === 200) {
    const replaced = book.replace(answer.text, dateIn(answer.lastModified));
    return replaced.ok ? replaced : refused({ ...replaced.failure, publicText: `${publicTextOf(replaced.failure)} ${UNCHANGED}` });
  }
  const why = answer.kind === "answer" ? `its server answers ${answer.status}` : answer.detail;
  return refused(failure("provider_error", { publicText: `The published prices cannot be fetched: ${why}. ${UNCHANGED}`, detail: why }));
}

const UNCHANGED = "No price was changed.";

const dateIn = (header: string | undefined): Date | undefined => {
  const ms = Date.parse(header ?? "");
  return Number.isNaN(ms) ? undefined : new Date(ms);
};

async function changeModel(ports: CatalogWorkPorts, model: ModelId, wanted: Omit<WantedModel, "id">, actor: string): Promise<Result<readonly string[]>> {
  return ports.worker.transaction().execute(async (tx) => {
    await lockCatalog(tx, PLATFORM_WORKSPACE);
    const row = await tx
      .selectFrom("switchyard.models as m")
      .innerJoin("switchyard.providers as p", (join) => join.onRef("p.workspace_id", "=", "m.workspace_id").onRef("p.id", "=", "m.provider_id"))
      .select(["m.name as model", "p.id", "p.name", "p.kind", "p.base_url as baseUrl"])
      .where("m.workspace_id", "=", PLATFORM_WORKSPACE)
      .where("m.id", "=", model)
      .where("m.deleted_at", "is", null)
      .executeTakeFirst();
    if (!row) return refused(failure("not_found", { publicText: "There is no such model." }));
    const changes: string[] = [];
    const applied = await applyModel(ports, tx, row, { ...wanted, id: row.model }, "console", changes);
    await logModel({ tx, owner: PLATFORM_WORKSPACE, actor, ids: ports.ids }, `${row.name}/${row.model}`, applied);
    return ok(changes);
  });
}
