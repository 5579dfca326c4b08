/** Embedding vectors in the two ways that OpenAI's wire writes them: numbers, or base64 of little-endian 32-bit floats. */

export type VectorFormat = "float" | "base64";
export type Vector = readonly number[] | string;

const FLOAT_BYTES = 4;

/** The vector as it was asked for, whichever way the provider wrote it. @returns undefined when it is no vector. */
export function vectorAs(format: VectorFormat, vector: unknown): Vector | undefined {
  if (typeof vector === "string") {
    const bytes = Buffer.from(vector, "base64");
    if (bytes.length === 0 || bytes.length % FLOAT_BYTES !== 0) return undefined;
    return format === "base64" ? vector : floatsOf(bytes);
  }
  if (!Array.isArray(vector) || vector.length === 0) return undefined;
  for (const one of vector) if (typeof one !== "number") return undefined;
  return format === "float" ? (vector as number[]) : base64Of(vector as number[]);
}

export function base64Of(floats: ArrayLike<number>): string {
  const bytes = Buffer.allocUnsafe(floats.length * FLOAT_BYTES);
  for (let at = 0; at < floats.length; at++) bytes.writeFloatLE(floats[at] as number, at * FLOAT_BYTES);
  return bytes.toString("base64");
}

function floatsOf(bytes: Buffer): number[] {
  const floats = Array.from<number>({ length: bytes.length / FLOAT_BYTES });
  for (let at = 0; at < floats.length; at++) floats[at] = bytes.readFloatLE(at * FLOAT_BYTES);
  return floats;
}

/** How many numbers it holds. */
export const dimensionsOf = (vector: Vector): number => (typeof vector === "string" ? Buffer.byteLength(vector, "base64") / FLOAT_BYTES : vector.length);
