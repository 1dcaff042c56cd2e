/** Rewrites JavaScript so that every branch it takes is counted: the eyes of the fuzzer. */

import { parseAst } from "vitest/node";

/** @typedef {{ type: string, start: number, end: number, [key: string]: unknown }} Node */
/** @typedef {{ opens: [number, string][], closes: [number, string][], literals: Set<string> }} Edits */

/** What the instrumented code needs in front: `__hit` counts the edge from the branch before to this one, as AFL does. */
export const PRELUDE = `
const __map = new Uint8Array(65536), __touched = [];
let __before = 0;
function __hit(id) {
  const edge = (__before ^ id) & 65535;
  __before = id >> 1;
  if (__map[edge] === 0) __touched.push(edge);
  if (__map[edge] < 255) __map[edge]++;
}
globalThis.__coverage = { map: __map, touched: __touched };
`;

/** @param {unknown} value @returns {value is Node} */
function isNode(value) {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** Stable over runs, spread over the map. @param {string} path @param {number} place */
function branchId(path, place) {
  let hash = place;
  for (const character of path) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return (hash ^ (hash >>> 15)) & 0xffff;
}

/** Which children of a node are taken or not, by the node's type. @type {Record<string, readonly string[]>} */
const BRANCHES = {
  FunctionDeclaration: ["body"],
  FunctionExpression: ["body"],
  ArrowFunctionExpression: ["body"],
  IfStatement: ["consequent", "alternate"],
  ForStatement: ["body"],
  ForOfStatement: ["body"],
  WhileStatement: ["body"],
  DoWhileStatement: ["body"],
  ConditionalExpression: ["consequent", "alternate"],
  LogicalExpression: ["right"],
};

/**
 * The source with a counter in every branch, and the texts that it compares with.
 * @param {string} source @param {string} path
 */
export function instrument(source, path) {
  /** @type {Edits} */
  const edits = { opens: [], closes: [], literals: new Set() };
  const program = /** @type {unknown} */ (parseAst(source));
  if (isNode(program)) visit(program, path, edits);
  return { code: applyEdits(source, edits), literals: edits.literals };
}

/** @param {Node} node @param {string} path @param {Edits} edits */
function visit(node, path, edits) {
  if (node.type === "Literal" && typeof node.value === "string") edits.literals.add(node.value);
  for (const key of BRANCHES[node.type] ?? []) {
    const child = node[key];
    if (isNode(child)) countBranch(child, path, edits);
  }
  if (node.type === "SwitchCase" && Array.isArray(node.consequent)) {
    const [first] = node.consequent;
    if (isNode(first)) edits.opens.push([first.start, `__hit(${branchId(path, first.start)});`]);
  }
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) visit(child, path, edits);
    }
  }
}

/** @param {Node} branch @param {string} path @param {Edits} edits */
function countBranch(branch, path, edits) {
  const hit = `__hit(${branchId(path, branch.start)})`;
  if (branch.type === "BlockStatement") {
    edits.opens.push([branch.start + 1, `${hit};`]);
    return;
  }
  const isStatement = branch.type.endsWith("Statement");
  edits.opens.push([branch.start, isStatement ? `{${hit};` : `(${hit},(`]);
  edits.closes.push([branch.end, isStatement ? "}" : "))"]);
}

/** Opens stand outer before inner, closes inner before outer, and closes before opens. @param {string} source @param {Edits} edits */
function applyEdits(source, { opens, closes }) {
  const all = [...closes.toReversed(), ...opens].toSorted(([left], [right]) => left - right);
  let code = "";
  let at = 0;
  for (const [position, text] of all) {
    code += source.slice(at, position) + text;
    at = position;
  }
  return code + source.slice(at);
}
