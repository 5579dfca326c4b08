/** All limits that a caller's calls are under: those of the key, of the member who made it, of the workspace, and of the address. */
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
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
    ...boundsOf("key", keyId, limits.key),
    // A person has a place in each workspace, and limits of its own there.
    ...(userId === undefined ? [] : boundsOf("member", `${workspaceId}:${userId}`, limits.member)),
    ...boundsOf("workspace", workspaceId, limits.workspace),
  ];
}
