/** The catalog as routing reads it: everything in memory, made anew as a whole whenever something changed. */
import type { CatalogGroup, CatalogModel, CatalogProvider } from "@switchyard/shared/domain/catalog";
import type { WorkspaceId } from "@switchyard/shared/kernel/id";

/** What one owner (a workspace, or the platform) brings in, by name. */
export interface CatalogShelf {
  readonly groups: ReadonlyMap<string, CatalogGroup>;
  /** By `provider/model`. */
  readonly models: ReadonlyMap<string, CatalogModel>;
  /** By the bare model name; more than one where several providers have it. */
  readonly modelsByName: ReadonlyMap<string, readonly CatalogModel[]>;
}

export interface CatalogSnapshot {
  readonly platform: CatalogShelf;
  readonly byWorkspace: ReadonlyMap<WorkspaceId, CatalogShelf>;
}

export const EMPTY_SHELF: CatalogShelf = { groups: new Map(), models: new Map(), modelsByName: new Map() };

/** Puts providers' models and groups on the shelves of their owners. */
export function buildSnapshot(models: readonly CatalogModel[], groups: readonly CatalogGroup[], platform: WorkspaceId): CatalogSnapshot {
  const shelves = new Map<WorkspaceId, { groups: Map<string, CatalogGroup>; models: Map<string, CatalogModel>; modelsByName: Map<string, CatalogModel[]> }>();
  const shelfOf = (owner: WorkspaceId) => {
    const shelf = shelves.get(owner) ?? { groups: new Map(), models: new Map(), modelsByName: new Map() };
    shelves.set(owner, shelf);
    return shelf;
  };
  for (const model of models) {
    const shelf = shelfOf(model.provider.workspaceId);
    shelf.models.set(`${model.provider.name}/${model.name}`, model);
    shelf.modelsByName.set(model.name, [...(shelf.modelsByName.get(model.name) ?? []), model]);
  }
  for (const group of groups) shelfOf(group.workspaceId).groups.set(group.name, group);
  return { platform: shelves.get(platform) ?? EMPTY_SHELF, byWorkspace: shelves };
}

/** Whether it can be called at all: switched on, its provider too, and priced. */
export const isCallable = (model: CatalogModel): boolean => model.enabled && model.provider.enabled && model.price !== undefined;

export const qualifiedName = (model: { readonly provider: Pick<CatalogProvider, "name">; readonly name: string }): string =>
  `${model.provider.name}/${model.name}`;
