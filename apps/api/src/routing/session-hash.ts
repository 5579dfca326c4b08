/** Where a session belongs: highest-random-weight ("rendezvous") hashing, Thaler and Ravishankar 1998. */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over the UTF-16 units, then murmur3's finalizer, because FNV alone leaves near texts near. Not for secrets. */
export function hash32(text: string, seed = 0): number {
  let hash = (FNV_OFFSET ^ seed) >>> 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * How much a session belongs to a target: the target with the highest figure has it. When a target leaves, only its own
 * sessions move, and they come back with it. A target of twice the weight has twice the sessions; weight 0 comes last.
 */
export function belonging(session: string, target: string, weight: number): number {
  const chance = (hash32(target, hash32(session)) + 1) / 0x1_0000_0001;
  return weight > 0 ? -weight / Math.log(chance) : chance - 1;
}
