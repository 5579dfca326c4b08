/** The least a proxy in this technique can be: Express 5 in front, undici's pool behind, bytes piped through. */
import express from "express";
import { pipeline } from "node:stream";
import { Pool } from "undici";

const origin = process.argv[2] ?? "";
const pool = new Pool(origin, { connections: 64, pipelining: 1 });
const app = express();
app.disable("x-powered-by");
app.set("etag", false);

app.post("/v1/chat/completions", async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  const { statusCode, headers, body } = await pool.request({
    path: request.url,
    method: "POST",
    headers: { "content-type": "application/json", authorization: request.headers.authorization ?? "" },
    body: Buffer.concat(parts),
  });
  const length = headers["content-length"];
  response.writeHead(statusCode, { "content-type": String(headers["content-type"]), ...(length !== undefined && { "content-length": String(length) }) });
  pipeline(body, response, (error) => {
    if (error) response.destroy(error);
  });
});

const server = app.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address ? address.port : 0 });
});
process.once("disconnect", () => process.exit());
