/** Where all connections receive, one after the other. */

export class ReceiveBuffer {
  readonly bytes: Uint8Array;
  #view: Uint8Array;

  constructor(memory: ArrayBuffer) {
    this.bytes = new Uint8Array(memory);
    this.#view = this.bytes;
  }

  /** The first `count` bytes. Requests that come again and again are of one length, and share a view. */
  first(count: number): Uint8Array {
    if (this.#view.length !== count) this.#view = this.bytes.subarray(0, count);
    return this.#view;
  }
}
