/** What a dialect is: a grammar for env files, with what it cannot hold, and how one is made. */

import type { Environment } from "../claim/variable.ts";
import type { VariableProblem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";

/** One text for all variables: well-formed Unicode, meant for UTF-8. */
export interface FormattedFile {
  readonly kind: "file";
  readonly text: string;
  /** Variables that only some of the dialect's readers read exactly. */
  readonly uncommonNames: readonly string[];
}

/** One file a variable, each named after its variable, in a directory that holds nothing else. */
export interface FormattedDirectory {
  readonly kind: "directory";
  readonly files: readonly Entry[];
  /** Variables that only some of the dialect's readers read exactly. */
  readonly uncommonNames: readonly string[];
}

/** What is written for an environment. */
export type Formatted = FormattedFile | FormattedDirectory;

export interface Dialect<Kind extends Formatted = Formatted> {
  /** What `--format` calls it. */
  readonly name: string;
  /** The whole of what is written, or everything in the environment that this dialect cannot hold. */
  format(environment: Environment): Result<Kind, readonly VariableProblem[]>;
}

/** A variable's name and what the dialect writes for its value. */
export interface Entry {
  readonly name: string;
  readonly text: string;
}

/**
 * One variable's value as a dialect writes it, or why it cannot; the reason continues «the value».
 * What is common is the text itself: it is what most variables come to.
 */
export type Encoded =
  | string
  | { readonly kind: "uncommon"; readonly text: string }
  | { readonly kind: "not_representable"; readonly reason: string };

/** How a dialect writes a value: well-formed Unicode without NUL. */
export type Encode = (value: string, name: string) => Encoded;

/** The value in a form that all readers of the dialect read exactly. */
export function common(text: string): Encoded {
  return text;
}

/** The value in a form that only some readers of the dialect read exactly. */
export function uncommon(text: string): Encoded {
  return { kind: "uncommon", text };
}

/** `reason` says what the value does: "holds a line break". */
export function notRepresentable(reason: string): Encoded {
  return { kind: "not_representable", reason };
}

/** The dialect whose file is what `join` makes of all variables, in the claim's order. */
export function fileDialect(
  name: string,
  encode: Encode,
  join: (entries: readonly Entry[]) => string,
): Dialect<FormattedFile> {
  return {
    name,
    format: (environment) => {
      const encoded = encodeEach(name, environment, encode);
      if (!encoded.ok) return encoded;
      const { entries, uncommonNames } = encoded.value;
      return accept({ kind: "file", text: join(entries), uncommonNames });
    },
  };
}

/** The dialect of `NAME=value` lines. */
export function lineDialect(name: string, encode: Encode): Dialect<FormattedFile> {
  return fileDialect(name, encode, formatLines);
}

export function formatLines(entries: readonly Entry[]): string {
  const parts: string[] = [];
  for (const { name, text } of entries) parts.push(name, "=", text, "\n");
  return parts.join("");
}

/** NAME_MAX: no file system of Linux takes a longer name (limits.h(0p)). */
const MAX_FILE_NAME_BYTES = 255;

/** The dialect of one file a variable. */
export function directoryDialect(name: string, encode: Encode): Dialect<FormattedDirectory> {
  return {
    name,
    format: (environment) => {
      const encoded = encodeEach(name, environment, (value, variableName) => {
        const hindrance = hindranceOfFileName(variableName);
        return hindrance === undefined ? encode(value, variableName) : notRepresentable(hindrance);
      });
      if (!encoded.ok) return encoded;
      const { entries: files, uncommonNames } = encoded.value;
      return accept({ kind: "directory", files, uncommonNames });
    },
  };
}

/** Readers skip hidden files, and `.` and `..` are directories. Names are ASCII: a byte a character. */
function hindranceOfFileName(name: string): string | undefined {
  if (name.startsWith(".")) return "has a name that begins with a dot";
  return name.length > MAX_FILE_NAME_BYTES
    ? `has a name of more than ${MAX_FILE_NAME_BYTES} bytes`
    : undefined;
}

interface EncodedEnvironment {
  readonly entries: readonly Entry[];
  readonly uncommonNames: readonly string[];
}

function encodeEach(
  dialectName: string,
  environment: Environment,
  encode: Encode,
): Result<EncodedEnvironment, readonly VariableProblem[]> {
  const entries: Entry[] = [];
  const uncommonNames: string[] = [];
  const problems: VariableProblem[] = [];
  for (const variable of environment) {
    const { name } = variable;
    const encoded = encode(variable.value.reveal(), name);
    if (typeof encoded === "string") {
      entries.push({ name, text: encoded });
      continue;
    }
    if (encoded.kind === "not_representable") {
      const reason = `${encoded.reason}, which the ${dialectName} dialect cannot hold`;
      problems.push({ name, code: "not_representable", reason });
      continue;
    }
    uncommonNames.push(name);
    entries.push({ name, text: encoded.text });
  }
  return problems.length > 0 ? refuse(problems) : accept({ entries, uncommonNames });
}
