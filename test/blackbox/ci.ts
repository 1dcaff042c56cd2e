/** Whether this is CI, where everything that a story needs has to be there. */

import process from "node:process";

export function isCi(): boolean {
  const { CI = "" } = process.env;
  return CI !== "" && CI !== "false" && CI !== "0";
}
