/** The same server on Node's http, as its users write it. */

import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname } from "node:path";
import process from "node:process";

const [, , port, path = ""] = process.argv;

/**
 * @param {string} message
 * @param {number} count
 */
function say(message, count) {
  const timestamp = new Date().toISOString();
  process.stderr.write(`${JSON.stringify({ level: "info", timestamp, message, count })}\n`);
}

/** @param {string} content */
function commit(content) {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, "wx", 0o600);
  writeFileSync(file, content);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, path);
  const directory = openSync(dirname(path), "r");
  fsyncSync(directory);
  closeSync(directory);
}

/** @param {import("node:http").IncomingMessage} request */
async function readVariables(request) {
  if (request.method === "POST") {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    return Object.entries(JSON.parse(text));
  }
  return [...new URL(request.url ?? "/", "http://localhost").searchParams];
}

let isClaimed = false;

const server = createServer(async (request, response) => {
  if (request.url === "/heart_beat") {
    response.setHeader("Content-Type", "application/json").end('"success"');
    return;
  }
  try {
    const variables = await readVariables(request);
    if (isClaimed) {
      response.writeHead(409).end();
      return;
    }
    isClaimed = true;
    commit(variables.map(([name, value]) => `${name}=${value}\n`).join(""));
    say("claimed", variables.length);
    response.setHeader("Content-Type", "text/plain").setHeader("Connection", "close").end("OK");
    server.close();
  } catch {
    isClaimed = false;
    response.writeHead(400).end();
  }
});

server.listen(Number(port), "127.0.0.1", () => say("waiting for a claim", 0));
