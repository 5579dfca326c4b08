/** Tells whether JSON bytes nest too deeply, hold too many items or name a field twice, before any parser or serialiser has to work through them. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
/** Fields that are alike this far are taken for the same. */
const FIELD_CHARS_MAX = 256;
/** Bytes walked before each leap. */
const SHORT_STRING = 48;

export interface JsonLimits {
  /** How deep arrays and objects may be nested. */
  readonly depthMax: number;
  /** How many items and fields there may be in all; a parser's time grows with them far more than with bytes. */
  readonly itemsMax: number;
  /** Whether the outermost object may name a field only once. */
  readonly fieldsOnce?: boolean;
}

/** Whether the arrays and objects of `body` are nested more than `maxDepth` deep. */
export const hasDeepNesting = (body: Uint8Array, maxDepth: number): boolean =>
  jsonExcess(body, { depthMax: maxDepth, itemsMax: Number.POSITIVE_INFINITY }) === "depth";

/**
 * What there is too much of in `body`, if anything. Brackets and commas within strings do not count. A field given twice is
 * looked for in the outermost object, whose fields decide what a call is; parsers differ in which of the two they keep.
 * Text that is not JSON gets some answer without harm: the parser refuses it afterwards.
 */
export function jsonExcess(body: Uint8Array, { depthMax, itemsMax, fieldsOnce = false }: JsonLimits): "depth" | "items" | "duplicate" | undefined {
  let depth = 0;
  let items = 1;
  const fields = new Set<string>();
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) {
      const from = at + 1;
      at = endOfString(body, from);
      if (fieldsOnce && depth === 1 && isField(body, at + 1)) {
        const field = textOf(body, from, at);
        if (fields.has(field)) return "duplicate";
        fields.add(field);
      }
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > depthMax) return "depth";
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
    } else if (byte === COMMA) {
      items += 1;
      if (items > itemsMax) return "items";
    }
  }
  return undefined;
}

/** Whether a colon follows: the string before it names a field. */
function isField(body: Uint8Array, from: number): boolean {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at += 1;
  return body[at] === COLON;
}

function textOf(body: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < Math.min(to, from + FIELD_CHARS_MAX); at++) text += String.fromCharCode(body[at] ?? 0);
  return text;
}

/**
 * The place of the quote that closes a string whose text begins at `from`, or the body's length. Walks a little by
 * itself and leaps with the native search: neither long texts nor many escapes are slow.
 */
function endOfString(body: Uint8Array, from: number): number {
  let at = from;
  while (at < body.length) {
    const near = at + SHORT_STRING;
    while (at < near) {
      const byte = body[at];
      if (byte === QUOTE || byte === undefined) return at;
      at += byte === BACKSLASH ? 2 : 1;
    }
    const quote = body.indexOf(QUOTE, at);
    if (quote === -1) return body.length;
    let backslashes = 0;
    while (quote - 1 - backslashes >= at && body[quote - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
    at = quote + 1;
  }
  return body.length;
}
