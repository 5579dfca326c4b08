/** The doors that make pictures and sound from words: `POST /v1/images/generations` and `/v1/audio/speech`. */
import type { RequestHandler } from "express";
import { parseSpeechRequest, type SpeechRequest } from "@switchyard/shared/wire/openai-audio";
import { parseImageGenerationRequest } from "@switchyard/shared/wire/openai-images";
import { imageGenerationJob, speechJob } from "../../gateway/media-job.ts";
import type { InferencePorts } from "./inference.http.ts";
import { jsonDoor } from "./json-door.http.ts";
import { writeEvents, writeSound } from "./passed-stream.http.ts";
import { writeWhole } from "./whole-answer.http.ts";

export const imageGenerations = (ports: InferencePorts): RequestHandler =>
  jsonDoor(ports, {
    parse: parseImageGenerationRequest,
    job: imageGenerationJob,
    write: (events, request, res) => (request.stream === true ? writeEvents(ports, events, res) : writeWhole(events, res)),
  });

/** https://platform.openai.com/docs/api-reference/audio/createSpeech */
const SOUND_TYPES: Readonly<Record<NonNullable<SpeechRequest["response_format"]>, string>> = {
  mp3: "audio/mpeg",
  opus: "audio/opus",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

export const speech = (ports: InferencePorts): RequestHandler =>
  jsonDoor(ports, {
    parse: parseSpeechRequest,
    job: speechJob,
    write: (events, request, res) =>
      request.stream_format === "sse" ? writeEvents(ports, events, res) : writeSound(ports, events, SOUND_TYPES[request.response_format ?? "mp3"], res),
  });
