/** The doors of first-party clients below `/api`: chats with their own fields, and their calls to be watched and ended. */
import type { Express } from "express";
import { isRecord } from "@switchyard/shared/wire/caller-body";
import { chatCompletions } from "./chat.http.ts";
import type { InferencePorts } from "./inference.http.ts";
import { callStatus, cancelCall, type UnderwayPorts } from "./underway-doors.http.ts";

/** Paths and their methods, part of the server's list. */
export const OWN_ROUTES: Readonly<Record<string, string>> = {
  "/api/llm/chat/completions": "POST",
  "/api/llm/cancel": "POST",
  "/api/llm/status/:id": "GET, HEAD",
};

export function serveOwn(app: Express, ports: InferencePorts & UnderwayPorts): void {
  app.post("/api/llm/chat/completions", chatCompletions(ports, withoutOwnFields));
  app.post("/api/llm/cancel", cancelCall(ports));
  app.get("/api/llm/status/:id", callStatus(ports));
}

/** What a first-party client tells of its task is no provider's business. */
function withoutOwnFields(body: unknown): unknown {
  if (!isRecord(body)) return body;
  const { task_type: _task, taskType: _same, ...rest } = body;
  return rest;
}
