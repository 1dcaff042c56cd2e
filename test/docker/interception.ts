/** Stands between an orchestrator and its engine, and tells of one request just before or just after it is done. */

import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { inject, onTestFinished } from "vitest";
import { makeDirectory } from "../blackbox/program.ts";

/** `before`: the engine has not heard of it. `behind`: it is done, and the orchestrator has not heard so. */
export type Moment = "before" | "behind";

export interface Interception {
  readonly host: string;
  /** Settles when the request has come; it is not answered before what this gives is called. */
  readonly caught: Promise<() => void>;
}

/** Passes everything on but the first request whose method and path match. */
export async function intercept(pattern: RegExp, moment: Moment): Promise<Interception> {
  const engine = (inject("engine").env["DOCKER_HOST"] ?? "").replace("unix://", "");
  const socket = join(makeDirectory(), "engine");
  const caught = new Promise<() => void>((resolve) => {
    let isArmed = true;
    const server = createServer((asked, answer) => {
      const isWanted = isArmed && pattern.test(`${asked.method} ${asked.url}`);
      if (isWanted) isArmed = false;
      const goOn = (): void => pass(engine, asked, (heard) => reply(heard, answer));
      if (!isWanted) goOn();
      else if (moment === "before") resolve(goOn);
      else pass(engine, asked, (heard) => resolve(() => reply(heard, answer)));
    });
    void listen(server, socket);
  });
  return { host: `unix://${socket}`, caught };
}

async function listen(server: Server, socket: string): Promise<void> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(socket);
  await once(server, "listening");
}

function pass(
  engine: string,
  asked: IncomingMessage,
  done: (heard: { readonly head: IncomingMessage; readonly body: Buffer }) => void,
): void {
  const { method, url, headers } = asked;
  const onward = request(
    { socketPath: engine, method, path: url, headers, agent: false },
    (head) => {
      const parts: Buffer[] = [];
      head.on("data", (part: Buffer) => parts.push(part));
      head.on("end", () => done({ head, body: Buffer.concat(parts) }));
    },
  );
  asked.pipe(onward);
}

function reply(
  { head, body }: { readonly head: IncomingMessage; readonly body: Buffer },
  answer: ServerResponse,
): void {
  answer.writeHead(head.statusCode ?? 500, { "Content-Type": "application/json" });
  answer.end(head.statusCode === 304 || head.statusCode === 204 ? undefined : body);
}
