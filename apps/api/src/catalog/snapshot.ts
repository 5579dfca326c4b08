/** The catalog as routing reads it: everything in memory, made anew as a whole whenever something changed. */
import type { CatalogAlias, CatalogGroup, CatalogModel, CatalogProvider } from "@switchyard/shared/domain/catalog";
import { DEFAULT_OWNER, type OwnerPolicy } from "@switchyard/shared/domain/routing";
import type { WorkspaceId } from "@switchyard/shared/kernel/id";

/** What one owner (a workspace, or the platform) brings in, by name. */
export interface CatalogShelf {
  readonly groups: ReadonlyMap<string, CatalogGroup>;
  /** By `provider/model`. */
  readonly models: ReadonlyMap<string, CatalogModel>;
  /** By the bare model name; more than one where several providers have it. */
  readonly modelsByName: ReadonlyMap<string, readonly CatalogModel[]>;
  readonly aliases: ReadonlyMap<string, CatalogAlias>;
  /** For what is called outside any group, and for `auto`. */
  readonly policy: OwnerPolicy;
}

export interface CatalogSnapshot {
  readonly platform: CatalogShelf;
  readonly byWorkspace: ReadonlyMap<WorkspaceId, CatalogShelf>;
}

export const EMPTY_SHELF: CatalogShelf = { groups: new Map(), models: new Map(), modelsByName: new Map(), aliases: new Map(), policy: DEFAULT_OWNER };

/** What a catalog consists of. `policyOf`: what an owner sets for all it has. */
export interface CatalogParts {
  readonly models: readonly CatalogModel[];
  readonly groups: readonly CatalogGroup[];
  readonly aliases: readonly CatalogAlias[];
  readonly policyOf: (owner: WorkspaceId) => OwnerPolicy;
}

/** Puts providers' models, groups and aliases on the shelves of their owners. */
export function buildSnapshot({ models, groups, aliases, policyOf }: CatalogParts, platform: WorkspaceId): CatalogSnapshot {
  const shelves = new Map<WorkspaceId, ReturnType<typeof emptyShelf>>();
  const emptyShelf = (owner: WorkspaceId) => ({
    groups: new Map<string, CatalogGroup>(),
    models: new Map<string, CatalogModel>(),
    modelsByName: new Map<string, CatalogModel[]>(),
    aliases: new Map<string, CatalogAlias>(),
    policy: policyOf(owner),
  });
  const shelfOf = (owner: WorkspaceId) => {
    const shelf = shelves.get(owner) ?? emptyShelf(owner);
    shelves.set(owner, shelf);
    return shelf;
  };
  for (const model of models) {
    const shelf = shelfOf(model.provider.workspaceId);
    shelf.models.set(`${model.provider.name}/${model.name}`, model);
    shelf.modelsByName.set(model.name, [...(shelf.modelsByName.get(model.name) ?? []), model]);
  }
  for (const group of groups) shelfOf(group.workspaceId).groups.set(group.name, group);
  for (const alias of aliases) shelfOf(alias.workspaceId).aliases.set(alias.name, alias);
  return { platform: shelves.get(platform) ?? EMPTY_SHELF, byWorkspace: shelves };
}

/** Whether it can be called at all: switched on, its provider too, and priced. */
export const isCallable = (model: CatalogModel): boolean => model.enabled && model.provider.enabled && model.price !== undefined;

export const qualifiedName = (model: { readonly provider: Pick<CatalogProvider, "name">; readonly name: string }): string =>
  `${model.provider.name}/${model.name}`;
