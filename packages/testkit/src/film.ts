/** A film for tests: an MP4 with one track of pictures that cannot be shown, of any size. */

const box = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
};
const words = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, at) => bytes.writeUInt32BE(value, at * 4));
  return bytes;
};
const TIMESCALE = 1_000;
const NO_ROTATION = words(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** @param bytes about so many in all; the rest is zeros in place of pictures */
export function mp4Of(seconds: number, bytes: number): Buffer {
  const duration = seconds * TIMESCALE;
  const movieHead = box("mvhd", words(0, 0, 0, TIMESCALE, duration, 0x10000, 0x01000000, 0, 0), NO_ROTATION, words(0, 0, 0, 0, 0, 0, 2));
  const trackHead = box("tkhd", words(7, 0, 0, 1, 0, duration, 0, 0, 0, 0), NO_ROTATION, words(640 << 16, 480 << 16));
  const mediaHead = box("mdhd", words(0, 0, 0, TIMESCALE, duration, 0x55c40000));
  const handler = box("hdlr", words(0, 0), Buffer.from("vide"), words(0, 0, 0), Buffer.from("\0"));
  const entry = box("avc1", words(0, 1), Buffer.alloc(70));
  const samples = box(
    "stbl",
    box("stsd", words(0, 1), entry),
    box("stts", words(0, 1, 1, duration)),
    box("stsc", words(0, 1, 1, 1, 1)),
    box("stsz", words(0, 0, 1, 8)),
    box("stco", words(0, 1, 0)),
  );
  const media = box("mdia", mediaHead, handler, box("minf", box("vmhd", words(1, 0, 0)), samples));
  const start = Buffer.concat([
    box("ftyp", Buffer.from("isom"), words(512), Buffer.from("isomavc1mp41")),
    box("moov", movieHead, box("trak", trackHead, media)),
  ]);
  return Buffer.concat([start, box("mdat", Buffer.alloc(Math.max(8, bytes - start.length - 8)))]);
}
