/**
 * What a caller's `model` means, with one written precedence:
 *
 * 1. a group of the caller's own workspace, 2. a group of the platform, 3. `provider/model` of the workspace, 4. of the
 * platform, 5. a bare model name that exactly one callable model has, the workspace's own before the platform's.
 *
 * A key that lists names may use what it lists: the name it was asked by, or the group or model it came to.
 */
import type { CatalogGroup, CatalogModel, Target } from "@switchyard/shared/domain/catalog";
import type { WorkspaceId } from "@switchyard/shared/kernel/id";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { EMPTY_SHELF, isCallable, qualifiedName, type CatalogShelf, type CatalogSnapshot } from "../catalog/snapshot.ts";

export interface Route {
  readonly group: CatalogGroup | undefined;
  readonly targets: readonly Target[];
}

/** The part of a principal that routing needs. */
export interface RoutingPrincipal {
  readonly workspaceId: WorkspaceId;
  readonly groups: readonly string[] | undefined;
}

/** @returns the targets behind the name; `model_not_found` alike for what does not exist and for what is another workspace's. */
export function resolve(catalog: CatalogSnapshot, principal: RoutingPrincipal, asked: string): Result<Route> {
  const found = find(shelvesOf(catalog, principal.workspaceId), asked);
  if (!found) return refused(notFound(asked));
  if (found === "ambiguous") {
    return refused(
      failure("model_not_found", { param: "model", publicText: "Several providers have this model. Name it as 'provider/model', or use a group." }),
    );
  }
  if (!isAllowed(principal, asked, found)) return refused(failure("model_not_allowed", { param: "model" }));
  return ok(found);
}

const notFound = (asked: string) =>
  failure("model_not_found", {
    param: "model",
    publicText:
      asked.length <= 100 ? `The model '${asked}' does not exist or this key may not use it.` : "This model does not exist or this key may not use it.",
  });

/** The caller's own shelf first, then the platform's. */
function shelvesOf(catalog: CatalogSnapshot, workspaceId: WorkspaceId): readonly CatalogShelf[] {
  const own = catalog.byWorkspace.get(workspaceId) ?? EMPTY_SHELF;
  return own === catalog.platform ? [own] : [own, catalog.platform];
}

function find(shelves: readonly CatalogShelf[], asked: string): Route | "ambiguous" | undefined {
  for (const shelf of shelves) {
    const group = shelf.groups.get(asked);
    if (group) return { group, targets: group.targets };
  }
  for (const shelf of shelves) {
    const model = shelf.models.get(asked);
    if (model) return single(model);
  }
  for (const shelf of shelves) {
    const all = shelf.modelsByName.get(asked) ?? [];
    const callable = all.filter(isCallable);
    const [only] = callable.length > 0 ? callable : all;
    if (callable.length > 1) return "ambiguous";
    if (only) return single(only);
  }
  return undefined;
}

const single = (model: CatalogModel): Route => ({ group: undefined, targets: [{ model, priority: 1 }] });

function isAllowed(principal: RoutingPrincipal, asked: string, route: Route): boolean {
  if (!principal.groups) return true;
  const names = [asked, route.group?.name, route.group ? undefined : route.targets[0] && qualifiedName(route.targets[0].model)];
  return names.some((name) => name !== undefined && principal.groups?.includes(name));
}

/** Something a key may name in `model`, for the list of models. */
export interface Offer {
  /** The name to ask by. */
  readonly name: string;
  readonly targets: readonly Target[];
}

/** Everything a key may use: groups first, then models as `provider/model`; only what can be called. */
export function offersOf(catalog: CatalogSnapshot, principal: RoutingPrincipal): Offer[] {
  const shelves = shelvesOf(catalog, principal.workspaceId);
  const offers = new Map<string, Offer>();
  const offer = (name: string, route: Route): void => {
    const targets = route.targets.filter((target) => isCallable(target.model));
    if (targets.length > 0 && !offers.has(name) && isAllowed(principal, name, route)) offers.set(name, { name, targets });
  };
  for (const shelf of shelves) for (const group of shelf.groups.values()) offer(group.name, { group, targets: group.targets });
  for (const shelf of shelves) for (const [name, model] of shelf.models) offer(name, single(model));
  return [...offers.values()];
}
