/** The names of all dialects, as `--format` takes them; what is behind a name is in `dialects.ts`. */

export const DIALECT_NAMES = [
  "portable",
  "strict",
  "sh",
  "js",
  "expand",
  "compose",
  "docker",
  "python",
  "kubelet",
  "fish",
  "json",
  "envdir",
  "files",
  "null",
  "raw",
] as const;

export type DialectName = (typeof DIALECT_NAMES)[number];
