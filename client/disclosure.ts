/** Keeps what a server says from telling a secret: some echo what they were sent. */

import { isName } from "../src/claim/names.ts";
import type { Secret } from "../src/claim/variable.ts";
import type { ClaimReceipt } from "./outcome.ts";

const NOT_SHOWN = "(not shown: it repeats what was sent)";

/** Shorter values are in any sentence by chance, and no secrets. */
const MIN_SECRET_LENGTH = 4;

/** Passes on text of a server's, but for text that holds one of the secrets. */
export class Disclosure {
  readonly #secrets: readonly Secret[];

  constructor(secrets: readonly Secret[]) {
    this.#secrets = secrets;
  }

  show(text: string): string {
    const isTelling = this.#secrets.some((secret) => {
      const value = secret.reveal();
      return value.length >= MIN_SECRET_LENGTH && text.includes(value);
    });
    return isTelling ? NOT_SHOWN : text;
  }

  /** A name that a server found wrong; what is none may be a part of a value. */
  showName(text: string): string {
    return isName(text, "dotenv") ? this.show(text) : "(not shown)";
  }

  showReceipt(receipt: ClaimReceipt): ClaimReceipt {
    const { names, outputs, requestId, replayed } = receipt;
    return {
      names: names.map((name) => this.showName(name)),
      outputs: outputs.map((output) => ({
        file: this.show(output.file),
        dialect: this.show(output.dialect),
        length: output.length,
        sha256: this.show(output.sha256),
        uncommonNames: output.uncommonNames.map((name) => this.showName(name)),
      })),
      requestId: this.show(requestId),
      replayed,
    };
  }
}
