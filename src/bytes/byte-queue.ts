/** Bytes that have arrived and are not used up yet, without copying them more than twice on average. */

const EMPTY = new Uint8Array(0);

export class ByteQueue {
  #bytes: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  /** Whether the bytes are the pusher's own, which stay valid only until {@link own}. */
  #isBorrowed = false;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Bytes of memory held. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Appends `chunk`, which stays the caller's; it must not change until {@link own} is called. */
  push(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#isBorrowed = true;
      return;
    }
    this.#reserve(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Copies what is left of a borrowed chunk, whose owner may use it again afterwards. */
  own(): void {
    if (!this.#isBorrowed) return;
    this.#isBorrowed = false;
    // Not `slice`: a chunk may be Node's Buffer, whose slice is a view.
    this.#bytes = this.length === 0 ? EMPTY : new Uint8Array(this.view(0, this.length));
    this.#end = this.length;
    this.#start = 0;
  }

  /** Room for `count` more bytes. Doubling makes any number of small pushes linear in the whole. */
  #reserve(count: number): void {
    const needed = this.length + count;
    if (!this.#isBorrowed && this.#end + count <= this.#bytes.length) return;
    const isRoomy = !this.#isBorrowed && needed * 2 <= this.#bytes.length;
    const target = isRoomy ? this.#bytes : new Uint8Array(Math.max(needed * 2, 256));
    target.set(this.#bytes.subarray(this.#start, this.#end), 0);
    this.#end = this.length;
    this.#start = 0;
    this.#bytes = target;
    this.#isBorrowed = false;
  }

  /** The byte at `index` from the front; 0 behind the end. */
  at(index: number): number {
    const place = this.#start + index;
    return place < this.#end ? (this.#bytes[place] ?? 0) : 0;
  }

  /** The bytes from `from` up to `to`, valid until the next push or {@link own}. */
  view(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(this.#start + from, Math.min(this.#start + to, this.#end));
  }

  drop(count: number): void {
    this.#start = Math.min(this.#start + count, this.#end);
  }
}
