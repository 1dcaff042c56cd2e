/** Whether a reader reads back exactly what a dialect wrote, and if not, which values are at fault. */

import { cpSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { letEveryoneRead, TooSlow } from "./place.ts";
import type { Item } from "./items.ts";
import type { Producer } from "./produce.ts";
import type { Reader, Reading } from "./reader.ts";

/** Values that were read wrongly, alone or only together, and what was seen. */
export interface Fault {
  readonly items: readonly Item[];
  readonly seen: string;
}

/** Past this many faults of one reader in one dialect, nobody reads on. */
const MAX_FAULTS = 20;

export class Check {
  readonly #reader: Reader;
  readonly #producer: Producer;
  readonly #faults: Fault[] = [];
  #ambient: Reading = new Map();

  constructor(reader: Reader, producer: Producer) {
    this.#reader = reader;
    this.#producer = producer;
  }

  /** All faults among the batches, or the first that are too many. */
  async findFaults(batches: readonly (readonly Item[])[]): Promise<readonly Fault[]> {
    this.#ambient = await this.#readAmbient();
    for (const batch of batches) await this.#search(batch);
    return this.#faults;
  }

  /** By halving: whether there are any. */
  async #search(items: readonly Item[]): Promise<boolean> {
    if (this.#faults.length >= MAX_FAULTS) return true;
    const seen = await this.#tryReading(items);
    if (seen === undefined) return false;
    const middle = items.length >> 1;
    const isFirst = items.length > 1 && (await this.#search(items.slice(0, middle)));
    const isSecond = items.length > 1 && (await this.#search(items.slice(middle)));
    if (!isFirst && !isSecond) this.#faults.push(await this.#reduce({ items, seen }));
    return true;
  }

  /** As few items as are wrong only together. */
  async #reduce(fault: Fault): Promise<Fault> {
    let { items, seen } = fault;
    for (let size = items.length >> 1; size >= 1; size >>= 1) {
      for (let start = 0; start < items.length && items.length > size;) {
        const rest = [...items.slice(0, start), ...items.slice(start + size)];
        const stillSeen = await this.#tryReading(rest);
        if (stillSeen === undefined) start += size;
        else [items, seen] = [rest, stillSeen];
      }
    }
    return { items, seen };
  }

  /**
   * What was seen that was not written, or undefined where all was read exactly. One who is too
   * slow ends the check: to be halved and asked again would take hours.
   */
  async #tryReading(items: readonly Item[]): Promise<string | undefined> {
    try {
      const expected = withSentinels(items);
      return compare(await this.#read(expected), expected, this.#ambient, this.#reader);
    } catch (error) {
      if (error instanceof TooSlow) throw error;
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** What the reader finds without any file: its own environment. */
  async #readAmbient(): Promise<Reading> {
    const probe = { name: "PROBE", value: "probe" };
    const reading = new Map(await this.#read([probe]));
    const found = reading.get(probe.name)?.toString("utf8");
    if (found !== probe.value)
      throw new Error(`expected PROBE=probe to be read, got ${shown(found)}`);
    reading.delete(probe.name);
    return reading;
  }

  async #read(items: readonly Item[]): Promise<Reading> {
    const { place } = this.#reader;
    const directory = place.makeDirectory();
    try {
      const produced = this.#producer(items);
      const path = `${directory}/${basename(produced)}`;
      cpSync(produced, place.outside(path), { recursive: true });
      letEveryoneRead(place.outside(path));
      const reading = await this.#reader.read(path);
      const litter = readdirSync(place.outside(directory)).filter(
        (name) => name !== basename(path),
      );
      if (litter.length > 0) throw new Error(`ran something: left ${litter.join(", ")} behind`);
      return reading;
    } finally {
      place.removeDirectory(directory);
    }
  }
}

/** Each item between two plain variables, which must stay as they are. */
export function withSentinels(items: readonly Item[]): readonly Item[] {
  const sentinel = (index: number): Item => ({ name: `S${index}`, value: `sentinel-${index}` });
  return [sentinel(0), ...items.flatMap((item, index) => [item, sentinel(index + 1)])];
}

/** What differs first between what was read and what was written; never a variable more or less. */
export function compare(
  reading: Reading,
  expected: readonly Item[],
  ambient: Reading,
  { volatileNames = [] }: Pick<Reader, "volatileNames">,
): string | undefined {
  const written = new Map(expected.map(({ name, value }) => [name, value]));
  for (const [name, value] of written) {
    const found = reading.get(name);
    if (found === undefined || !found.equals(Buffer.from(value, "utf8"))) {
      return `${name}: expected ${shown(value)}, got ${shown(found?.toString("utf8"))}`;
    }
  }
  for (const [name, value] of reading) {
    if (written.has(name) || volatileNames.includes(name)) continue;
    const before = ambient.get(name);
    if (before === undefined)
      return `expected no variable ${shown(name)}, got ${shown(value.toString("utf8"))}`;
    if (!before.equals(value))
      return `expected ${name} unchanged, got ${shown(value.toString("utf8"))}`;
  }
  for (const name of ambient.keys()) {
    if (!written.has(name) && !reading.has(name) && !volatileNames.includes(name))
      return `expected ${name} to stay, got none`;
  }
  return undefined;
}

const SHOWN = 60;

/** A corpus value, with all that is not plain ASCII escaped. */
export function shown(text: string | undefined): string {
  if (text === undefined) return "nothing";
  const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
  const escaped = JSON.stringify(cut).replaceAll(/[^ -~]/g, escapeUnit);
  return text.length > SHOWN ? `${escaped} (${text.length} long)` : escaped;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
