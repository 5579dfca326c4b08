/**
 * What a caller's `model` means, with one written precedence:
 *
 * 1. a group, 2. an alias, 3. `provider/model`, 4. a bare model name that exactly one callable model has which this key
 * may use, 5. `auto`: of everything the key may use. Each is looked for among the caller's own workspace first, then
 * among what the platform shares.
 *
 * A key that lists names may use what it lists: the name it was asked by, or the group or model it came to.
 */
import type { RouteMeaning } from "@switchyard/shared/domain/call";
import type { CatalogGroup, CatalogModel, Target } from "@switchyard/shared/domain/catalog";
import type { RoutingPolicy } from "@switchyard/shared/domain/routing";
import type { Strategy } from "@switchyard/shared/domain/strategy";
import type { WorkspaceId } from "@switchyard/shared/kernel/id";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { EMPTY_SHELF, isCallable, qualifiedName, type CatalogShelf, type CatalogSnapshot } from "../catalog/snapshot.ts";

export interface Route {
  readonly by: RouteMeaning;
  readonly of: "workspace" | "platform";
  /** What the alias stands for. */
  readonly alias: string | undefined;
  readonly group: CatalogGroup | undefined;
  readonly targets: readonly Target[];
  readonly strategy: Strategy;
  readonly policy: RoutingPolicy;
}

/** The part of a principal that routing needs. */
export interface RoutingPrincipal {
  readonly workspaceId: WorkspaceId;
  readonly groups: readonly string[] | undefined;
}

/** The name that leaves the choice to the gateway. */
export const AUTO = "auto";

