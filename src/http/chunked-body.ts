/** Reads a chunked body: its size lines, its data, its trailers (RFC 9112 section 7.1). */

import type { ByteQueue } from "../bytes/byte-queue.ts";
import { parseHex } from "../bytes/hex.ts";
import type { Problem } from "../problems.ts";
import { isChunkExtensions } from "./chunk-extensions.ts";
import { parseField } from "./head.ts";
import { LineReader } from "./line-reader.ts";

/** What stopped the reader: the body's end, want of bytes, or a problem. */
export type BodyProgress = "complete" | "incomplete" | Problem;

const MALFORMED: Problem = { code: "malformed_chunk" };

/** Digits that a chunk size may have: four gibibytes are over any limit, and far below 2^53. */
const MAX_SIZE_DIGITS = 8;

const FRAMING_FIELDS = ["content-length", "transfer-encoding"];

type Stage = "size" | "data" | "data_end" | "trailers";

export interface ChunkedLimits {
  readonly maxBodyBytes: number;
  /** Extensions and trailers, which carry nothing for us, may take so much in all. */
  readonly maxExtraBytes: number;
}

export class ChunkedBody {
  readonly #queue: ByteQueue;
  readonly #lines: LineReader;
  readonly #limits: ChunkedLimits;
  readonly #append: (bytes: Uint8Array) => void;
  #stage: Stage = "size";
  #left = 0;
  #bodyBytes = 0;
  #extraBytes = 0;

  /** `append` is given the data, chunk framing removed, in views that are valid during the call. */
  constructor(queue: ByteQueue, limits: ChunkedLimits, append: (bytes: Uint8Array) => void) {
    this.#queue = queue;
    this.#lines = new LineReader(queue);
    this.#limits = limits;
    this.#append = append;
  }

  read(): BodyProgress {
    for (;;) {
      const progress = this.#stage === "data" ? this.#readData() : this.#readLine();
      if (progress !== "continue") return progress;
    }
  }

  #readData(): BodyProgress | "continue" {
    const bytes = this.#queue.view(0, this.#left);
    if (bytes.length === 0) return "incomplete";
    this.#append(bytes);
    this.#left -= bytes.length;
    this.#queue.drop(bytes.length);
    if (this.#left === 0) this.#stage = "data_end";
    return "continue";
  }

  #readLine(): BodyProgress | "continue" {
    const line = this.#lines.next(this.#limits.maxExtraBytes);
    if (line.kind === "incomplete") return "incomplete";
    if (line.kind === "too_long") return { code: "header_too_large" };
    if (line.kind === "malformed") return MALFORMED;
    if (this.#stage === "size") return this.#takeSize(line.text);
    if (this.#stage === "trailers") return this.#takeTrailer(line.text);
    this.#stage = "size";
    return line.text === "" ? "continue" : MALFORMED;
  }

  #takeSize(line: string): BodyProgress | "continue" {
    const semicolon = line.indexOf(";");
    const digits = semicolon === -1 ? line : line.slice(0, semicolon);
    const extensions = line.slice(digits.length);
    const size = digits.length > MAX_SIZE_DIGITS ? undefined : parseHex(digits);
    if (size === undefined || !isChunkExtensions(extensions)) return MALFORMED;
    this.#extraBytes += extensions.length;
    if (this.#extraBytes > this.#limits.maxExtraBytes) return { code: "header_too_large" };
    this.#bodyBytes += size;
    if (this.#bodyBytes > this.#limits.maxBodyBytes) {
      return { code: "body_too_large", detail: `The limit is ${this.#limits.maxBodyBytes} bytes` };
    }
    this.#left = size;
    this.#stage = size === 0 ? "trailers" : "data";
    return "continue";
  }

  /**
   * Trailers are checked and dropped (RFC 9110 section 6.5.1): nothing here may depend on them.
   * Those that would frame a message are refused, since somebody before us may have heeded them.
   */
  #takeTrailer(line: string): BodyProgress | "continue" {
    if (line === "") return "complete";
    this.#extraBytes += line.length;
    if (this.#extraBytes > this.#limits.maxExtraBytes) return { code: "header_too_large" };
    const field = parseField(line);
    if (!field.ok) return field.problem;
    return FRAMING_FIELDS.includes(field.value[0]) ? { code: "malformed_header" } : "continue";
  }
}
