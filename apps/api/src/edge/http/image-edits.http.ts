/** `POST /v1/images/edits`: pictures and words in, pictures out. */
import type { RequestHandler } from "express";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { parseImageEditFields } from "@switchyard/shared/wire/openai-images";
import { imageEditJob, type ImageEdit } from "../../gateway/upload-job.ts";
import type { UploadedFile } from "../../providers/provider.ts";
import { bodyOfFields } from "./form-fields.ts";
import { pictureOf } from "./media-file.fs.ts";
import { writeEvents } from "./passed-stream.http.ts";
import type { Form } from "./read-form.http.ts";
import { uploadDoor, type UploadPorts } from "./upload-door.http.ts";
import { writeWhole } from "./whole-answer.http.ts";

/** OpenAI takes up to 16 pictures of less than 50 MB each (https://platform.openai.com/docs/api-reference/images/createEdit). */
const PICTURES_MAX = 16;
const PICTURE_BYTES_MAX = 50 * 1024 * 1024;
const KINDS = { n: "number", output_compression: "number", partial_images: "number", stream: "boolean" } as const;

async function read(form: Form): Promise<Result<ImageEdit>> {
  const fields = parseImageEditFields(bodyOfFields(form.fields, KINDS));
  if (!fields.ok) return fields;
  const pictures: UploadedFile[] = [];
  for (const file of form.files) {
    const picture = await pictureOf(file);
    if (!picture.ok) return picture;
    pictures.push(picture.value);
  }
  if (!pictures.some(({ field }) => field !== "mask")) {
    return refused(failure("invalid_request", { param: "image", publicText: "The form needs at least one 'image'." }));
  }
  return ok({ fields: fields.value, pictures, sent: form.fields });
}

export const imageEdits = (ports: UploadPorts): RequestHandler =>
  uploadDoor<ImageEdit>(ports, {
    limits: { files: { image: PICTURES_MAX, "image[]": PICTURES_MAX, mask: 1 }, fileBytesMax: PICTURE_BYTES_MAX },
    read,
    job: imageEditJob,
    write: (events, { fields }, res) => (fields.stream === true ? writeEvents(ports, events, res) : writeWhole(events, res)),
  });
