/** Asks the system for a port on loopback that nobody listens on. */
import { createServer } from "node:net";

/** A free TCP port on 127.0.0.1. Another program may take it before the caller does: bind soon, or try again. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen({ port: 0, host: "127.0.0.1" }, () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === "object" ? done(address.port) : fail(new Error("no free port"))));
    });
  });
}
