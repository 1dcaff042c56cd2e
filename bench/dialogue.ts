/** A request sent to a server, and what it answers, over one connection. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";

/** Sends the bytes, reads the answer, closes, and waits until the server has closed too; the status. */
export async function ask(
  port: number,
  request: string,
  manner: "at once" | "byte by byte" = "at once",
): Promise<number> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.setEncoding("latin1");
  let answer = "";
  socket.on("data", (text: string) => {
    answer += text;
    if (isWhole(answer)) socket.end();
  });
  // Who is refused early may find the connection gone while it still sends.
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  if (manner === "at once") socket.write(request);
  else await sendSplit(socket, port, request);
  await closed;
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
}

async function sendSplit(socket: Socket, port: number, request: string): Promise<void> {
  await once(socket, "connect");
  for (const byte of request) {
    if (!socket.writable) throw new Error("The server has closed before the request was whole");
    await new Promise((resolve) => {
      socket.write(byte, resolve);
    });
    while (isUnread(port, socket.localPort ?? 0)) await new Promise(setImmediate);
  }
}

/** Whether the server has yet to read what it was sent from that port (proc(5), /proc/net/tcp). */
function isUnread(serverPort: number, callerPort: number): boolean {
  const ends = [serverPort, callerPort].map((port) => formatHex(port));
  const line = new RegExp(`^ *\\d+: \\w+:${ends.join(" \\w+:")} \\w+ \\w+:(\\w+) `, "m");
  const queued = line.exec(readFileSync("/proc/net/tcp", "utf8"))?.[1];
  return queued !== undefined && Number.parseInt(queued, 16) > 0;
}

function formatHex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n") + 4;
  const length = /^content-length: (\d+)/im.exec(answer)?.[1];
  return end >= 4 && length !== undefined && answer.length >= end + Number(length);
}

export const HEALTH_CHECK = "GET /heart_beat HTTP/1.1\r\nHost: localhost\r\n\r\n";
