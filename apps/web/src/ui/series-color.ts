/** Which colour a named thing has: the same on every page, from its name alone. */

const SLOTS = 6;

/** A slot from 1 to 6, stable for a name. */
export function seriesSlot(name: string): number {
  let hash = 2_166_136_261;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 16_777_619);
  return ((hash >>> 0) % SLOTS) + 1;
}

/**
 * Colours for a list shown together: each keeps its own slot unless an earlier one has it, then takes the next free one,
 * so that two neighbours never look alike while there are colours left.
 * @returns token names such as `series-3`, in the order of the names.
 */
export function seriesColors(names: readonly string[]): readonly string[] {
  const taken = new Set<number>();
  return names.map((name) => {
    if (taken.size >= SLOTS) return "idle-mark";
    let slot = seriesSlot(name);
    while (taken.has(slot)) slot = (slot % SLOTS) + 1;
    taken.add(slot);
    return `series-${slot}`;
  });
}
