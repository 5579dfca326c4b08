/** A TCP proxy on loopback that turns into a bad network at the test's command: in front of Postgres, Redis, a provider or the program. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

/** From the client to the target, or back. */
export type Direction = "up" | "down";

/** How the network behaves. A mode holds for new connections and, at once, for the bytes of open ones. */
export type Mode =
  | { readonly kind: "pass" }
  /** Nobody listens: connecting fails at once. Open connections are reset. */
  | { readonly kind: "refuse" }
  /** Connecting works, then silence in both directions. Bytes wait and arrive when another mode comes. */
  | { readonly kind: "blackhole" }
  /** Every connection, new or open, is reset. */
  | { readonly kind: "reset" }
  /** Each piece comes later by so much, in each direction. */
  | { readonly kind: "latency"; readonly ms: number }
  | { readonly kind: "throttle"; readonly bytesPerSecond: number }
  /** Bytes arrive in pieces of this size, each by itself. */
  | { readonly kind: "slice"; readonly bytes: number }
  /** After so many more bytes in that direction (0 = the next byte), the connection is reset: an answer is lost on its way. */
  | { readonly kind: "cut"; readonly afterBytes: number; readonly direction: Direction }
  /** One direction is dead, the other works. */
  | { readonly kind: "halfopen"; readonly dead: Direction };

export interface FaultProxy {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly mode: Mode;
  /** Resolves when the mode holds (a refusing port is closed, a passing one listens). */
  set(mode: Mode): Promise<void>;
  /** Points new connections elsewhere: a fail-over. */
  retarget(target: Target): void;
  /** Resets all open connections; the mode stays. */
  kill(): void;
  readonly openConnections: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  close(): Promise<void>;
}

export interface Target {
  readonly host?: string;
  readonly port: number;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Starts a passing proxy in front of `target`. */
export async function startFaultProxy(first: Target, options: { readonly port?: number } = {}): Promise<FaultProxy> {
  let target = first;
  let mode: Mode = { kind: "pass" };
  let modeEnded = new AbortController();
  let accepted = 0;
  const pairs = new Set<Pair>();
  const modes: ModeSource = { now: () => mode, ended: () => modeEnded.signal };
  const reset = (pair: Pair): void => {
    pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.resetAndDestroy();
  };
  const kill = (): void => [...pairs].forEach(reset);

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    accepted += 1;
    client.on("error", () => client.destroy()); // Whoever left, left: the other side is told below.
    if (mode.kind === "reset") return void client.resetAndDestroy();
    const upstream = connect({ host: target.host ?? "127.0.0.1", port: target.port, allowHalfOpen: true, noDelay: true });
    const pair: Pair = { client, server: upstream };
    pairs.add(pair);
    upstream.on("error", () => reset(pair));
    client.on("close", () => {
      pairs.delete(pair);
      upstream.destroy();
    });
    upstream.on("close", () => client.destroySoon());
    for (const direction of ["up", "down"] as const) {
      carry(pair, direction, modes, () => reset(pair)).catch(() => reset(pair)); // A socket that broke while being read ends both.
    }
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, "127.0.0.1", 4_096);
    await once(server, "listening");
  };
  await listen(options.port ?? 0);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the fault proxy has no port");
  const { port } = address;
  const stopListening = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    kill();
    await closed;
  };

  return {
    host: "127.0.0.1",
    port,
    get mode() {
      return mode;
    },
    get openConnections() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    set: async (next) => {
      mode = next;
      modeEnded.abort();
      modeEnded = new AbortController();
      if (next.kind === "refuse") return stopListening();
      if (next.kind === "reset") kill();
      if (!server.listening) await listen(port);
    },
    retarget: (next) => void (target = next),
    kill,
    close: stopListening,
  };
}

interface ModeSource {
  now(): Mode;
  /** Aborted when the present mode is replaced. */
  ended(): AbortSignal;
}

/** Carries one direction until its source ends, asking before every piece how the network is now. */
async function carry(pair: Pair, direction: Direction, modes: ModeSource, reset: () => void): Promise<void> {
  const [from, to] = direction === "up" ? [pair.client, pair.server] : [pair.server, pair.client];
  let cutMode: Mode | undefined;
  let cutLeft = 0;
  for await (const piece of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    const mode = await passable(direction, modes);
    if (mode.kind === "cut" && mode.direction === direction) {
      if (mode !== cutMode) [cutMode, cutLeft] = [mode, mode.afterBytes];
      const allowed = piece.subarray(0, cutLeft);
      cutLeft -= allowed.length;
      await put(to, allowed);
      if (allowed.length < piece.length) return reset();
      continue;
    }
    await shaped(to, piece, mode);
  }
  await passable(direction, modes);
  to.end();
}

/** Waits as long as this direction is dead; @returns the mode that lets bytes through. */
async function passable(direction: Direction, modes: ModeSource): Promise<Mode> {
  for (;;) {
    const mode = modes.now();
    if (mode.kind !== "blackhole" && !(mode.kind === "halfopen" && mode.dead === direction)) return mode;
    await once(modes.ended(), "abort");
  }
}

async function shaped(to: Socket, piece: Buffer, mode: Mode): Promise<void> {
  switch (mode.kind) {
    case "latency":
      await sleep(mode.ms);
      return put(to, piece);
    case "throttle": {
      // Ten steps a second: fine enough for a test, and no timer for each byte.
      const step = Math.max(1, Math.ceil(mode.bytesPerSecond / 10));
      for (let at = 0; at < piece.length; at += step) {
        const part = piece.subarray(at, at + step);
        await sleep((part.length / mode.bytesPerSecond) * 1_000);
        await put(to, part);
      }
      return;
    }
    case "slice":
      for (let at = 0; at < piece.length; at += mode.bytes) {
        await put(to, piece.subarray(at, at + mode.bytes));
        await nextTurn();
      }
      return;
    default:
      return put(to, piece);
  }
}

async function put(to: Socket, bytes: Buffer): Promise<void> {
  if (bytes.length === 0 || to.destroyed) return;
  if (to.write(bytes)) return;
  await Promise.race([once(to, "drain"), once(to, "close")]);
}