/** @returns the targets behind the name; `model_not_found` alike for what does not exist and for what is another workspace's. */
export function resolve(catalog: CatalogSnapshot, principal: RoutingPrincipal, asked: string): Result<Route> {
  const shelves = shelvesOf(catalog, principal.workspaceId);
  const found = find(shelves, principal, asked);
  if (!found) return refused(notFound(asked));
  if (found === "ambiguous") {
    return refused(
      failure("model_not_found", { param: "model", publicText: "Several providers have this model. Name it as 'provider/model', or use a group." }),
    );
  }
  if (found.by !== "auto" && !isAllowed(principal, asked, found)) return refused(failure("model_not_allowed", { param: "model" }));
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

function find(shelves: readonly CatalogShelf[], principal: RoutingPrincipal, asked: string): Route | "ambiguous" | undefined {
  for (const shelf of shelves) {
    const group = shelf.groups.get(asked);
    if (group) return ofGroup(group, shelf, shelves);
  }
  for (const shelf of shelves) {
    const alias = shelf.aliases.get(asked);
    const route = alias && standsFor(alias.stands, shelf, shelves);
    if (route) return { ...route, by: "alias", alias: alias.stands };
  }
  for (const shelf of shelves) {
    const model = shelf.models.get(asked);
    if (model) return ofModel(model, "model", shelf, shelves);
  }
  for (const shelf of shelves) {
    const all = shelf.modelsByName.get(asked) ?? [];
    const callable = all.filter(isCallable);
    const usable = callable.filter((model) => !principal.groups || principal.groups.includes(asked) || principal.groups.includes(qualifiedName(model)));
    if (usable.length > 1) return "ambiguous";
    // What the key may not use is refused as that, however many there are.
    const only = usable[0] ?? callable[0] ?? all[0];
    if (only) return ofModel(only, "bare_model", shelf, shelves);
  }
  return asked === AUTO ? automatic(shelves, principal) : undefined;
}

/** An alias names what its own owner has, and leads no further than one step. */
function standsFor(name: string, shelf: CatalogShelf, shelves: readonly CatalogShelf[]): Route | undefined {
  const group = shelf.groups.get(name);
  if (group) return ofGroup(group, shelf, shelves);
  const model = shelf.models.get(name);
  return model && ofModel(model, "model", shelf, shelves);
}

/** A workspace's own shelf is the first of two; where there is only one, the platform asks for itself. */
const ownerOf = (shelf: CatalogShelf, shelves: readonly CatalogShelf[]): "workspace" | "platform" =>
  shelves.length === 2 && shelf === shelves[0] ? "workspace" : "platform";

const ofGroup = (group: CatalogGroup, shelf: CatalogShelf, shelves: readonly CatalogShelf[]): Route => ({
  by: "group",
  of: ownerOf(shelf, shelves),
  alias: undefined,
  group,
  targets: group.targets,
  strategy: group.strategy,
  policy: group.policy,
});

const ofModel = (model: CatalogModel, by: RouteMeaning, shelf: CatalogShelf, shelves: readonly CatalogShelf[]): Route => ({
  by,
  of: ownerOf(shelf, shelves),
  alias: undefined,
  group: undefined,
  targets: [{ model, priority: 1, weight: 1 }],
  strategy: "priority",
  policy: shelf.policy.routing,
});

/**
 * A key that lists names: what it lists, in that order. Any other: every target of the groups it may use, or without
 * groups every model, the cheapest first unless the owner said otherwise. Undefined where it is switched off.
 */
function automatic(shelves: readonly CatalogShelf[], principal: RoutingPrincipal): Route | undefined {
  const shelf = shelves.find((one) => one !== EMPTY_SHELF) ?? EMPTY_SHELF;
  const { auto, routing } = shelf.policy;
  if (!auto.enabled) return undefined;
  const routes = principal.groups ? principal.groups.flatMap((name) => named(shelves, principal, name)) : everything(shelves);
  const targets = new Map<CatalogModel, Target>();
  routes.forEach((route, place) => {
    for (const { model, weight } of route.targets)
      if (isCallable(model) && !targets.has(model)) targets.set(model, { model, priority: principal.groups ? place : 1, weight });
  });
  // What only imitates a model is chosen by nobody who has a real one.
  if (!principal.groups && [...targets.keys()].some(isReal)) for (const model of targets.keys()) if (!isReal(model)) targets.delete(model);
  if (targets.size === 0) return undefined;
  return {
    by: "auto",
    of: ownerOf(shelf, shelves),
    alias: undefined,
    group: undefined,
    targets: [...targets.values()],
    strategy: principal.groups ? "priority" : auto.strategy,
    policy: routing,
  };
}

const isReal = (model: CatalogModel): boolean => model.provider.kind !== "sandbox";

function named(shelves: readonly CatalogShelf[], principal: RoutingPrincipal, name: string): Route[] {
  const route = name === AUTO ? undefined : find(shelves, principal, name);
  return route && route !== "ambiguous" ? [route] : [];
}

function everything(shelves: readonly CatalogShelf[]): Route[] {
  const groups = shelves.flatMap((shelf) => [...shelf.groups.values()].map((group) => ofGroup(group, shelf, shelves)));
  return groups.length > 0 ? groups : shelves.flatMap((shelf) => [...shelf.models.values()].map((model) => ofModel(model, "model", shelf, shelves)));
}

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

/** Everything a key may use: groups first, then aliases, then models as `provider/model`; only what can be called. */
export function offersOf(catalog: CatalogSnapshot, principal: RoutingPrincipal): Offer[] {
  const shelves = shelvesOf(catalog, principal.workspaceId);
  const offers = new Map<string, Offer>();
  const offer = (name: string, route: Route | undefined): void => {
    const targets = route?.targets.filter((target) => isCallable(target.model)) ?? [];
    if (route && targets.length > 0 && !offers.has(name) && isAllowed(principal, name, route)) offers.set(name, { name, targets });
  };
  for (const shelf of shelves) for (const group of shelf.groups.values()) offer(group.name, ofGroup(group, shelf, shelves));
  for (const shelf of shelves) for (const alias of shelf.aliases.values()) offer(alias.name, standsFor(alias.stands, shelf, shelves));
  for (const shelf of shelves) for (const [name, model] of shelf.models) offer(name, ofModel(model, "model", shelf, shelves));
  return [...offers.values()];
}
