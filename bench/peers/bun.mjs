/** The same server on Bun.serve, as its users write it; made into one file by `bun build --compile`. */

import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const [port, path] = process.argv.slice(2);

function say(message, count) {
  console.error(
    JSON.stringify({ level: "info", timestamp: new Date().toISOString(), message, count }),
  );
}

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

async function readVariables(request) {
  if (request.method === "POST") return Object.entries(await request.json());
  return [...new URL(request.url).searchParams];
}

let isClaimed = false;

async function claim(request) {
  try {
    const variables = await readVariables(request);
    if (isClaimed) return new Response("already claimed", { status: 409 });
    isClaimed = true;
    commit(variables.map(([name, value]) => `${name}=${value}\n`).join(""));
    say("claimed", variables.length);
    void server.stop();
    return new Response("OK", { headers: { "Content-Type": "text/plain" } });
  } catch {
    isClaimed = false;
    return new Response("malformed", { status: 400 });
  }
}

const server = Bun.serve({
  port: Number(port),
  hostname: "127.0.0.1",
  routes: {
    "/heart_beat": () => Response.json("success"),
    "/": claim,
  },
});
say("waiting for a claim", 0);
