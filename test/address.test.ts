import { describe, expect, it } from "vitest";
import { isLocal, parseAddress, splitAuthority } from "../src/address.ts";

const EXPECTED = "IPV4:PORT, [IPV6]:PORT, or unix:PATH of at most 107 bytes";

describe("parseAddress", () => {
  it.each([
    ["IPv4", "127.0.0.1:8081", { kind: "tcp", host: "127.0.0.1", port: 8081 }],
    ["IPv6 in brackets", "[::1]:0", { kind: "tcp", host: "::1", port: 0 }],
    ["the wildcard", "[::]:80", { kind: "tcp", host: "::", port: 80 }],
    ["a path from the root", "unix:/run/a.sock", { kind: "unix", path: "/run/a.sock" }],
    ["a path from here", "unix:a", { kind: "unix", path: "a" }],
    ["a path with colons", "unix:a:1", { kind: "unix", path: "a:1" }],
    ["the longest path", `unix:${"x".repeat(107)}`, { kind: "unix", path: "x".repeat(107) }],
  ])("takes %s", (_sentence, text, value) => {
    expect(parseAddress(text)).toEqual({ ok: true, value });
  });

  it.each([
    ["nothing", ""],
    ["no port", "127.0.0.1"],
    ["an empty port", "127.0.0.1:"],
    ["a port with a sign", "127.0.0.1:+1"],
    ["a port too great", "127.0.0.1:65536"],
    ["a port alone", "8081"],
    ["no host", ":8081"],
    ["a name", "localhost:8081"],
    ["IPv6 without brackets", "::1:8081"],
    ["IPv4 in brackets", "[127.0.0.1]:8081"],
    ["IPv6 without a port", "[::1]"],
    ["something between bracket and colon", "[::1]x:80"],
    ["a bracket that never ends", "[::1:80"],
    ["a zone", "[fe80::1%eth0]:80"],
    ["no path", "unix:"],
    ["a directory", "unix:/run/"],
    ["a path with NUL", "unix:a\0b"],
    ["a path of 108 bytes in 107 characters", `unix:${"x".repeat(106)}\u00e9`],
    ["another scheme", "tcp://127.0.0.1:80"],
  ])("refuses %s", (_sentence, text) => {
    expect(parseAddress(text)).toEqual({ ok: false, problem: EXPECTED });
  });
});

describe("splitAuthority", () => {
  it.each([
    ["host:80", { host: "host", port: "80" }],
    ["host", { host: "host", port: undefined }],
    ["host:", { host: "host", port: "" }],
    ["[::1]:80", { host: "::1", port: "80" }],
    ["[::1]", { host: "::1", port: undefined }],
    ["[host]:80", { host: "[host]", port: "80" }],
  ])("splits %s", (text, expected) => {
    expect(splitAuthority(text)).toEqual(expected);
  });
});

describe("isLocal", () => {
  it.each([
    ["unix:/run/a.sock", true],
    ["127.0.0.1:1", true],
    ["[::1]:1", true],
    ["0.0.0.0:1", false],
    ["[::]:1", false],
  ])("of %s is %s", (text, expected) => {
    const address = parseAddress(text);
    expect(address.ok && isLocal(address.value)).toBe(expected);
  });
});
