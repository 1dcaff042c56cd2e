/** `npm run test:readers`: every dialect through every reader that promises it, and the table of it. */

import { parseArgs } from "node:util";
import { DIALECTS } from "../../src/dialects/dialects.ts";
import { Check, type Fault, shown } from "./check.ts";
import { askedOf, batchesOf, type Item, makeItems, type Sorted, sortItems } from "./items.ts";
import { claim, findPrograms, isSame, Workshop } from "./produce.ts";
import { ALL, type Extent, type Reader } from "./reader.ts";
import { installReaders } from "./readers.ts";
import { type Cell, formatTable, type Row, writeTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    write: { type: "boolean", default: false },
    reader: { type: "string", default: "" },
    dialect: { type: "string", default: Object.keys(DIALECTS).join(",") },
    generated: { type: "string", default: "600" },
    seed: { type: "string", default: "20260101" },
    install: { type: "boolean", default: false },
  },
});

const isCi = process.env["CI"] === "true";
const { readers, missing } = installReaders();
if (flags.install) {
  for (const reason of missing) console.log(`missing: ${reason}`);
  process.exit(isCi && missing.length > 0 ? 1 : 0);
}

const workshop = new Workshop();
const asked = flags.dialect.split(",");
const items = makeItems(Number(flags.generated), Number(flags.seed));
const sorted = new Map(
  Object.values(DIALECTS)
    .filter(({ name }) => asked.includes(name))
    .map((dialect) => [dialect.name, sortItems(dialect, items)] as const),
);
const skipped: string[] = [...missing];
const failures: string[] = [];
let passed = 0;

/** What every reader reads comes from the programs: their files are held equal to the formatter's. */
async function checkPrograms(): Promise<void> {
  const programs = findPrograms();
  if (programs.length < 2) skipped.push("not every host's program is built and takes --format");
  for (const program of programs) {
    for (const { dialect, held, names } of sorted.values()) {
      const all = [...held.map(([item]) => item), ...names];
      for (const batch of batchesOf(all)) {
        const path = workshop.freshPath();
        await claim(program, dialect.name, batch, path);
        if (isSame(path, workshop.format(dialect, batch))) passed += 1;
        else failures.push(`${program.name}, ${dialect.name}: expected the formatter's bytes`);
      }
    }
  }
}

async function checkReader(reader: Reader): Promise<Row | undefined> {
  let version: string;
  try {
    version = await reader.version();
  } catch (error) {
    skipped.push(`${reader.name} (${reader.place.name}): ${String(error)}`);
    return undefined;
  }
  const cells = new Map<string, Cell>();
  for (const [name, extent] of Object.entries(reader.claims)) {
    const dialect = sorted.get(name);
    if (dialect !== undefined) cells.set(name, await checkCell(reader, version, dialect, extent));
  }
  console.log(`${reader.name} ${version} (${reader.place.name}): ${summaryOf(cells)}`);
  return { name: reader.name, version, cells };
}

async function checkCell(
  reader: Reader,
  version: string,
  of: Sorted,
  extent: Extent,
): Promise<Cell> {
  const { values, names } = askedOf(reader, extent, of);
  const check = new Check(reader, (written) => workshop.format(of.dialect, written));
  const faults = await findFaults(check, batchesOf([...values, ...names]));
  for (const { items: guilty, seen } of faults) {
    failures.push(`${reader.name} ${version}, ${of.dialect.name}: ${namesOf(guilty)}: ${seen}`);
  }
  const wrong = new Set(faults.flatMap(({ items: guilty }) => guilty)).size;
  passed += values.length + names.length - wrong;
  return { exact: values.length, wrong, extent };
}

/** A reader that cannot even read one plain variable, or is too slow, has all values wrong. */
async function findFaults(
  check: Check,
  batches: readonly (readonly Item[])[],
): Promise<readonly Fault[]> {
  try {
    return await check.findFaults(batches);
  } catch (error) {
    return [
      { items: batches.flat(), seen: error instanceof Error ? error.message : String(error) },
    ];
  }
}

function namesOf(guilty: readonly Item[]): string {
  const named = guilty.slice(0, 3).map(({ name, value }) => `${name} = ${shown(value)}`);
  return named.join(" with ") + (guilty.length > 3 ? ` and ${guilty.length - 3} more` : "");
}

function summaryOf(cells: ReadonlyMap<string, Cell>): string {
  return [...cells]
    .map(([name, { exact, wrong, extent }]) => {
      const part = extent === ALL ? "" : "*";
      return `${name} ${wrong > 0 ? `${wrong} WRONG of ` : ""}${exact}${part}`;
    })
    .join(", ");
}

/** Two at a time: what takes long is waiting for the readers' processes. */
async function checkReaders(): Promise<readonly Row[]> {
  const pattern = new RegExp(flags.reader, "i");
  const waiting = readers.filter(({ name, place }) => pattern.test(`${name} ${place.name}`));
  const rows = new Map<Reader, Row>();
  const order = [...waiting];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const row = await checkReader(next);
      if (row !== undefined) rows.set(next, row);
    }
  };
  await Promise.all([work(), work()]);
  return order.flatMap((reader) => rows.get(reader) ?? []);
}

try {
  const [rows] = await Promise.all([checkReaders(), checkPrograms()]);
  const table = formatTable(rows, [...sorted.values()]);
  console.log(`\n${table}`);
  if (flags.write) writeTable("README.md", table);
} finally {
  workshop.remove();
}
for (const failure of failures) console.log(`FAILED ${failure}`);
for (const reason of skipped) console.log(`${isCi ? "FAILED" : "SKIPPED"}: missing: ${reason}`);
const failed = failures.length + (isCi ? skipped.length : 0);
console.log(`${passed} passed, ${failed} failed, ${isCi ? 0 : skipped.length} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
