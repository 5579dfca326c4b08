/** `POST /api/llm/video/analyze`: a film and a question about it, answered by a target that sees films. */
import type { RequestHandler, Response } from "express";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { parseVideoFields } from "@switchyard/shared/wire/video";
import type { CallEvent } from "../../gateway/call-event.ts";
import { filmJob, type FilmToSee } from "../../gateway/upload-job.ts";
import { answerHeaders } from "./answer-headers.ts";
import { bodyOfFields } from "./form-fields.ts";
import { filmOf } from "./media-file.fs.ts";
import type { Form } from "./read-form.http.ts";
import { sendJson, tellWhole } from "./tell-call.http.ts";
import { uploadDoor, type UploadPorts } from "./upload-door.http.ts";
import { usageWithCost } from "./usage-with-cost.ts";

const FILM_BYTES_MAX = 100 * 1024 * 1024;
const KINDS = { temperature: "number", framerate: "number" } as const;
const SENT: ReadonlySet<string> = new Set(["prompt", "systemPrompt", "temperature", "framerate"]);

async function read(form: Form): Promise<Result<FilmToSee>> {
  const fields = parseVideoFields(bodyOfFields(form.fields, KINDS));
  if (!fields.ok) return fields;
  const [file] = form.files;
  if (!file) return refused(failure("invalid_request", { param: "video", publicText: "The form needs a 'video' with the film." }));
  const film = await filmOf(file);
  if (!film.ok) return film;
  return ok({ fields: fields.value, film: film.value, sent: form.fields.filter(([name]) => SENT.has(name)) });
}

export const videoAnalysis = (ports: UploadPorts): RequestHandler =>
  uploadDoor<FilmToSee>(ports, {
    limits: { files: { video: 1 }, fileBytesMax: FILM_BYTES_MAX },
    read,
    job: filmJob,
    write: (events, _film, res) => writeAnalysis(events, res),
  });

const writeAnalysis = (events: AsyncIterable<CallEvent>, res: Response): Promise<void> =>
  tellWhole(events, res, ({ head, reply, bill, model }) =>
    sendJson(res, answerHeaders(head), {
      id: head.generationId,
      model: model.name,
      analysis: textOf(reply.body),
      usage: usageWithCost(reply.body["usage"], bill),
    }),
  );

function textOf(completion: Record<string, unknown>): string {
  const choices = completion["choices"] as { message?: { content?: unknown } }[] | undefined;
  const content = choices?.[0]?.message?.content;
  return typeof content === "string" ? content : "";
}
