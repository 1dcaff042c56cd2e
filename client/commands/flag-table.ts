/** Command lines from a table of flags, one row a flag: parsing and usage text come from the same rows. */

import { parseArgs } from "node:util";
import { accept, refuse, type Result } from "../../src/result.ts";

export interface Row<Value> {
  /** What stands for the value in the usage text; empty for a switch, which takes none. */
  readonly placeholder: string;
  readonly fallback: string;
  readonly help: string;
  /** The value, or the sentence of what was expected. */
  parse(text: string): Result<Value, string>;
}

export function row<Value>(definition: Row<Value>): Row<Value> {
  return definition;
}

type Table = Readonly<Record<string, Row<unknown>>>;

/** The parsed values, by their flags' names. */
export type FlagsOf<Rows extends Table> = {
  readonly [Name in keyof Rows]: Rows[Name] extends Row<infer Value> ? Value : never;
};

export type CommandLine<Rows extends Table> =
  | { readonly kind: "help" }
  | { readonly kind: "call"; readonly flags: FlagsOf<Rows>; readonly words: readonly string[] };

/** The flags and the other words, or one sentence. Only flags' own values are quoted back: a word may be a secret. */
export function parseCommandLine<Rows extends Table>(
  args: readonly string[],
  table: Rows,
): Result<CommandLine<Rows>, string> {
  const given = new Map<string, string>();
  const words: string[] = [];
  for (const token of tokenize(args, table)) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (name === "help") return accept({ kind: "help" });
    const definition = Object.hasOwn(table, name) ? table[name] : undefined;
    if (definition === undefined) return refuse(`${rawName}: no such flag; --help lists all flags`);
    if (given.has(name)) return refuse(`--${name}: expected once, got twice`);
    const text = definition.placeholder === "" ? (value ?? "true") : value;
    if (text === undefined || text === "") return refuse(`--${name}: expected a value, got none`);
    given.set(name, text);
  }
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(table)) {
    const text = given.get(name) ?? definition.fallback;
    const parsed = definition.parse(text);
    if (!parsed.ok) {
      return refuse(`--${name}: expected ${parsed.problem}, got ${JSON.stringify(text)}`);
    }
    values[name] = parsed.value;
  }
  return accept({ kind: "call", flags: values as FlagsOf<Rows>, words });
}

type Token =
  | { readonly kind: "positional"; readonly value: string }
  | { readonly kind: "option-terminator" }
  | {
      readonly kind: "option";
      readonly name: string;
      readonly rawName: string;
      readonly value: string | undefined;
    };

function tokenize(args: readonly string[], table: Table): readonly Token[] {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { placeholder }]) => {
      const type = placeholder === "" ? "boolean" : "string";
      return [name, { type } as const];
    }),
  );
  const help = { type: "boolean", short: "h" } as const;
  return parseArgs({
    args: [...args],
    options: { ...options, help },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

/** The flags with their defaults, a line each. */
export function formatFlags(table: Table): string {
  const rows = Object.entries(table).map(([name, { placeholder, fallback, help }]) => {
    const isSilent = fallback === "" || placeholder === "";
    return [
      `--${name} ${placeholder}`.trimEnd(),
      isSilent ? help : `${help} (${fallback})`,
    ] as const;
  });
  const all = [...rows, ["--help", "print this"] as const];
  const width = Math.max(...all.map(([flag]) => flag.length));
  return all.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`).join("\n");
}
