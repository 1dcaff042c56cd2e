/** Listening and connections over node:net. */

import * as fs from "node:fs";
import * as net from "node:net";
import process from "node:process";
import type {
  Address,
  ClientEvents,
  HostEvents,
  Listener,
  Outcome,
  Place,
  Socket,
  SocketEvents,
} from "../../src/host.ts";
import { isWithoutIpv6 } from "../../src/ip-address.ts";
import { accept, refuse } from "../../src/result.ts";
import { attempt, errnoOf } from "./node-files.ts";

const BACKLOG = 511;
/** Leaves 0600 of all permissions. */
const PRIVATE_MASK = 0o177;

/** `sockets` holds those that are open. */
export function listen(
  place: Place,
  events: HostEvents,
  opened: (outcome: Outcome<Listener>) => void,
  sockets: Set<net.Socket>,
): void {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    carry(socket, (connection) => events.accepted(connection));
  });
  const fail = (thrown: unknown): void => {
    const errno = errnoOf(thrown);
    if (place.kind === "tcp" && place.host === "::" && isWithoutIpv6(errno)) {
      listen({ ...place, host: "0.0.0.0" }, events, opened, sockets);
    } else if (place.kind === "unix" && errno === "EADDRINUSE") {
      removeDeadSocket(place.path, (isRemoved) => {
        if (isRemoved) listen(place, events, opened, sockets);
        else opened(refuse(errno));
      });
    } else {
      opened(refuse(errno));
    }
  };
  server.once("error", fail);
  const isOurs = open(server, place, () => {
    server.off("error", fail);
    // What fails from now on is one caller's connection, which the system has closed already.
    server.on("error", () => events.acceptFailed());
    const close = (): void => {
      // Node removes whatever stands at the path by then.
      if (isOurs()) server.close();
    };
    opened(accept({ address: addressOf(server), close }));
  });
}

/** Opens the socket; what it gives tells whether the file that was made for it still stands. */
function open(server: net.Server, place: Place, opened: () => void): () => boolean {
  switch (place.kind) {
    case "tcp":
      server.listen({ host: place.host, port: place.port, backlog: BACKLOG }, opened);
      return () => true;
    case "handed_over":
      server.listen({ fd: place.descriptor, backlog: BACKLOG }, opened);
      return () => true;
    case "unix": {
      // The file is made within the call.
      const mask = process.umask(PRIVATE_MASK);
      server.listen({ path: place.path, backlog: BACKLOG }, opened);
      process.umask(mask);
      const made = identify(place.path);
      return () => identify(place.path) === made;
    }
  }
}

/** Device and inode of what stands at the path; empty where nothing does. */
function identify(path: string): string {
  const stats = attempt(() => fs.lstatSync(path, { bigint: true }));
  return stats.ok ? `${stats.value.dev}:${stats.value.ino}` : "";
}

/** Removes the file of a socket, no symlink to one, on which nobody listens; tells whether it did. */
function removeDeadSocket(path: string, removed: (isRemoved: boolean) => void): void {
  const stats = attempt(() => fs.lstatSync(path));
  if (!stats.ok || !stats.value.isSocket()) return removed(false);
  const socket = net.connect({ path }, () => {
    socket.destroy();
    removed(false);
  });
  socket.on("error", (thrown) => {
    const isDead = errnoOf(thrown) === "ECONNREFUSED";
    removed(isDead && attempt(() => fs.unlinkSync(path)).ok);
  });
}

function addressOf(server: net.Server): Address | undefined {
  const address = server.address();
  if (address === null) return undefined;
  if (typeof address === "string") return { kind: "unix", path: address };
  return { kind: "tcp", host: address.address, port: address.port };
}

/** Connects, and joins the connection to its client. */
export function connect(address: Address, events: ClientEvents): void {
  const socket = net.connect({
    ...(address.kind === "unix" ? address : { host: address.host, port: address.port }),
    allowHalfOpen: true,
  });
  const fail = (thrown: unknown): void => events.failed(errnoOf(thrown));
  socket.once("error", fail);
  socket.once("connect", () => {
    socket.off("error", fail);
    carry(socket, (connection) => events.connected(connection));
  });
}

/** Joins one connection of Node's to who hears what happens on it. */
function carry(socket: net.Socket, join: (connection: Socket) => SocketEvents): void {
  let isOpen = true;
  let hasUnsent = false;
  const connection: Socket = {
    send: (text) => {
      socket.write(text, "utf8", () => {
        if (!hasUnsent || socket.writableLength > 0 || !isOpen) return;
        hasUnsent = false;
        heard.sent();
      });
      // Node has handed over at once what the system took; what is left comes with the callback.
      hasUnsent = socket.writableLength > 0;
    },
    get unsentBytes() {
      return isOpen ? socket.writableLength : 0;
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    finish: () => socket.end(),
    destroy: () => {
      isOpen = false;
      socket.destroy();
    },
  };
  const heard = join(connection);
  socket.on("data", (data: Buffer) => {
    if (isOpen) heard.received(new Uint8Array(data.buffer, data.byteOffset, data.length));
  });
  socket.on("end", () => {
    if (isOpen) heard.ended();
  });
  // Every error is followed by "close".
  socket.on("error", () => undefined);
  socket.on("close", () => {
    if (!isOpen) return;
    isOpen = false;
    heard.closed();
  });
}
