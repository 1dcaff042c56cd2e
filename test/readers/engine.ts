/** An engine that only records what a client asks it to create: Docker's API, and podman's. */

import { chmodSync } from "node:fs";
import { relative } from "node:path";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Place } from "./place.ts";

/** The body of the `POST .../containers/create` that the client sends, parsed. */
export async function recordCreation(
  place: Place,
  client: (socket: string) => readonly string[],
): Promise<unknown> {
  let creation: unknown;
  const directory = place.makeDirectory();
  const socket = `${directory}/engine.sock`;
  // The path of a socket is at most 107 bytes long (unix(7)).
  const bound = relative(".", place.outside(socket));
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      if (request.url?.includes("/containers/create") === true) creation = JSON.parse(body);
      answer(request, response);
    });
  });
  try {
    await new Promise<void>((resolve) => server.listen(bound, resolve));
    chmodSync(bound, 0o777);
    await place.run({ argv: client(socket) });
  } finally {
    server.closeAllConnections();
    server.close();
    place.removeDirectory(directory);
  }
  if (creation === undefined) throw new Error("expected a container to be created, got none");
  return creation;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

const IMAGE = `sha256:${"a".repeat(64)}`;

/** Just enough of both engines for \`create\` to succeed. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? "").split("?")[0] ?? "";
  response.setHeader("Api-Version", "1.41");
  response.setHeader("Libpod-API-Version", "5.0.0");
  response.setHeader("Content-Type", "application/json");
  if (path.endsWith("/containers/create")) {
    response.statusCode = 201;
    response.end(JSON.stringify({ Id: "a".repeat(64), Warnings: [] }));
  } else if (path.endsWith("/images/pull")) {
    response.end(`${JSON.stringify({ id: IMAGE, images: [IMAGE] })}\n`);
  } else {
    response.end(path.endsWith("/_ping") ? "OK" : "{}");
  }
}
