/** What the charts share: colours that are readable on light and on dark ground, and their frame. */

export const OURS = "#2f81f7";
export const OTHERS = "#8b949e";
const TEXT = "#768390";

/** A whole SVG document of that size around `content`. */
export function formatSvg(
  title: string,
  [width, height]: readonly [number, number],
  content: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" ` +
      `font-size="13" fill="${TEXT}">`,
    `<title>${title}</title>`,
    ...content,
    "</svg>",
    "",
  ].join("\n");
}

/** `content`, moved. */
export function formatGroup(left: number, top: number, content: readonly string[]): string {
  return [`<g transform="translate(${left} ${top})">`, ...content, "</g>"].join("\n");
}

/** Text that begins, is centred or ends at that place; `more` are further attributes. */
export function formatText(
  text: string,
  [x, y]: readonly [number, number],
  more: Readonly<Record<string, string | number>> = {},
): string {
  const attributes = Object.entries(more).map(([name, value]) => ` ${name}="${value}"`);
  return `<text x="${round(x)}" y="${round(y)}"${attributes.join("")}>${text}</text>`;
}

/** To a tenth of a pixel. */
export function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
