/** An attacker in a process of its own, so that what it costs is not counted as the server's. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import process from "node:process";
import { onTestFinished } from "vitest";

/** Opens `count` connections, half of them silent, half sending a byte now and then; each comes back once it is closed. */
const SLOW = `
const net = require("node:net");
const [port, count, pauseMs] = process.argv.slice(1).map(Number);
let open = 0;
let isTold = false;
const connect = (index) => {
  const socket = net.connect(port, "127.0.0.1");
  const trickle = index % 2 === 0 ? setInterval(() => socket.write("x"), 500) : undefined;
  socket.on("connect", () => {
    open += 1;
    if (trickle !== undefined) socket.write("GET /?KEY=");
    if (open >= count && !isTold) {
      isTold = true;
      console.log("ready");
    }
  });
  socket.on("data", () => undefined);
  socket.on("error", () => undefined);
  socket.on("close", () => {
    clearInterval(trickle);
    setTimeout(connect, pauseMs, index).unref();
  });
};
for (let index = 0; index < count; index += 1) connect(index);
setInterval(() => undefined, 1000);
`;

/** Holds so many slow and silent connections, or comes back with them, until the test is over. */
export async function attackSlowly(port: number, count: number, pauseMs: number): Promise<void> {
  const attacker = spawn(
    process.execPath,
    ["-e", SLOW, String(port), String(count), String(pauseMs)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void attacker.kill("SIGKILL"));
  for await (const line of createInterface(attacker.stdout)) if (line === "ready") return;
  throw new Error("The attacker did not get ready");
}
