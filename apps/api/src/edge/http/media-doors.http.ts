/** The doors for vectors, verdicts, pictures and sound, each with its path. */
import type { Express } from "express";
import { LONG_SOUND_BYTES_MAX, SOUND_BYTES_MAX, transcriptions, translations } from "./hearing-doors.http.ts";
import { imageEdits } from "./image-edits.http.ts";
import { imageGenerations, speech } from "./making-doors.http.ts";
import { videoAnalysis } from "./video.http.ts";
import type { UploadPorts } from "./upload-door.http.ts";
import { embeddings, moderations, rerank } from "./reading-doors.http.ts";

/** Paths and their methods, part of the server's list. */
export const MEDIA_ROUTES: Readonly<Record<string, string>> = {
  "/v1/embeddings": "POST",
  "/v1/moderations": "POST",
  "/v1/rerank": "POST",
  "/v1/images/generations": "POST",
  "/v1/images/edits": "POST",
  "/v1/audio/speech": "POST",
  "/v1/audio/transcriptions": "POST",
  "/v1/audio/translations": "POST",
  "/api/audio/transcriptions": "POST",
  "/api/llm/video/analyze": "POST",
};

export function serveMedia(app: Express, ports: UploadPorts): void {
  app.post("/v1/embeddings", embeddings(ports));
  app.post("/v1/moderations", moderations(ports));
  app.post("/v1/rerank", rerank(ports));
  app.post("/v1/images/generations", imageGenerations(ports));
  app.post("/v1/images/edits", imageEdits(ports));
  app.post("/v1/audio/speech", speech(ports));
  app.post("/v1/audio/transcriptions", transcriptions(ports, SOUND_BYTES_MAX));
  app.post("/v1/audio/translations", translations(ports));
  app.post("/api/llm/video/analyze", videoAnalysis(ports));
  app.post("/api/audio/transcriptions", transcriptions(ports, LONG_SOUND_BYTES_MAX));
}
