/** Cuts a provider's bytes, however they were split, into whole server-sent frames. */

/** The most a frame, and so any line, may hold where its wire puts no pictures into frames. */
export const FRAME_BYTES_MAX = 1024 * 1024;

const BYTE_ORDER_MARK = "\xef\xbb\xbf";

/**
 * Collects bytes and gives them back as regions: runs of whole frames, each ended by an empty line, with every line end
 * turned into LF. Text is kept one character a byte (latin1): nothing is decoded, so a character split between two
 * packets needs no care, and positions are byte positions.
 */
export class SseCutter {
  readonly #frameBytesMax: number;
  #held: string[] = [];
  #heldLength = 0;
  #endsWithLineFeed = false;
  #skipLineFeed = false;
  #started = false;

  constructor(frameBytesMax: number = FRAME_BYTES_MAX) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** @returns whole frames, an empty text when none is complete, or undefined when a frame is longer than any that is meant. */
  push(bytes: Buffer): string | undefined {
    return this.#take(this.#withLineFeeds(bytes.toString("latin1")));
  }

  /** The last frame of a stream whose end came without an empty line, or an empty text. */
  end(): string {
    const rest = this.#held.join("");
    this.#hold("");
    return rest.trim() === "" ? "" : `${rest}\n\n`;
  }

  /** Lines may end in CRLF, LF or CR; in JSON neither occurs unescaped, so all three can become LF. */
  #withLineFeeds(packet: string): string {
    let text = packet;
    if (this.#skipLineFeed && text !== "") {
      this.#skipLineFeed = false;
      if (text.startsWith("\n")) text = text.slice(1);
    }
    if (!text.includes("\r")) return text;
    this.#skipLineFeed = text.endsWith("\r");
    return text.replace(/\r\n?/g, "\n");
  }

  #take(text: string): string | undefined {
    if (!this.#started) return this.#takeFirst(text);
    const end = endOfFrames(text, this.#endsWithLineFeed);
    if (end === 0) {
      this.#append(text);
      return this.#heldLength > this.#frameBytesMax ? undefined : "";
    }
    const region = this.#heldLength === 0 ? text.slice(0, end) : this.#held.join("") + text.slice(0, end);
    this.#hold(text.slice(end));
    const isTooLong = this.#heldLength > this.#frameBytesMax || (region.length > this.#frameBytesMax && hasLongFrame(region, this.#frameBytesMax));
    return isTooLong ? undefined : region;
  }

  /** A byte order mark may come before the first frame, and even it may be split. */
  #takeFirst(text: string): string | undefined {
    const seen = this.#held.join("") + text;
    if (seen.length < BYTE_ORDER_MARK.length && BYTE_ORDER_MARK.startsWith(seen)) {
      this.#hold(seen);
      return "";
    }
    this.#started = true;
    this.#hold("");
    return this.#take(seen.startsWith(BYTE_ORDER_MARK) ? seen.slice(BYTE_ORDER_MARK.length) : seen);
  }

  #append(text: string): void {
    if (text === "") return;
    this.#held.push(text);
    this.#heldLength += text.length;
    this.#endsWithLineFeed = text.endsWith("\n");
  }

  #hold(text: string): void {
    this.#held = [];
    this.#heldLength = 0;
    this.#endsWithLineFeed = false;
    this.#append(text);
  }
}

/** The place after the last empty line in `text`, 0 when there is none. `continued`: what came before ended in LF. */
function endOfFrames(text: string, continued: boolean): number {
  const at = text.lastIndexOf("\n\n");
  if (at !== -1) return at + 2;
  return continued && text.startsWith("\n") ? 1 : 0;
}

function hasLongFrame(region: string, max: number): boolean {
  let from = 0;
  while (region.length - from > max) {
    const end = region.indexOf("\n\n", from);
    if (end === -1 || end - from > max) return true;
    from = end + 2;
  }
  return false;
}

export interface SseFrame {
  /** The name in its `event:` line, if it has one. */
  readonly event: string | undefined;
  /** Its `data:` lines, joined by LF, still one character a byte. */
  readonly data: string;
}

/** Reads one frame's lines (without the empty one). @returns undefined when it carries no data: comments, `id:`, `retry:`. */
export function parseFrame(text: string): SseFrame | undefined {
  let event: string | undefined;
  let data: string | undefined;
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    if (field !== "data" && field !== "event") continue;
    const value = colon === -1 ? "" : line.slice(line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1);
    if (field === "event") event = value;
    else data = data === undefined ? value : `${data}\n${value}`;
  }
  return data === undefined ? undefined : { event, data };
}

// eslint-disable-next-line no-control-regex -- ASCII is the question here
const ONLY_ASCII = /^[\u0000-\u007f]*$/;

/** What the bytes say as UTF-8; what is not UTF-8 becomes U+FFFD. */
export const decodeLatin1 = (text: string): string => (ONLY_ASCII.test(text) ? text : Buffer.from(text, "latin1").toString("utf8"));
