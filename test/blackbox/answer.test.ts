/** An answer is never lost: claim after claim, each caller reads all of its 200 and then the end. */

import { availableParallelism } from "node:os";
import process from "node:process";
import { expect, it } from "vitest";
import { describeOnEachHost, start } from "./program.ts";
import { formatRequest, Wire } from "./wire.ts";

const CLAIMS = Number(process.env["STARTUP_SERVER_TEST_CLAIMS"] ?? 1_000);

/** Servers that live at the same time: starting one takes the Node host much longer than a claim. */
const AT_ONCE = availableParallelism() + 1;

const TIMEOUT_MS = 300_000;

describeOnEachHost("an answer", (host) => {
  it(
    `is read to its end by each of ${CLAIMS} callers in a row`,
    async () => {
      let started = 0;
      const heard: string[] = [];
      const callInTurn = async (): Promise<void> => {
        while (started < CLAIMS) {
          started += 1;
          // oxlint-disable-next-line no-await-in-loop -- one server after the other
          heard.push(await claimAndListen(started));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, callInTurn));
      expect(heard.filter((outcome) => outcome !== "200 OK finished 0")).toEqual([]);
      expect(heard).toHaveLength(CLAIMS);
    },
    TIMEOUT_MS,
  );

  async function claimAndListen(number: number): Promise<string> {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ target: `/?KEY1=${number}` }));
    const answer = await wire.answer();
    const end = await wire.end();
    wire.close();
    return `${answer.status} ${answer.body} ${end} ${await program.exit}`;
  }
});
