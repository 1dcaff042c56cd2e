/** The answer to an accepted claim: what was written, and not one value of it. */

export interface Receipt {
  /** In the claim's order. */
  readonly names: readonly string[];
  /** The env file's path, as it was configured. */
  readonly file: string;
  readonly dialect: string;
  /** Bytes in the env file. */
  readonly length: number;
  /** Lower-case hexadecimal SHA-256 of the env file's bytes. */
  readonly sha256: string;
  /** The request id of the claim that won. */
  readonly requestId: string;
  /** Variables that only the dialect's own readers read exactly. */
  readonly uncommonNames: readonly string[];
}

/** The receipt as JSON, for the claim that won or for one that repeats it. */
export function formatReceipt(receipt: Receipt, verdict: "won" | "replayed"): string {
  return JSON.stringify({
    names: receipt.names,
    count: receipt.names.length,
    file: receipt.file,
    dialect: receipt.dialect,
    length: receipt.length,
    sha256: receipt.sha256,
    request_id: receipt.requestId,
    replayed: verdict === "replayed",
    uncommon_names: receipt.uncommonNames,
  });
}
