/** Rules of the env file: whose it is, what it replaces, and what stands beside it. */

import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differs, expectStatus, type ProcessRule, processRule } from "./rule.ts";
import type { Sent } from "./wire.ts";

const FILE = "KEY1=value1\nKEY2=value2\n";
const CLAIM: Sent = { target: "{claim}?KEY1=value1&KEY2=value2" };

export const FILE_RULES: readonly ProcessRule[] = [
  processRule(
    "private",
    "The file is its owner's alone, under any umask",
    "README, Private",
    async (server) => {
      const reply = await server.call(CLAIM);
      const problem = expectStatus(reply, 200) ?? (await server.expectClaimed(FILE));
      return problem ?? differs("mode", "600", server.readMode().toString(8));
    },
  ),
  processRule(
    "no-litter",
    "Nothing but the file is left in its directory",
    "README, Durable before it is said",
    async (server) => {
      const reply = await server.call(CLAIM);
      const problem = expectStatus(reply, 200) ?? (await server.expectClaimed(FILE));
      return problem ?? differs("the directory", [".env"], server.listDirectory());
    },
  ),
  processRule(
    "replaces",
    "An older, longer file is replaced as a whole",
    "README, Durable before it is said",
    async (server) => {
      const reply = await server.call(CLAIM);
      return expectStatus(reply, 200) ?? (await server.expectClaimed(FILE));
    },
    { prepare: (directory) => write(directory, ".env", "OLD=1\n".repeat(1_000)) },
  ),
  processRule(
    "keeps",
    "A refused claim leaves the older file as it is",
    "README, All or nothing",
    async (server) => {
      const before = server.readFile();
      const reply = await server.call({ target: "{claim}?KEY1=value1&PATH=x" });
      return expectStatus(reply, 422) ?? differs("the env file", before, server.readFile() ?? null);
    },
    { prepare: (directory) => write(directory, ".env", "OLD=1\n") },
  ),
  processRule(
    "symlinks",
    "What a symlink in the file's place points to stays as it is",
    "README, Durable before it is said",
    async (server) => {
      const reply = await server.call(CLAIM);
      const victim = join(server.directory, "victim");
      const problem = expectStatus(reply, 200) ?? (await server.expectClaimed(FILE));
      return (
        problem ?? differs("the symlink's target", "UNTOUCHED=1\n", readFileSync(victim, "utf8"))
      );
    },
    {
      prepare: (directory) => {
        symlinkSync(write(directory, "victim", "UNTOUCHED=1\n"), join(directory, ".env"));
        return join(directory, ".env");
      },
    },
  ),
];

function write(directory: string, name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}
