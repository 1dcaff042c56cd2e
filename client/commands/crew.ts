/** Works through targets, a bounded number at a time, and stops taking new ones when told to. */

/**
 * Calls `work` for each item, `concurrency` of them at once, in their order. Once `hold` is aborted no
 * item is begun any more; those begun are waited for. Tells how many were begun.
 */
export async function workThrough<Item>(
  items: readonly Item[],
  concurrency: number,
  hold: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<number> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const item = items[next];
      if (item === undefined || hold.aborted) return;
      next += 1;
      // oxlint-disable-next-line no-await-in-loop -- a worker has one item at a time
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return next;
}
