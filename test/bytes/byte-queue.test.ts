import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteQueue } from "../../src/bytes/byte-queue.ts";

/** What a queue must be: a plain array. */
interface Model {
  bytes: number[];
}

type QueueCommand = fc.Command<Model, ByteQueue>;

function compare(model: Model, queue: ByteQueue): void {
  expect(queue.length).toBe(model.bytes.length);
  expect([...queue.view(0, Infinity)]).toEqual(model.bytes);
  expect(queue.at(0)).toBe(model.bytes[0] ?? 0);
  expect(queue.at(model.bytes.length)).toBe(0);
}

/** Whoever pushes lends the bytes until `own`; then they are overwritten, as a host's buffer is. */
function receive(chunks: readonly Uint8Array[], dropped: number): QueueCommand {
  return {
    check: () => true,
    run: (model, queue) => {
      for (const chunk of chunks) {
        queue.push(chunk);
        model.bytes.push(...chunk);
      }
      compare(model, queue);
      queue.drop(dropped);
      model.bytes = model.bytes.slice(dropped);
      queue.own();
      for (const chunk of chunks) chunk.fill(0xee);
      compare(model, queue);
    },
    toString: () => `receive(${chunks.map((chunk) => chunk.length).join()}; drop ${dropped})`,
  };
}

function look(from: number, to: number): QueueCommand {
  return {
    check: (model) => from <= model.bytes.length && from <= to,
    run: (model, queue) => {
      expect([...queue.view(from, to)]).toEqual(model.bytes.slice(from, to));
    },
    toString: () => `view(${from}, ${to})`,
  };
}

/** A chunk as the hosts give it: an array of its own, a part of a larger one, or Node's Buffer. */
const chunks = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.constantFrom("own", "part", "buffer"))
  .map(([bytes, kind]) => {
    if (kind === "own") return Uint8Array.from(bytes);
    if (kind === "buffer") return Buffer.from(bytes);
    return Uint8Array.from([1, 2, 3, ...bytes, 4, 5]).subarray(3, 3 + bytes.length);
  });

describe("ByteQueue", () => {
  it("is a queue, whatever is pushed, dropped, owned and looked at in whatever order", () => {
    const commands = [
      fc
        .tuple(fc.array(chunks, { maxLength: 4 }), fc.nat(700))
        .map(([pushed, dropped]) => receive(pushed, dropped)),
      fc.tuple(fc.nat(700), fc.nat(700)).map(([from, to]) => look(from, to)),
    ];
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 40 }), (sequence) => {
        fc.modelRun(() => ({ model: { bytes: [] }, real: new ByteQueue() }), sequence);
      }),
      { numRuns: 500 },
    );
  });

  it("holds no memory once everything has been used", () => {
    const queue = new ByteQueue();
    queue.push(new Uint8Array(100_000));
    queue.own();
    queue.push(new Uint8Array(1));
    queue.drop(100_001);
    queue.push(new Uint8Array(1));
    queue.drop(1);
    queue.own();
    expect(queue.capacity).toBe(0);
  });

  it("holds at most twice what it was given, byte by byte", () => {
    const queue = new ByteQueue();
    for (let count = 1; count <= 5000; count += 1) {
      queue.push(new Uint8Array(1));
      queue.own();
      if (queue.capacity > Math.max(count * 2, 256)) expect.fail(`${queue.capacity} for ${count}`);
    }
    expect(queue.length).toBe(5000);
  });
});
