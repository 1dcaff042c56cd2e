/** The program on Node: the server, and the npm package's commands beside it. */

import process from "node:process";
import { findCommand, runCommand } from "../../client/commands/commands.ts";
import { LATER } from "../../src/later.ts";
import { main } from "../../src/main.ts";
import { createNodeHost } from "./node-host.ts";

/** sysexits.h: a bug. */
const EX_SOFTWARE = 70;

const host = createNodeHost();
const [word, ...args] = host.args;
const command = findCommand(word);
if (command === undefined) {
  // What was thrown may quote a value: it is not shown.
  process.on("uncaughtException", () => {
    host.log("startup-server: ended by a bug\n");
    host.exit(EX_SOFTWARE);
  });
  main(host, () => LATER);
} else void runCommand(command, args, host);
