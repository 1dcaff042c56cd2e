/** What is written and read back: corpus, names and generated values, and how they are batched. */

import { Secret, type Environment } from "../../src/claim/variable.ts";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { isCommonName } from "../../src/dialects/shell-names.ts";
import { CORPUS, NAMES } from "./corpus.ts";
import { generateValues } from "./generate.ts";
import type { Extent, Reader } from "./reader.ts";

export interface Item {
  readonly name: string;
  readonly value: string;
}

export interface Items {
  readonly values: readonly Item[];
  readonly names: readonly Item[];
}

export function makeItems(generated: number, seed: number): Items {
  const values = [...CORPUS, ...generateValues(generated, seed)];
  return {
    values: [...new Set(values)].map((value, index) => ({ name: `V${index}`, value })),
    names: [...new Set(NAMES)].map((name) => ({ name, value: `named ${name.length}` })),
  };
}

export function environmentOf(items: readonly Item[]): Environment {
  return items.map(({ name, value }) => ({ name, value: new Secret(value) }));
}

/** What one dialect makes of all items. */
export interface Sorted {
  readonly dialect: Dialect;
  readonly refused: readonly Item[];
  /** The values that it holds, and whether it calls them uncommon. */
  readonly held: readonly (readonly [item: Item, isUncommon: boolean])[];
  /** The names that it calls common. */
  readonly names: readonly Item[];
}

export function sortItems(dialect: Dialect, items: Items): Sorted {
  const refused: Item[] = [];
  const held: (readonly [Item, boolean])[] = [];
  for (const item of items.values) {
    const formatted = dialect.format(environmentOf([item]));
    if (formatted.ok) held.push([item, formatted.value.uncommonNames.length > 0]);
    else refused.push(item);
  }
  const names = items.names.filter((item) => {
    const formatted = dialect.format(environmentOf([item]));
    return formatted.ok && formatted.value.uncommonNames.length === 0;
  });
  return { dialect, refused, held, names };
}

/** What is asked of a reader: values first, then names. */
export interface Asked {
  readonly values: readonly Item[];
  readonly names: readonly Item[];
}

export function askedOf(reader: Reader, extent: Extent, sorted: Sorted): Asked {
  const values = sorted.held
    .filter(([item, isUncommon]) => extent.covers({ ...item, isUncommon }))
    .map(([item]) => item);
  const names = sorted.names.filter(
    (item) =>
      extent.covers({ ...item, isUncommon: false }) &&
      (reader.keepsNames !== true || isCommonName(item.name)),
  );
  return { values, names };
}

const MAX_BATCH_ITEMS = 300;
/** As JSON it must fit a claim, and as an environment an exec (execve(2)). */
const MAX_BATCH_BYTES = 400_000;

export function batchesOf(items: readonly Item[]): readonly (readonly Item[])[] {
  const batches: Item[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item.value)) + 64;
    const last = batches.at(-1);
    if (last === undefined || bytes + size > MAX_BATCH_BYTES || last.length === MAX_BATCH_ITEMS) {
      batches.push([item]);
      bytes = size;
    } else {
      last.push(item);
      bytes += size;
    }
  }
  return batches;
}
