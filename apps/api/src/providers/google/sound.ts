/** The sound that Gemini's voices make: bare samples, to be given as they are or as a WAV file. */

/** OpenAI's `pcm` is the same: 24 kHz, 16 bits, one channel, lowest byte first. */
const RATE_DEFAULT = 24_000;
const BYTES_PER_SAMPLE = 2;
/** In a header that is written before the end is known. */
const SIZE_UNKNOWN = 0xffffffff;
const HEADER_BYTES = 44;

export interface Samples {
  readonly bytes: Buffer;
  /** Samples a second. */
  readonly rate: number;
}

/**
 * Reads one piece as Gemini sends it: `audio/L16;codec=pcm;rate=24000` in streams, and from its 3.8 voices a whole WAV where the
 * answer is whole (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/text-to-speech/migration-guide).
 * @returns undefined for sound in any other form
 */
export function samplesOf(mimeType: string, base64: string): Samples | undefined {
  const bytes = Buffer.from(base64, "base64");
  if (/^audio\/(?:l16|pcm)\b/i.test(mimeType)) return { bytes, rate: Number(/rate=(\d{4,6})/.exec(mimeType)?.[1] ?? RATE_DEFAULT) };
  return /^audio\/(?:x-|vnd\.)?wave?\b/i.test(mimeType) ? samplesInWav(bytes) : undefined;
}

function samplesInWav(wav: Buffer): Samples | undefined {
  if (wav.length < 12 || wav.toString("latin1", 0, 4) !== "RIFF" || wav.toString("latin1", 8, 12) !== "WAVE") return undefined;
  let rate = RATE_DEFAULT;
  for (let at = 12; at + 8 <= wav.length;) {
    const name = wav.toString("latin1", at, at + 4);
    const size = wav.readUInt32LE(at + 4);
    const from = at + 8;
    if (name === "fmt " && from + 16 <= wav.length) {
      // Only what can be given on as bare samples.
      if (wav.readUInt16LE(from) !== 1 || wav.readUInt16LE(from + 2) !== 1 || wav.readUInt16LE(from + 14) !== 8 * BYTES_PER_SAMPLE) return undefined;
      rate = wav.readUInt32LE(from + 4);
    }
    if (name === "data") return { bytes: wav.subarray(from, Math.min(wav.length, from + size)), rate };
    at = from + size + (size % 2);
  }
  return undefined;
}

/** The head of a WAV file whose length is not known yet, as players of streams expect it. */
export function wavHead(rate: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(SIZE_UNKNOWN, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * BYTES_PER_SAMPLE, 28);
  head.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  head.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(SIZE_UNKNOWN, 40);
  return head;
}
