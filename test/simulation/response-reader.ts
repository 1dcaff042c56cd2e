/** Reads the answers on one connection as a strict caller would, apart from the program's own parsers. */

export interface SimulatedResponse {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
  /** Whether nothing may follow on the connection. */
  readonly isLast: boolean;
  /** Where it ends in all the bytes of the connection. */
  readonly end: number;
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) [\x20-\x7e]+$/;

export class ResponseReader {
  #text = "";
  #taken = 0;

  /** Appends what was sent, one character a byte. */
  push(latin1: string): void {
    this.#text += latin1;
  }

  get isBetweenResponses(): boolean {
    return this.#text === "";
  }

  /** The next whole answer; undefined where more has to come, a sentence where none can be read. */
  next(isToHead: boolean): SimulatedResponse | string | undefined {
    const headEnd = this.#text.indexOf("\r\n\r\n");
    if (headEnd === -1) return undefined;
    const [statusLine = "", ...lines] = this.#text.slice(0, headEnd).split("\r\n");
    const status = Number(STATUS_LINE.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) return "a status line that cannot be read";
    const fields = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(": ");
      const name = line.slice(0, colon).toLowerCase();
      if (colon < 1 || fields.has(name)) return `a malformed or repeated field, "${name}"`;
      fields.set(name, line.slice(colon + 2));
    }
    if (status === 100) return this.#take(status, fields, headEnd + 4, 0);
    const length = fields.get("content-length") ?? "";
    if (String(Number(length)) !== length) return "no Content-Length";
    // Who is cut short may be told so as if the request had not been read at all.
    const isCutShort = status === 408 || status === 503;
    const isBodiless = isToHead && !(isCutShort && this.#text.length > headEnd + 4);
    const bodyLength = isBodiless ? 0 : Number(length);
    if (this.#text.length < headEnd + 4 + bodyLength) return undefined;
    return this.#take(status, fields, headEnd + 4, bodyLength);
  }

  #take(
    status: number,
    fields: ReadonlyMap<string, string>,
    bodyStart: number,
    bodyLength: number,
  ): SimulatedResponse {
    const body = this.#text.slice(bodyStart, bodyStart + bodyLength);
    this.#text = this.#text.slice(bodyStart + bodyLength);
    this.#taken += bodyStart + bodyLength;
    return { status, fields, body, isLast: fields.get("connection") === "close", end: this.#taken };
  }
}
