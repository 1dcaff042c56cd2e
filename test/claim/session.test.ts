import { describe, expect, it } from "vitest";
import { formatReceipt, type Receipt } from "../../src/claim/receipt.ts";
import { Session } from "../../src/claim/session.ts";
import { type Environment, Secret } from "../../src/claim/variable.ts";

const RECEIPT: Receipt = {
  names: ["A", "B"],
  outputs: [
    { file: ".env", dialect: "portable", length: 8, sha256: "00", uncommonNames: ["B"] },
    { file: "b", dialect: "json", length: 9, sha256: "01", uncommonNames: [] },
  ],
  requestId: "id-1",
};

const ENVIRONMENT = environmentOf(["A", "1"]);
const OTHER = environmentOf(["A", "2"]);

function environmentOf(...pairs: readonly (readonly [name: string, value: string])[]): Environment {
  return pairs.map(([name, value]) => ({ name, value: new Secret(value) }));
}

describe("Session", () => {
  it("lets the first claim win, and only that", () => {
    const session = new Session();
    expect(session.begin(ENVIRONMENT)).toEqual({ kind: "won" });
    expect(session.state).toBe("committing");
    expect(session.begin(OTHER)).toEqual({ kind: "taken" });
    expect(session.begin(ENVIRONMENT)).toEqual({ kind: "taken" });
  });

  it("answers the same environment alike once they are durable, and another never", () => {
    const session = new Session();
    session.begin(ENVIRONMENT);
    expect(session.environment).toBeUndefined();
    session.complete(RECEIPT);
    expect(session.state).toBe("claimed");
    expect(session.environment).toBe(ENVIRONMENT);
    expect(session.begin(environmentOf(["A", "1"]))).toEqual({
      kind: "replayed",
      receipt: RECEIPT,
    });
    const others = [OTHER, [], environmentOf(["B", "1"]), environmentOf(["A", "1"], ["B", ""])];
    for (const other of others) {
      expect(session.begin(other)).toEqual({ kind: "taken" });
    }
  });

  it("foresees what it would say, and decides nothing by that", () => {
    const session = new Session();
    expect(session.foresee(ENVIRONMENT)).toEqual({ kind: "won" });
    expect(session.state).toBe("waiting");
    session.begin(ENVIRONMENT);
    expect(session.foresee(ENVIRONMENT)).toEqual({ kind: "taken" });
    session.complete(RECEIPT);
    expect(session.foresee(ENVIRONMENT)).toEqual({ kind: "replayed", receipt: RECEIPT });
    expect(session.foresee(OTHER)).toEqual({ kind: "taken" });
  });

  it("waits again after a failed commit", () => {
    const session = new Session();
    session.begin(ENVIRONMENT);
    session.fail();
    expect(session.state).toBe("waiting");
    expect(session.begin(OTHER)).toEqual({ kind: "won" });
  });

  it("stays claimed whatever is called afterwards", () => {
    const session = new Session();
    session.begin(ENVIRONMENT);
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

  it("says by nulls that nothing was written", () => {
    expect(JSON.parse(formatReceipt({ ...RECEIPT, outputs: [] }, "won"))).toEqual({
      names: ["A", "B"],
      count: 2,
      file: null,
      dialect: null,
      length: 0,
      sha256: null,
      request_id: "id-1",
      replayed: false,
      uncommon_names: [],
      outputs: [],
    });
  });
});
