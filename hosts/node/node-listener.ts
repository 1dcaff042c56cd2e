/** Listening and connections over node:net. */

import * as net from "node:net";
import type { Address, HostEvents, Listener, Outcome, Socket } from "../../src/host.ts";
import { isWithoutIpv6 } from "../../src/ip-address.ts";
import { accept, refuse } from "../../src/result.ts";
import { errnoOf } from "./node-files.ts";

const BACKLOG = 511;

export function listen(
  address: Address,
  events: HostEvents,
  opened: (outcome: Outcome<Listener>) => void,
): void {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    carry(socket, events),
  );
  const fail = (thrown: unknown): void => {
    const errno = errnoOf(thrown);
    if (address.host === "::" && isWithoutIpv6(errno)) {
      listen({ ...address, host: "0.0.0.0" }, events, opened);
    } else {
      opened(refuse(errno));
    }
  };
  server.once("error", fail);
  server.listen({ host: address.host, port: address.port, backlog: BACKLOG }, () => {
    server.off("error", fail);
    // What fails from now on is one caller's connection, which the system has closed already.
    server.on("error", () => events.acceptFailed());
    opened(accept({ port: portOf(server), close: () => server.close() }));
  });
}

function portOf(server: net.Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Joins one connection of Node's to the server. */
function carry(socket: net.Socket, events: HostEvents): void {
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
  const heard = events.accepted(connection);
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
