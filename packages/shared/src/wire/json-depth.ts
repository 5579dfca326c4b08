/** Tells whether JSON bytes nest too deeply, before any parser or serialiser has to recurse into them. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Strings longer than this are crossed by the runtime's native search. */
const SHORT_STRING = 48;

/**
 * Whether the arrays and objects of `body` are nested more than `maxDepth` deep. Brackets within strings do not count.
 * Text that is not JSON gets some answer without harm: the parser refuses it afterwards.
 */
export function hasDeepNesting(body: Uint8Array, maxDepth: number): boolean {
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = endOfString(body, at + 1);
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
    }
  }
  return false;
}

/** The place of the quote that closes a string whose text begins at `from`, or the body's length. */
function endOfString(body: Uint8Array, from: number): number {
  const near = Math.min(from + SHORT_STRING, body.length);
  for (let at = from; at < near; at++) {
    const byte = body[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
    // An escape may step over the end of the near part: go on from there.
    if (at >= near - 1) return endOfLongString(body, at + 1);
  }
  return body.length;
}

function endOfLongString(body: Uint8Array, from: number): number {
  let quote = body.indexOf(QUOTE, from);
  while (quote !== -1) {
    let backslashes = 0;
    while (quote - 1 - backslashes >= from && body[quote - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
    quote = body.indexOf(QUOTE, quote + 1);
  }
  return body.length;
}
