import { describe, expect, it } from "vitest";
import type { Host } from "../src/host.ts";
import { findHandedOver, notifyReady } from "../src/service-manager.ts";

/** A host of process 42 that has those variables, and keeps what it is told to send. */
function hostWith(variables: Readonly<Record<string, string>>, sent: string[] = []): Host {
  return {
    pid: 42,
    variable: (name: string) => variables[name],
    notify: (path: string, text: string) => sent.push(`${path} ${text}`),
  } as unknown as Host;
}

const HANDED_OVER = { kind: "handed_over", descriptor: 3 };

describe("findHandedOver", () => {
  it.each<[string, Record<string, string>, unknown]>([
    ["the one socket", { LISTEN_PID: "42", LISTEN_FDS: "1" }, HANDED_OVER],
    ["none without variables", {}, undefined],
    ["none for another process", { LISTEN_PID: "43", LISTEN_FDS: "1" }, undefined],
    ["none where no process is named", { LISTEN_FDS: "1" }, undefined],
    ["none where none is counted", { LISTEN_PID: "42" }, undefined],
    ["none of none", { LISTEN_PID: "42", LISTEN_FDS: "0" }, undefined],
    ["none of several for another process", { LISTEN_PID: "43", LISTEN_FDS: "2" }, undefined],
  ])("finds %s", (_sentence, variables, value) => {
    expect(findHandedOver(hostWith(variables))).toEqual({ ok: true, value });
  });

  it.each(["2", "", "01", "1 ", "-1", "one"])("refuses to take %j sockets", (count) => {
    expect(findHandedOver(hostWith({ LISTEN_PID: "42", LISTEN_FDS: count }))).toEqual({
      ok: false,
      problem: `LISTEN_FDS: expected one socket, got ${JSON.stringify(count)}`,
    });
  });
});

describe("notifyReady", () => {
  it.each<[string, Record<string, string>, string[]]>([
    ["a socket file", { NOTIFY_SOCKET: "/run/notify" }, ["/run/notify READY=1"]],
    ["an abstract socket", { NOTIFY_SOCKET: "@notify" }, ["@notify READY=1"]],
    ["nobody without the variable", {}, []],
    ["nobody where it is empty", { NOTIFY_SOCKET: "" }, []],
    ["nobody at an address that is neither", { NOTIFY_SOCKET: "vsock:2:1" }, []],
  ])("tells %s", (_sentence, variables, expected) => {
    const sent: string[] = [];
    notifyReady(hostWith(variables, sent));
    expect(sent).toEqual(expected);
  });
});
