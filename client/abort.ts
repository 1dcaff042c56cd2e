/** Hears of aborted signals by one listener a signal, however many claims share it: Node warns of more than ten. */

const WAITING = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `aborted` once any of the signals is aborted, soon where one is already. Gives what takes
 * that back, and must be called in the end.
 */
export function onAbort(signals: readonly AbortSignal[], aborted: () => void): () => void {
  if (signals.some((signal) => signal.aborted)) queueMicrotask(aborted);
  for (const signal of signals) waitingFor(signal).add(aborted);
  return () => {
    for (const signal of signals) waitingFor(signal).delete(aborted);
  };
}

function waitingFor(signal: AbortSignal): Set<() => void> {
  const known = WAITING.get(signal);
  if (known !== undefined) return known;
  const waiting = new Set<() => void>();
  WAITING.set(signal, waiting);
  const tellAll = (): void => {
    for (const aborted of waiting) aborted();
  };
  signal.addEventListener("abort", tellAll, { once: true });
  return waiting;
}
