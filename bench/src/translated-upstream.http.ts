/** A provider in its own process that streams the same hundred words in the wire of whoever is asked. */
import { createServer, type ServerResponse } from "node:http";
import { piecesOf, STREAM_WIRES, type StreamWire } from "./stream-bytes.ts";

const PIECES = new Map(STREAM_WIRES.map((wire) => [wire, piecesOf(wire)]));
const wireOf = (path: string): StreamWire => (path.endsWith("/messages") ? "anthropic" : path.includes(":streamGenerateContent") ? "google" : "openai");

function write(response: ServerResponse, pieces: readonly Buffer[], index = 0): void {
  const piece = pieces[index];
  if (piece === undefined) return void response.end();
  if (response.destroyed) return;
  response.write(piece);
  setImmediate(write, response, pieces, index + 1);
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume();
  request.once("end", () => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    write(response, PIECES.get(wireOf(request.url ?? "")) ?? []);
  });
});
server.listen(0, "127.0.0.1", 4_096, () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address ? address.port : 0 });
});
process.once("disconnect", () => process.exit());
