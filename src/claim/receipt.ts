/** The answer to an accepted claim: what was written, and not one value of it. */

export interface Receipt {
  /** In the claim's order. */
  readonly names: readonly string[];
  /** In the order in which they were configured. */
  readonly outputs: readonly WrittenOutput[];
  /** The request id of the claim that won. */
  readonly requestId: string;
}

/** What one output came to. */
export interface WrittenOutput {
  /** The path, as it was configured. */
  readonly file: string;
  readonly dialect: string;
  /** Bytes in the file, or in all files of the directory together. */
  readonly length: number;
  /**
   * Lower-case hexadecimal SHA-256 of the file's bytes; for a directory, of each file's name, a NUL,
   * its length in decimal, a NUL and its bytes, in the claim's order.
   */
  readonly sha256: string;
  /** Variables that only the dialect's own readers read exactly. */
  readonly uncommonNames: readonly string[];
}

/** The receipt as JSON, for the claim that won or for one that repeats it. The first output is on top too, nulls where there is none. */
export function formatReceipt(receipt: Receipt, verdict: "won" | "replayed"): string {
  const [first] = receipt.outputs;
  return JSON.stringify({
    names: receipt.names,
    count: receipt.names.length,
    ...describeOutput(first ?? NO_OUTPUT),
    request_id: receipt.requestId,
    replayed: verdict === "replayed",
    outputs: receipt.outputs.map(describeOutput),
  });
}

const NO_OUTPUT = { file: null, dialect: null, length: 0, sha256: null, uncommonNames: [] };

function describeOutput(output: WrittenOutput | typeof NO_OUTPUT): Record<string, unknown> {
  const { file, dialect, length, sha256, uncommonNames } = output;
  return { file, dialect, length, sha256, uncommon_names: uncommonNames };
}
