/** Sound files for tests, made on the spot. */

const RATE_BYTES = 32_000;
const HEADER_BYTES = 44;

/** A WAV of silence, 16 kHz mono, of so many bytes in all; it plays (bytes - 44) / 32,000 seconds. */
export function wavOf(bytes: number): Buffer {
  const wav = Buffer.alloc(bytes);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(bytes - 8, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(16_000, 24);
  wav.writeUInt32LE(RATE_BYTES, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(bytes - HEADER_BYTES, 40);
  return wav;
}

export const wavOfSeconds = (seconds: number): Buffer => wavOf(HEADER_BYTES + seconds * RATE_BYTES);
