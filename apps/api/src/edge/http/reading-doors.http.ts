/** The doors that only read: `POST /v1/embeddings`, `/v1/moderations` and `/v1/rerank`. JSON in, one whole JSON answer out. */
import type { RequestHandler } from "express";
import { parseEmbeddingsRequest } from "@switchyard/shared/wire/openai-embeddings";
import { parseModerationsRequest } from "@switchyard/shared/wire/openai-moderations";
import { parseRerankRequest } from "@switchyard/shared/wire/rerank";
import { embeddingsJob, moderationsJob, rerankJob } from "../../gateway/media-job.ts";
import type { InferencePorts } from "./inference.http.ts";
import { jsonDoor } from "./json-door.http.ts";
import { writeWhole } from "./whole-answer.http.ts";

export const embeddings = (ports: InferencePorts): RequestHandler =>
  jsonDoor(ports, { parse: parseEmbeddingsRequest, job: embeddingsJob, write: (events, _request, res) => writeWhole(events, res) });

export const moderations = (ports: InferencePorts): RequestHandler =>
  jsonDoor(ports, { parse: parseModerationsRequest, job: moderationsJob, write: (events, _request, res) => writeWhole(events, res) });

export const rerank = (ports: InferencePorts): RequestHandler =>
  jsonDoor(ports, { parse: parseRerankRequest, job: rerankJob, write: (events, _request, res) => writeWhole(events, res) });
