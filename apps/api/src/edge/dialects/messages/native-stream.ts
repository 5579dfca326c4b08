/** Passes Anthropic's own frames on, but for the end: its last two events wait until the call is settled, and tell what it cost. */
import { fieldsOf, type Fields } from "../../../providers/openai-dialect/fields.ts";
import { frameOf } from "./frame.ts";

const DELTA = "event: message_delta";
const DELTA_BYTES = Buffer.from(DELTA);
const STOP = "event: message_stop";

export class NativeStream {
  /** Everything from the `message_delta` frame on. */
  #held: Buffer | undefined;

  start(): string {
    return "";
  }

  /** @param frames whole frames */
  push(frames: Buffer): Buffer {
    if (this.#held) {
      this.#held = Buffer.concat([this.#held, frames]);
      return Buffer.alloc(0);
    }
    // No line begins within a frame's JSON, so at the beginning of a line it is the event itself.
    const at = frames.indexOf(`\n${DELTA}`) + 1;
    if (at === 0 && !frames.subarray(0, DELTA.length).equals(DELTA_BYTES)) return frames;
    this.#held = frames.subarray(at);
    return frames.subarray(0, at);
  }

  /** @param usage in Anthropic's shape; the provider's own further fields stay beside it */
  end(usage: Fields): string {
    let between = "";
    let delta = "";
    for (const frame of (this.#held?.toString("utf8") ?? "").split("\n\n")) {
      if (frame.startsWith(DELTA)) delta = withUsage(frame, usage);
      else if (frame.startsWith("event: ") && !frame.startsWith(STOP)) between += `${frame}\n\n`;
    }
    return between + delta + frameOf({ type: "message_stop" });
  }
}

function withUsage(frame: string, usage: Fields): string {
  const data = frame.slice(frame.indexOf("data: ") + "data: ".length);
  const event = fieldsOf(JSON.parse(data)) ?? {};
  return frameOf({ ...event, type: "message_delta", usage: { ...fieldsOf(event["usage"]), ...usage } });
}
