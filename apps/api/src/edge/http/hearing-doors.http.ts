/** The doors that hear: `POST /v1/audio/transcriptions`, `/v1/audio/translations`, and the first-party one for longer sound. */
import type { RequestHandler } from "express";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { parseTranscriptionFields, parseTranslationFields, type TranscriptionFields, type TranslationFields } from "@switchyard/shared/wire/openai-audio";
import { transcriptionJob, translationJob } from "../../gateway/upload-job.ts";
import { bodyOfFields } from "./form-fields.ts";
import { soundOf, type Playable } from "./media-file.fs.ts";
import { writeEvents } from "./passed-stream.http.ts";
import type { Form } from "./read-form.http.ts";
import { uploadDoor, type UploadPorts } from "./upload-door.http.ts";
import { writeWhole } from "./whole-answer.http.ts";

const MIB = 1024 * 1024;
/** OpenAI's own limit. */
export const SOUND_BYTES_MAX = 25 * MIB;
/** For first-party clients, whose recordings are longer. */
export const LONG_SOUND_BYTES_MAX = 100 * MIB;

export interface Hearing<Fields> {
  readonly fields: Fields;
  readonly sound: Playable;
  /** The caller's fields as they came. */
  readonly sent: Form["fields"];
}

const KINDS = { temperature: "number", stream: "boolean" } as const;

/** Fields that only first-party clients send; no provider knows them. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["durationMs", "task_type"]);

async function hearing<Fields>(form: Form, parse: (value: unknown) => Result<Fields>): Promise<Result<Hearing<Fields>>> {
  const sent = form.fields.filter(([name]) => !OWN_FIELDS.has(name));
  const fields = parse(bodyOfFields(sent, KINDS));
  if (!fields.ok) return fields;
  const [file] = form.files;
  if (!file) return refused(failure("invalid_request", { param: "file", publicText: "The form needs a 'file' with the sound." }));
  const sound = await soundOf(file);
  return sound.ok ? ok({ fields: fields.value, sound: sound.value, sent }) : sound;
}

export const transcriptions = (ports: UploadPorts, fileBytesMax: number): RequestHandler =>
  uploadDoor<Hearing<TranscriptionFields>>(ports, {
    limits: { files: { file: 1 }, fileBytesMax },
    read: (form) => hearing(form, parseTranscriptionFields),
    job: transcriptionJob,
    write: (events, { fields }, res) => (fields.stream === true ? writeEvents(ports, events, res) : writeWhole(events, res)),
  });

export const translations = (ports: UploadPorts): RequestHandler =>
  uploadDoor<Hearing<TranslationFields>>(ports, {
    limits: { files: { file: 1 }, fileBytesMax: SOUND_BYTES_MAX },
    read: (form) => hearing(form, parseTranslationFields),
    job: translationJob,
    write: (events, _hearing, res) => writeWhole(events, res),
  });
