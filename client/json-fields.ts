/** Reads JSON of unknown making field by field; whatever is not as expected is undefined. */

export type Fields = Readonly<Record<string, unknown>>;

/** The object that the text is, or undefined. */
export function parseFields(text: string): Fields | undefined {
  try {
    return asFields(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asFields(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A number that is none of NaN and Infinity, and not below zero. */
export function asCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Every member as `read` reads it; undefined where the value is no array, or a member is not read. */
export function asList<Member>(
  value: unknown,
  read: (member: unknown) => Member | undefined,
): readonly Member[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const members: Member[] = [];
  for (const member of value) {
    const known = read(member);
    if (known === undefined) return undefined;
    members.push(known);
  }
  return members;
}
