/** Jobs over uploaded files: what bounds their cost, each in the one wire that carries it. */
import type { TranscriptionFields, TranslationFields } from "@switchyard/shared/wire/openai-audio";
import type { ImageEditFields } from "@switchyard/shared/wire/openai-images";
import type { VideoFields } from "@switchyard/shared/wire/video";
import type { Upload, UploadedFile } from "../providers/provider.ts";
import type { Demand, Job } from "./job.ts";
import { heardTokensMax, pictureTokensAt, pictureTokensMax, saidTokensMax, seenTokensMax, TOKENS_PER_READ_PICTURE } from "./media-bounds.ts";

interface Heard<Fields> {
  readonly fields: Fields;
  readonly sound: { readonly file: UploadedFile; readonly durationMsMax: number };
  readonly sent: Upload["fields"];
}

export const transcriptionJob = ({ fields, sound, sent }: Heard<TranscriptionFields>): Job => ({
  surface: "transcriptions",
  modelAsked: fields.model,
  stream: fields.stream === true,
  demand: demandOfSound(fields, sound.durationMsMax),
  offers: [{ operation: "transcription", request: { fields: sent, files: [sound.file] } }],
});

export const translationJob = ({ fields, sound, sent }: Heard<TranslationFields>): Job => ({
  surface: "translations",
  modelAsked: fields.model,
  stream: false,
  demand: demandOfSound(fields, sound.durationMsMax),
  offers: [{ operation: "translation", request: { fields: sent, files: [sound.file] } }],
});

/** Priced by its length or by the tokens it becomes, whichever way the model counts. */
const demandOfSound = ({ prompt }: { readonly prompt?: string | undefined }, durationMsMax: number): Demand => ({
  prompt: { bytes: Buffer.byteLength(prompt ?? ""), messages: 1, mediaParts: 1, mediaTokensMax: heardTokensMax(durationMsMax) },
  choices: 1,
  outputAsked: saidTokensMax(durationMsMax),
  units: { audioMs: durationMsMax },
});

export interface ImageEdit {
  readonly fields: ImageEditFields;
  readonly pictures: readonly UploadedFile[];
  readonly sent: Upload["fields"];
}

export const imageEditJob = ({ fields, pictures, sent }: ImageEdit): Job => {
  const images = fields.n ?? 1;
  return {
    surface: "images",
    modelAsked: fields.model,
    stream: fields.stream === true,
    demand: {
      prompt: { bytes: Buffer.byteLength(fields.prompt), messages: 1, mediaParts: pictures.length, mediaTokensMax: TOKENS_PER_READ_PICTURE * pictures.length },
      choices: images,
      outputAsked: pictureTokensMax(fields),
      outputAt: pictureTokensAt,
      mediaOutput: true,
      units: { images },
    },
    offers: [{ operation: "image_edit", request: { fields: sent, files: pictures } }],
  };
};

export interface FilmToSee {
  readonly fields: VideoFields;
  readonly film: { readonly file: UploadedFile; readonly durationMsMax: number };
  readonly sent: Upload["fields"];
}

export const filmJob = ({ fields, film, sent }: FilmToSee): Job => ({
  surface: "video",
  modelAsked: fields.model,
  stream: false,
  demand: {
    prompt: {
      bytes: Buffer.byteLength(fields.prompt) + Buffer.byteLength(fields.systemPrompt ?? ""),
      messages: 2,
      mediaParts: 1,
      mediaTokensMax: seenTokensMax(film.durationMsMax, fields.framerate),
    },
    choices: 1,
    outputAsked: undefined,
  },
  offers: [{ operation: "video_analysis", request: { fields: sent, files: [film.file] } }],
});
