/** The files that are made from the tables beside the program, by their usual places below share/. */

import { formatCompletion, type Shell } from "./completions.ts";
import { formatManPage } from "./man-page.ts";

/** `date` is the manual page's, such as `November 24, 2026`; `readTemplate` gives a shell's script. */
export function makeFiles(
  date: string,
  readTemplate: (shell: Shell) => string,
): Readonly<Record<string, string>> {
  const complete = (shell: Shell): string => formatCompletion(shell, readTemplate(shell));
  return {
    "man/man1/startup-server.1": formatManPage(date),
    "bash-completion/completions/startup-server": complete("bash"),
    "zsh/site-functions/_startup-server": complete("zsh"),
    "fish/vendor_completions.d/startup-server.fish": complete("fish"),
  };
}
