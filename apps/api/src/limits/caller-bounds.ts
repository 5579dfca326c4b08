/** All limits that a caller's calls are under: those of the key, of the member who made it, of the workspace, and of the address. */
import type { Limit } from "@switchyard/shared/domain/limit";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import type { KeyId, UserId, WorkspaceId } from "@switchyard/shared/kernel/id";
import { networkOf } from "./address-network.ts";
import { boundsOf, type Bound } from "./limiter.ts";

/** Made once for each principal: the authenticator hands out the same one for a while. */
const known = new WeakMap<KeyPrincipal, readonly Bound[]>();

export function callerBounds(principal: KeyPrincipal, address: string): readonly Bound[] {
  let own = known.get(principal);
  if (own === undefined) {
    own = ownBounds(principal);
    known.set(principal, own);
  }
  const { address: ofAddress } = principal.limits;
  return ofAddress.length === 0 ? own : [...own, ...boundsOf("address", networkOf(address), ofAddress)];
}

function ownBounds({ keyId, userId, workspaceId, limits }: KeyPrincipal): readonly Bound[] {
  return [
    ...keyBounds(keyId, limits.key),
    ...(userId === undefined ? [] : memberBounds(workspaceId, userId, limits.member)),
    ...workspaceBounds(workspaceId, limits.workspace),
  ];
}

export const keyBounds = (id: KeyId, limits: readonly Limit[]): readonly Bound[] => boundsOf("key", id, limits);
/** A person has a place in each workspace, and limits of its own there. */
export const memberBounds = (workspaceId: WorkspaceId, userId: UserId, limits: readonly Limit[]): readonly Bound[] =>
  boundsOf("member", `${workspaceId}:${userId}`, limits);
export const workspaceBounds = (id: WorkspaceId, limits: readonly Limit[]): readonly Bound[] => boundsOf("workspace", id, limits);
