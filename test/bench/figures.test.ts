/** What the measurements make of numbers, and of what other programs print. */

import { describe, expect, it } from "vitest";
import { allowedFor, findExcess, parseBudgets } from "../../bench/budget.ts";
import { parseCallgrind, parseTrace } from "../../bench/counted-life.ts";
import { formatNumber } from "../../bench/rows.ts";
import { slopeOf, summarize } from "../../bench/statistics.ts";
import { parseWrk } from "../../bench/wrk.ts";

describe("a summary", () => {
  it("has the median and the 5th and 95th percentile, whatever the order", () => {
    const values = Array.from({ length: 101 }, (_, index) => (index * 37) % 101);
    expect(summarize(values)).toEqual({ median: 50, p5: 5, p95: 95, runs: 101 });
  });

  it("lies between two values where no value is in the middle", () => {
    expect(summarize([1, 2])).toMatchObject({ median: 1.5, runs: 2 });
  });

  it("is refused for no runs", () => {
    expect(() => summarize([])).toThrow("No runs");
  });
});

describe("the slope of a curve", () => {
  const sizes = [1, 10, 100, 300, 1000];
  it.each([
    ["is 1 in proportion", (size: number) => 5 + 3 * size, 1],
    ["is 2 where it is quadratic", (size: number) => 7 + size * size, 2],
    ["is 0 where nothing grows", () => 5, 0],
  ])("%s", (_, costOf, expected) => {
    const points = sizes.map((size) => [size, costOf(size)] as const);
    expect(slopeOf(points)).toBeCloseTo(expected, 1);
  });

  it("is that of the last decade: a quadratic part shows though it begins small", () => {
    const points = sizes.map((size) => [size, 100 * size + size * size] as const);
    expect(slopeOf(points)).toBeGreaterThan(1.5);
  });
});

it.each([
  [0, "0"],
  [12, "12"],
  [0.0512, "0.05"],
  [4.76, "4.8"],
  [12.34, "12"],
  [128_345.6, "128,000"],
])("%d is shown as %s", (number, text) => {
  expect(formatNumber(number)).toBe(text);
});

describe("what wrk prints", () => {
  const printed = `Running 1s test @ http://127.0.0.1:8081/heart_beat
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.60ms  401.00us   5.13ms   72.17%
  Latency Distribution
     50%  540.00us
     75%    2.75ms
     90%    3.07ms
     99%    1.25s 
  12041 requests in 1.00s, 2.65MB read
Requests/sec:  12041.50
Transfer/sec:      2.65MB
`;

  it("is read in any unit", () => {
    const expected = {
      requests: 12_041,
      perSecond: 12_041.5,
      p50Us: 540,
      p90Us: 3070,
      p99Us: 1_250_000,
    };
    expect(parseWrk(printed)).toEqual(expected);
  });

  it.each([
    ["errors of sockets", `${printed}  Socket errors: connect 0, read 12, write 0, timeout 0\n`],
    ["refusals", `${printed}  Non-2xx or 3xx responses: 7\n`],
    ["nothing", ""],
  ])("is refused with %s", (_, text) => {
    expect(() => parseWrk(text)).toThrow("wrk");
  });
});

describe("a profile of callgrind", () => {
  const profile = `events: Ir

fn=(1) main
1 10
cfn=(2) arena_malloc.lto_priv.0
calls=3 0
1 60
cfn=(3) arena_free
calls=2 0
1 9

fn=(4) resize
cfn=(2)
calls=4 0
1 80
cfn=(5) arena_realloc
calls=1 0
1 30

totals: 5000
`;

  it("tells instructions, and calls that ask for memory", () => {
    expect(parseCallgrind(profile)).toEqual({ instructions: 5000, allocations: 8 });
  });

  it.each([
    ["a total", profile.replace("totals", "total")],
    ["the allocator's names", profile.replaceAll("arena", "other")],
  ])("is refused without %s", (_, text) => {
    expect(() => parseCallgrind(text)).toThrow("profile");
  });
});

describe("a trace of strace", () => {
  it("is cut where the server tells that it waits", () => {
    const trace = `7 execve("startup-server", [], 0x7ffc /* 3 vars */) = 0
7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
7 write(2, "{\\"message\\":\\"waiting for a claim\\"}\\n", 35) = 35
7 poll([{fd=3, events=POLLIN}], 1, -1 <unfinished ...>
7 <... poll resumed>) = 1
7 +++ exited with 0 +++
`;
    expect(parseTrace(trace)).toEqual({ start: 3, rest: 1 });
  });

  it("is refused where the server never waits", () => {
    expect(() => parseTrace('7 execve("startup-server", []) = 0\n')).toThrow("trace");
  });
});

describe("budgets", () => {
  it("allow a little more than the present figure, but of system calls none", () => {
    expect(allowedFor("start_instructions", 1000)).toBe(1050);
    expect(allowedFor("start_system_calls", 33)).toBe(33);
  });

  it("are never above their ceiling, whatever the present figure", () => {
    expect(allowedFor("binary_bytes", 599_999)).toBe(600_000);
    expect(allowedFor("binary_bytes", 900_000)).toBe(600_000);
  });

  it("are exceeded by one", () => {
    const budgets = parseBudgets('{"binary_bytes":500000,"start_allocations":10}');
    const costs = { binary_bytes: 500_000, start_allocations: 11 };
    expect(findExcess(costs, budgets)).toEqual(["start_allocations: expected at most 10, got 11"]);
  });

  it.each([
    ["a cost without a budget", { start_allocations: 1 }, "{}"],
    ["a budget without a cost", {}, '{"start_allocations":1}'],
    ["a budget above its ceiling", { binary_bytes: 1 }, '{"binary_bytes":600001}'],
  ])("%s is told", (_, costs, budgets) => {
    expect(findExcess(costs, parseBudgets(budgets))).toHaveLength(1);
  });

  it.each(["[1]x", "null", '{"binary_bytes":"many"}'])("%s is no file of budgets", (text) => {
    expect(() => parseBudgets(text)).toThrow();
  });
});
