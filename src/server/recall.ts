/** Knows the last health check by heart: who asks again and again sends the same bytes, and gets the same answer. */

import { decodeLatin1 } from "../bytes/primitives.ts";
import type { Form } from "../http/response.ts";

/** An answer that can be given again without the request's being read. */
export interface Recalled {
  readonly form: Form;
  /** The caller's request id; undefined where each answer has a fresh one. */
  readonly requestId: string | undefined;
}

/** Longer requests are read each time. */
const MAX_BYTES = 512;

export class Recall {
  #text = "";
  #recalled: Recalled | undefined;

  /** What those bytes have led to before, where they are all of a connection's next request. */
  find(bytes: Uint8Array): Recalled | undefined {
    const text = this.#text;
    if (bytes.length !== text.length) return undefined;
    return decodeLatin1(bytes, 0, bytes.length) === text ? this.#recalled : undefined;
  }

  /** Those bytes are one whole request, which is answered so at any time. It is learnt when it comes again. */
  keep(bytes: Uint8Array, recall: () => Recalled): void {
    if (bytes.length > MAX_BYTES) return;
    const text = decodeLatin1(bytes, 0, bytes.length);
    this.#recalled = text === this.#text ? recall() : undefined;
    this.#text = text;
  }

  forget(): void {
    this.#text = "";
    this.#recalled = undefined;
  }
}
