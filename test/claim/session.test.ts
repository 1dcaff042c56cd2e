import { describe, expect, it } from "vitest";
import { formatReceipt, type Receipt } from "../../src/claim/receipt.ts";
import { Session } from "../../src/claim/session.ts";

const RECEIPT: Receipt = {
  names: ["A", "B"],
  outputs: [
    { file: ".env", dialect: "portable", length: 8, sha256: "00", uncommonNames: ["B"] },
    { file: "b", dialect: "json", length: 9, sha256: "01", uncommonNames: [] },
  ],
  requestId: "id-1",
};

describe("Session", () => {
  it("lets the first claim win, and only that", () => {
    const session = new Session();
    expect(session.begin("A=1\n")).toEqual({ kind: "won" });
    expect(session.state).toBe("committing");
    expect(session.begin("A=2\n")).toEqual({ kind: "taken" });
    expect(session.begin("A=1\n")).toEqual({ kind: "taken" });
  });

  it("answers the same environment alike once they are durable, and another never", () => {
    const session = new Session();
    session.begin("A=1\n");
    session.complete(RECEIPT);
    expect(session.state).toBe("claimed");
    expect(session.begin("A=1\n")).toEqual({ kind: "replayed", receipt: RECEIPT });
    for (const other of ["A=2\n", "A=1", "A=1\n\n", ""]) {
      expect(session.begin(other)).toEqual({ kind: "taken" });
    }
  });

  it("waits again after a failed commit", () => {
    const session = new Session();
    session.begin("A=1\n");
    session.fail();
    expect(session.state).toBe("waiting");
    expect(session.begin("A=2\n")).toEqual({ kind: "won" });
  });

  it("stays claimed whatever is called afterwards", () => {
    const session = new Session();
    session.begin("A=1\n");
    session.complete(RECEIPT);
    session.fail();
    expect(session.state).toBe("claimed");
  });
});

describe("formatReceipt", () => {
  it("has the contract's members", () => {
    expect(JSON.parse(formatReceipt(RECEIPT, "replayed"))).toEqual({
      names: ["A", "B"],
      count: 2,
      file: ".env",
      dialect: "portable",
      length: 8,
      sha256: "00",
      request_id: "id-1",
      replayed: true,
      uncommon_names: ["B"],
      outputs: [
        { file: ".env", dialect: "portable", length: 8, sha256: "00", uncommon_names: ["B"] },
        { file: "b", dialect: "json", length: 9, sha256: "01", uncommon_names: [] },
      ],
    });
    expect(JSON.parse(formatReceipt(RECEIPT, "won"))).toMatchObject({ replayed: false });
  });
});
