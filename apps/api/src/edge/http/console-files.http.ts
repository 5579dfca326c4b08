/** Serves the built console from the same port, under a policy that lets nothing foreign run in it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import express, { type RequestHandler, type Router } from "express";
import helmet from "helmet";

const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", "data:"],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

/** Files with a hash in their name never change; the page itself is asked for every time. */
export function consoleFiles(dist: string): Router {
  const router = express.Router();
  const headers = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
  });
  router.use(
    "/assets",
    express.static(join(dist, "assets"), {
      immutable: true,
      maxAge: "1y",
      index: false,
      fallthrough: false,
      setHeaders: (res) => void res.setHeader("x-content-type-options", "nosniff"),
    }),
  );
  router.use(forPages(headers), express.static(dist, { index: false, maxAge: 0 }));
  router.get("/{*page}", (req, res, next) => {
    const page = join(dist, "index.html");
    if (!wantsHtml(req.headers.accept) || !existsSync(page)) return next();
    res.set("cache-control", "no-cache").sendFile(page);
  });
  return router;
}

/** Only what a browser asks for as a page, or a file by its name: a mistyped API path must not be answered with HTML. */
function forPages(handler: RequestHandler): RequestHandler {
  return (req, res, next) => {
    if ((req.method === "GET" || req.method === "HEAD") && (wantsHtml(req.headers.accept) || /\.[a-z0-9]{2,12}$/i.test(req.path)))
      return handler(req, res, next);
    next("router");
  };
}

export const wantsHtml = (accept: string | undefined): boolean => accept !== undefined && accept.includes("text/html");
