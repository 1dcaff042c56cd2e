import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatIpAddress,
  isIpAddress,
  isLoopback,
  isWithoutIpv6,
  parseIpAddress,
} from "../src/ip-address.ts";

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

describe("parseIpAddress", () => {
  it.each<[string, string, number[]]>([
    ["a dotted quad", "127.0.0.1", [127, 0, 0, 1]],
    ["the IPv6 wildcard", "::", zeros(16)],
    ["the IPv6 loopback", "::1", [...zeros(15), 1]],
    ["a gap in the middle", "fe80::1", [0xfe, 0x80, ...zeros(13), 1]],
    ["a gap at the end", "2001:db8::", [0x20, 0x01, 0x0d, 0xb8, ...zeros(12)]],
    ["an embedded IPv4 address", "::ffff:10.0.0.1", [...zeros(10), 0xff, 0xff, 10, 0, 0, 1]],
    ["eight groups", "1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ])("reads %s", (_sentence, text, expected) => {
    expect([...(parseIpAddress(text) ?? [])]).toEqual(expected);
  });

  it.each([
    "",
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "01.2.3.4",
    "1.2.3.-4",
    "1..2.3",
    ":",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "::1::",
    "12345::",
    "g::1",
    "1:2:3:4:5:6:7::8",
    "::1%eth0",
    "1.2.3.4:80",
    "::1.2.3",
    "1.2.3.4::",
  ])("refuses %j", (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });

  it("agrees with node:net about every address that fast-check makes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        expect(isIpAddress(text)).toBe(isIPv4(text) || isIPv6(text));
      }),
    );
  });
});

describe("isWithoutIpv6", () => {
  it("tells a machine without IPv6 from a port that is taken", () => {
    expect(isWithoutIpv6("EAFNOSUPPORT")).toBe(true);
    expect(isWithoutIpv6("EADDRINUSE")).toBe(false);
  });
});

describe("isLoopback", () => {
  it.each<[string, boolean]>([
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["0.0.0.0", false],
    ["::", false],
    ["128.0.0.1", false],
    ["::7f00:1", false],
    ["1::1", false],
  ])("of %s is %s", (text, expected) => {
    expect(isLoopback(text)).toBe(expected);
  });
});

describe("formatIpAddress", () => {
  it.each([
    "127.0.0.1",
    "0.0.0.0",
    "::",
    "::1",
    "1::",
    "fe80::1",
    "2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1",
    "1:0:0:2::3",
    "::ffff:10.0.0.1",
    "1:2:3:4:5:6:7:8",
    "abcd:ef01::",
  ])("writes %s as people do", (text) => {
    expect(formatIpAddress(parseIpAddress(text) ?? new Uint8Array())).toBe(text);
  });

  it("writes every address so that it reads back, and as browsers do", () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = new Uint8Array(groups.flatMap((value) => [value >> 8, value & 0xff]));
        const text = formatIpAddress(bytes);
        expect(parseIpAddress(text)).toEqual(bytes);
        const isMapped = text.startsWith("::ffff:") && text.includes(".");
        if (!isMapped) expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`);
      }),
    );
  });
});
