/** The doors for vectors, verdicts, pictures and sound, each with its path. */
import type { Express } from "express";
import type { InferencePorts } from "./inference.http.ts";
import { imageGenerations, speech } from "./making-doors.http.ts";
import { embeddings, moderations, rerank } from "./reading-doors.http.ts";

/** Paths and their methods, part of the server's list. */
export const MEDIA_ROUTES: Readonly<Record<string, string>> = {
  "/v1/embeddings": "POST",
  "/v1/moderations": "POST",
  "/v1/rerank": "POST",
  "/v1/images/generations": "POST",
  "/v1/audio/speech": "POST",
};

export function serveMedia(app: Express, ports: InferencePorts): void {
  app.post("/v1/embeddings", embeddings(ports));
  app.post("/v1/moderations", moderations(ports));
  app.post("/v1/rerank", rerank(ports));
  app.post("/v1/images/generations", imageGenerations(ports));
  app.post("/v1/audio/speech", speech(ports));
}
