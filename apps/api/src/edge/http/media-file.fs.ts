/** Tells what an uploaded file is by its bytes, whatever its name and type say, and how long it plays. */
import { parseFile, type IAudioMetadata } from "music-metadata";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import type { UploadedFile } from "../../providers/provider.ts";
import type { FormFile } from "./read-form.http.ts";

/** A file that plays, with the longest that it may, for holds; both in milliseconds. */
export interface Playable {
  readonly file: UploadedFile & { readonly durationMs: number };
  readonly durationMsMax: number;
}

interface Format {
  readonly ending: string;
  readonly contentType: string;
}

/** By what the parser calls the container; the first that fits. */
const SOUNDS: readonly (readonly [RegExp, Format])[] = [
  [/^mpeg|^mp3/i, { ending: "mp3", contentType: "audio/mpeg" }],
  [/wave/i, { ending: "wav", contentType: "audio/wav" }],
  [/flac/i, { ending: "flac", contentType: "audio/flac" }],
  [/ogg/i, { ending: "ogg", contentType: "audio/ogg" }],
  [/webm|matroska|ebml/i, { ending: "webm", contentType: "audio/webm" }],
  [/adts|aac/i, { ending: "aac", contentType: "audio/aac" }],
  [/m4a|mp4|isom|iso[2-9]|avc|dash|qt|3gp|mp71/i, { ending: "m4a", contentType: "audio/mp4" }],
];
const FILMS: readonly (readonly [RegExp, Format])[] = [
  [/webm|matroska|ebml/i, { ending: "webm", contentType: "video/webm" }],
  [/\bqt\b/i, { ending: "mov", contentType: "video/quicktime" }],
  [/m4v|mp4|isom|iso[2-9]|avc|dash|3gp|mp71/i, { ending: "mp4", contentType: "video/mp4" }],
];

/** Sound is rarely kept in fewer bytes a second than the first; speech mostly takes about the second. */
const SOUND_BYTES_PER_SECOND = { least: 1_000, usual: 4_000 };
const FILM_BYTES_PER_SECOND = { least: 8_000, usual: 250_000 };

export const soundOf = (file: FormFile): Promise<Result<Playable>> =>
  playableOf(file, {
    formats: SOUNDS,
    speed: SOUND_BYTES_PER_SECOND,
    name: "sound",
    isMeant: ({ format }) => format.hasAudio !== false,
    publicText: `'${file.field}' is no sound that can be read. Send flac, mp3, mp4, m4a, ogg, wav or webm.`,
  });

export const filmOf = (file: FormFile): Promise<Result<Playable>> =>
  playableOf(file, {
    formats: FILMS,
    speed: FILM_BYTES_PER_SECOND,
    name: "film",
    isMeant: ({ format }) => format.hasVideo !== false,
    publicText: `'${file.field}' is no film that can be read. Send mp4, mov or webm.`,
  });

interface Meant {
  readonly formats: readonly (readonly [RegExp, Format])[];
  readonly speed: { readonly least: number; readonly usual: number };
  readonly name: string;
  readonly isMeant: (metadata: IAudioMetadata) => boolean;
  readonly publicText: string;
}

async function playableOf(file: FormFile, meant: Meant): Promise<Result<Playable>> {
  const { content, field } = file;
  const no = (publicText: string): Result<Playable> => refused(failure("invalid_request", { param: field, publicText }));
  if (content.bytes === 0) return no(`'${field}' is empty.`);
  const metadata = await metadataOf(content.path);
  const container = metadata?.format.container ?? "";
  const format = meant.formats.find(([pattern]) => pattern.test(container))?.[1];
  if (!metadata || !format || !meant.isMeant(metadata)) return no(meant.publicText);
  const measured = durationMsOf(metadata);
  const byBytes = (perSecond: number): number => Math.ceil((content.bytes / perSecond) * 1_000);
  return ok({
    // No container can hold more than its bytes allow, whatever its header says.
    durationMsMax: Math.min(measured ?? Number.POSITIVE_INFINITY, byBytes(meant.speed.least)),
    file: {
      field,
      name: `${meant.name}.${format.ending}`,
      contentType: format.contentType,
      bytes: content.bytes,
      durationMs: Math.min(measured ?? byBytes(meant.speed.usual), byBytes(meant.speed.least)),
      open: () => content.read(),
    },
  });
}

/** A film without sound tells its length by its tracks only. */
function durationMsOf({ format }: IAudioMetadata): number | undefined {
  const seconds = Math.max(format.duration ?? 0, ...format.trackInfo.map((track) => track.duration ?? 0));
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds * 1_000) : undefined;
}

/** Reads every frame where a file does not say how long it is. @returns undefined when it is nothing that plays */
async function metadataOf(path: string): Promise<IAudioMetadata | undefined> {
  try {
    return await parseFile(path, { duration: true, skipCovers: true });
  } catch (error) {
    if (isAboutTheFile(error)) return undefined;
    throw error;
  }
}

/** The parser throws for what a file holds; what the disk says has a system's code. */
const isAboutTheFile = (error: unknown): boolean => error instanceof Error && !("syscall" in error);

const PICTURES: readonly (readonly [(head: Buffer) => boolean, Format])[] = [
  [(head) => head.subarray(0, 8).equals(Buffer.from("89504e470d0a1a0a", "hex")), { ending: "png", contentType: "image/png" }],
  [(head) => head.subarray(0, 3).equals(Buffer.from("ffd8ff", "hex")), { ending: "jpg", contentType: "image/jpeg" }],
  [
    (head) => head.subarray(0, 4).toString("latin1") === "RIFF" && head.subarray(8, 12).toString("latin1") === "WEBP",
    { ending: "webp", contentType: "image/webp" },
  ],
];

export async function pictureOf({ content, field }: FormFile): Promise<Result<UploadedFile>> {
  let head: Buffer = Buffer.alloc(0);
  for await (const piece of content.read()) {
    head = piece;
    break;
  }
  const format = PICTURES.find(([fits]) => fits(head))?.[1];
  if (!format) return refused(failure("invalid_request", { param: field, publicText: `'${field}' is no picture that can be read. Send png, jpeg or webp.` }));
  return ok({ field, name: `picture.${format.ending}`, contentType: format.contentType, bytes: content.bytes, open: () => content.read() });
}
