/** What the examples take for granted: a release's image, a base image of Debian's, and a caller with a token. */

import { readFileSync } from "node:fs";
import { type Answer, call } from "../blackbox/wire.ts";
import { VERSION } from "../../src/version.ts";
import { buildImage, docker } from "./container.ts";

/** The names that the examples give them. */
const RELEASE = `startup-server:${VERSION}`;
const BASE = "debian:stable-slim";

const STAGE = "FROM scratch AS runtime";

/** In place of the stage that compiles: the binary that there is already. */
const COMPILE = `FROM stand-in:debian AS compile
COPY startup-server /startup-server
RUN mkdir /env
`;

/** Gives the engine both images; the release's is made as the Dockerfile makes it. */
export function makeImages(): void {
  const [, runtime] = readFileSync("alpine.Dockerfile", "utf8").split(STAGE);
  if (runtime === undefined) throw new Error(`alpine.Dockerfile has no stage ${STAGE}`);
  buildImage(RELEASE, `${COMPILE}${STAGE}${runtime}`, { "startup-server": "dist/startup-server" });
  docker("tag", "stand-in:debian", BASE);
}

/** Claims as the holder of that token. */
export function claimWith(token: string, port: number, environment: object): Promise<Answer> {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  return call(port, { method: "POST", headers, body: JSON.stringify(environment) });
}
