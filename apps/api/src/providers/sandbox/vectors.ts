/** Vectors that the sandbox's model makes of texts: texts that share words lie close together, the same text always at the same place. */

export const DIMENSIONS_DEFAULT = 256;

/** A unit vector: every word and every three letters in a row of it push a few of the dimensions up or down. */
export function vectorOf(text: string, dimensions: number): number[] {
  const sums = new Float64Array(dimensions);
  for (const feature of featuresOf(text)) {
    let seed = hashOf(feature);
    for (let step = 0; step < PUSHES; step++) {
      const at = seed % dimensions;
      sums[at] = (sums[at] ?? 0) + (seed & 0x10000 ? 1 : -1);
      seed = next(seed);
    }
  }
  const length = Math.hypot(...sums);
  // A text without a letter still needs a direction.
  if (length === 0) sums[hashOf(text) % dimensions] = 1;
  return Array.from(sums, (sum) => Math.fround(sum / (length === 0 ? 1 : length)));
}

/** How alike two unit vectors are: 1 for the same direction, 0 for nothing in common. */
export const likeness = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, one, at) => sum + one * (b[at] ?? 0), 0);

const PUSHES = 4;

function* featuresOf(text: string): Iterable<string> {
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    yield word;
    for (let at = 0; at + 3 <= word.length; at++) yield `~${word.slice(at, at + 3)}`;
  }
}

/** FNV-1a over UTF-16 units. */
function hashOf(text: string): number {
  let hash = 2_166_136_261;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619) >>> 0;
  return hash;
}

const next = (seed: number): number => (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
