/** Recognises the ordinary content frames of one stream by comparing text, so that they need no parsing. */
import { fieldsOf, listOf, type Fields } from "./fields.ts";

/**
 * Almost every frame of a stream equals the one before it but for one JSON string. A template is such a frame with that
 * string cut out: `head` + any string + `tail`, or, where a provider pads its frames with a random text, a second hole.
 * A frame that fits is proven to have the same structure, because only the inside of a JSON string differs.
 */
export interface Template {
  readonly head: string;
  /** From the closing quote of the first hole to the opening quote of the second, or to the frame's end. */
  readonly middle: string;
  readonly tail: string | undefined;
  /** The same three as we hand them on: with our id. */
  readonly ours: { readonly head: string; readonly middle: string; readonly tail: string };
}

export interface Match {
  /** The place after the frame's empty line. */
  end: number;
  /** The frame as we hand it on. */
  frame: string;
  /** UTF-8 bytes of the string in the first hole. */
  outputBytes: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether the frame at `at` fits; fills `match` if so. A frame whose first hole is empty never fits: it carries no content. */
export function fits(template: Template, region: string, at: number, match: Match): boolean {
  const { head, middle, tail, ours } = template;
  const from = at + head.length;
  // Cutting and comparing is a plain memory comparison, which `startsWith` is not.
  if (region.slice(at, from) !== head) return false;
  const close = endOfString(region, from);
  const next = close + middle.length;
  if (close <= from || region.slice(close, next) !== middle) return false;
  match.outputBytes = close - from - savedByEscapes;
  match.end = next;
  match.frame = ours.head + region.slice(from, close) + ours.middle;
  if (tail === undefined) return true;
  const padding = endOfString(region, next);
  match.end = padding + tail.length;
  if (padding === -1 || region.slice(padding, match.end) !== tail) return false;
  match.frame += region.slice(next, padding) + ours.tail;
  return true;
}

/** Bytes by which the last string crossed by `endOfString` is longer escaped than it is in UTF-8. */
let savedByEscapes = 0;

/** The place of the closing quote of the JSON string whose text begins at `from`, -1 when the line ends before it. */
function endOfString(text: string, from: number): number {
  savedByEscapes = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code < 0x20) return -1;
    if (code !== BACKSLASH) continue;
    at += 1;
    if (text.charCodeAt(at) === 0x75) {
      savedByEscapes += 6 - bytesOfEscape(text, at + 1);
      at += 4;
    } else {
      savedByEscapes += 1;
    }
  }
  return -1;
}

/** UTF-8 bytes of the character in `\uXXXX`; each half of a surrogate pair is two of the pair's four. */
function bytesOfEscape(text: string, from: number): number {
  const code = Number.parseInt(text.slice(from, from + 4), 16);
  if (code < 0x80) return 1;
  return code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
}

const LEAVES = ["content", "reasoning_content", "reasoning", "refusal", "arguments"] as const;
const FIRST_KEY = "data: {";

/**
 * Makes a template of a frame (its text with the empty line, and the chunk parsed from it) that is sure to hold nothing
 * but one content string. `withOurId` puts our id in the place of the provider's.
 * @returns undefined when the frame has more to it.
 */
export function learn(frame: string, chunk: Fields, withOurId: (text: string) => string): Template | undefined {
  if (!frame.startsWith(FIRST_KEY) || !frame.endsWith("}\n\n") || frame.indexOf("\n") !== frame.length - 2) return undefined;
  const leaf = LEAVES.find((name) => (leafOf(chunk, name) ?? "") !== "");
  if (leaf === undefined || LEAVES.some((name) => name !== leaf && (leafOf(chunk, name) ?? "") !== "")) return undefined;
  const hole = holeOf(frame, leaf);
  if (!hole) return undefined;
  const padding = holeOf(frame, "obfuscation");
  const isPadded = padding !== undefined && padding.from > hole.to;
  const head = frame.slice(0, hole.from);
  const middle = isPadded ? frame.slice(hole.to, padding.from) : frame.slice(hole.to);
  const tail = isPadded ? frame.slice(padding.to) : undefined;
  if (!isProven(head, middle, tail, leaf)) return undefined;
  return { head, middle, tail, ours: { head: withOurId(head), middle: withOurId(middle), tail: withOurId(tail ?? "") } };
}

/** Where the one string under this key stands, or undefined when the key occurs twice. */
function holeOf(frame: string, key: string): { readonly from: number; readonly to: number } | undefined {
  const opening = `"${key}":"`;
  const at = frame.indexOf(opening);
  if (at === -1 || frame.includes(opening, at + 1)) return undefined;
  const from = at + opening.length;
  const to = endOfString(frame, from);
  return to === -1 ? undefined : { from, to };
}

/** Parses the frame with marks in its holes: the marks have to turn up where we believe the holes are. */
function isProven(head: string, middle: string, tail: string | undefined, leaf: (typeof LEAVES)[number]): boolean {
  const sample = tail === undefined ? `${head}1${middle}` : `${head}1${middle}2${tail}`;
  const chunk = fieldsOf(JSON.parse(sample.slice("data: ".length)));
  return chunk !== undefined && leafOf(chunk, leaf) === "1" && (tail === undefined || chunk["obfuscation"] === "2");
}

function leafOf(chunk: Fields, name: (typeof LEAVES)[number]): unknown {
  const choices = listOf(chunk["choices"]);
  const delta = choices.length === 1 ? fieldsOf(fieldsOf(choices[0])?.["delta"]) : undefined;
  if (!delta) return undefined;
  if (name !== "arguments") return delta[name];
  const calls = listOf(delta["tool_calls"]);
  return calls.length === 1 ? fieldsOf(fieldsOf(calls[0])?.["function"])?.["arguments"] : undefined;
}
