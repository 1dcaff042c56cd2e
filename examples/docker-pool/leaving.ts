/** How containers leave the pool, and with them all that was kept for them. */

import type { Directories, Fact } from "./directories.ts";
import type { Binding, Engine, Member } from "./engine.ts";

export class Leaving {
  readonly #engine: Engine;
  readonly #directories: Directories;

  constructor(engine: Engine, directories: Directories) {
    this.#engine = engine;
    this.#directories = directories;
  }

  /** Whatever it does. The directory goes last: what is left of it behind a crash is swept. */
  async destroy(serial: string): Promise<void> {
    for (const { id } of await this.#engine.list(serial)) await this.#engine.remove(id);
    await this.#directories.remove(serial);
  }

  /**
   * Destroys a container, unless somebody has claimed it; tells which. It is frozen while we look, so
   * that no claim, not even one that is on its way, is taken between the look and the end.
   */
  async retire(serial: string): Promise<Fact> {
    const members = await this.#engine.list(serial);
    for (const { id } of members) await this.#engine.pause(id);
    const fact = await this.#directories.read(serial);
    if (fact.kind !== "claimed") await this.destroy(serial);
    else for (const { id } of members) await this.#engine.unpause(id);
    return fact;
  }

  /** For a job that nobody will ask for again: its container goes, even if it runs. */
  async forget(job: string): Promise<void> {
    for (const binding of await this.#engine.bindings(job)) {
      const fact = await this.#directories.read(binding.serial);
      if (fact.kind === "claimed" && fact.job === job)
        await this.#destroyNamed(job, binding.serial);
      await this.#engine.unbind(binding);
    }
  }

  /** Nobody names it any more once it has its name: the engine errs where one is renamed while it goes. */
  async #destroyNamed(job: string, serial: string): Promise<void> {
    for (const member of await this.#engine.list(serial)) await this.#engine.nameAfter(job, member);
    await this.destroy(serial);
  }

  /** What nobody has forgotten by name goes `keepMs` after its end, and so does what a crash left. */
  async sweep(keepMs: number): Promise<void> {
    const beforeMs = Date.now() - keepMs;
    // Listed before the containers: of what is made meanwhile, the directory comes behind its container.
    const serials = await this.#directories.list();
    const bindings = await this.#engine.bindings();
    const kept = new Set<string>();
    for (const member of await this.#engine.list()) {
      if (await this.#isOver(beforeMs, member)) await this.destroy(member.serial);
      else kept.add(member.serial);
    }
    for (const serial of serials) {
      if (!kept.has(serial)) await this.#directories.remove(serial);
    }
    for (const its of groupByJob(bindings)) {
      const isNeeded = its.some((one) => kept.has(one.serial) || one.createdAtMs > beforeMs);
      if (!isNeeded) for (const binding of its) await this.#engine.unbind(binding);
    }
  }

  /** Whether it was claimed and ended before that time, or somebody has begun to remove it. */
  async #isOver(timeMs: number, { id, serial, state }: Member): Promise<boolean> {
    if (state === "removing" || state === "dead") return true;
    if (state !== "exited" || (await this.#directories.read(serial)).kind !== "claimed")
      return false;
    const endMs = await this.#engine.finishedAtMs(id);
    return endMs !== undefined && endMs < timeMs;
  }
}

function groupByJob(bindings: readonly Binding[]): Iterable<readonly Binding[]> {
  const groups = new Map<string, Binding[]>();
  for (const binding of bindings) {
    groups.set(binding.job, [...(groups.get(binding.job) ?? []), binding]);
  }
  return groups.values();
}
