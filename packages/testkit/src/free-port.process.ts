/** Finds a port on loopback that nobody listens on, and that nobody is given by chance before it is used. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Below what systems give to outgoing connections (Linux from 32,768, others from 49,152): a port from there may become
 * somebody's outgoing connection between our look and the server's start, or while a killed server is away.
 */
const FROM = 15_000;
const BELOW = 32_000;
const TRIES_MAX = 100;

/** A free TCP port on 127.0.0.1, which stays free but for somebody who binds it by number. @throws when there is none. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(FROM, BELOW);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port on 127.0.0.1 after ${TRIES_MAX} tries from ${FROM} to ${BELOW}`);
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen({ port, host: "127.0.0.1" }, () => probe.close(() => done(true)));
  });
