/** Whole directories as values: what stands in one, and how it is made. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeDirectory } from "./program.ts";

/** Relative paths of all files with their texts; a directory's path ends in a slash. */
export type Tree = Readonly<Record<string, string>>;

export function readTree(root: string): Tree {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const path = join(root, entry.name);
    if (!entry.isDirectory()) tree[entry.name] = readFileSync(path, "utf8");
    else {
      tree[`${entry.name}/`] = "";
      for (const [name, text] of Object.entries(readTree(path))) {
        tree[`${entry.name}/${name}`] = text;
      }
    }
  }
  return tree;
}

export function writeTree(root: string, tree: Tree): void {
  for (const [path, text] of Object.entries(tree)) {
    const isDirectory = path.endsWith("/");
    mkdirSync(join(root, isDirectory ? path : dirname(path)), { recursive: true });
    if (!isDirectory) writeFileSync(join(root, path), text);
  }
}

export function makeTree(tree: Tree): string {
  const root = makeDirectory();
  writeTree(root, tree);
  return root;
}
