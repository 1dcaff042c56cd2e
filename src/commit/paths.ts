/** The names of temporary files beside their targets, and how they are told from all others. */

/** Hexadecimal digits in a temporary name. */
export const UNGUESSABLE_DIGITS = 32;

const BACKUP_SUFFIX = ".old";

/** The directory that holds `path`, `.` where it has none of its own. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash === -1) return ".";
  return slash === 0 ? "/" : path.slice(0, slash);
}

/** Beside the target, so that it can be renamed over it; nobody else can have made it before. */
export function temporaryPath(path: string, unguessable: string): string {
  return `${directoryOf(path)}/${temporaryPrefix(path)}${unguessable}`;
}

/** The second name of what stands at the target, while its replacement is not durable. */
export function backupPath(temporary: string): string {
  return temporary + BACKUP_SUFFIX;
}

export function isBackup(name: string): boolean {
  return name.endsWith(BACKUP_SUFFIX);
}

const RECORD_SUFFIX = ".startup-server-claimed";

/** Where it is recorded what a claim has written, of whose outputs `path` is the first. */
export function recordPath(path: string): string {
  return `${directoryOf(path)}/.${nameOf(path)}${RECORD_SUFFIX}`;
}

/** Whether `path` may be the record of some output. */
export function isRecordPath(path: string): boolean {
  return path.endsWith(RECORD_SUFFIX);
}

/** Whether `name` is one that a server for the target `path` gave, or for its record: a temporary's or a backup's. */
export function isTemporaryName(name: string, path: string): boolean {
  if (!name.startsWith(".")) return false;
  return isTemporaryOf(name, path) || isTemporaryOf(name, recordPath(path));
}

function isTemporaryOf(name: string, path: string): boolean {
  const prefix = temporaryPrefix(path);
  const digits = name.slice(prefix.length, isBackup(name) ? -BACKUP_SUFFIX.length : name.length);
  if (!name.startsWith(prefix) || digits.length !== UNGUESSABLE_DIGITS) return false;
  for (const digit of digits) if (!"0123456789abcdef".includes(digit)) return false;
  return true;
}

function temporaryPrefix(path: string): string {
  return `.${nameOf(path)}.startup-server-`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
