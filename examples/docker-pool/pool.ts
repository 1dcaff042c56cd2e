/** Keeps so many containers waiting, whoever claims them, and whatever a killed orchestrator left behind. */

import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Source } from "./deliver.ts";
import type { Directories } from "./directories.ts";
import type { Engine, Kind, Member } from "./engine.ts";
import type { Leaving } from "./leaving.ts";

/** How many containers are made or looked after at the same time. */
const HANDS = 2;

/** How many are made between two looks. */
const HANDFUL = 2 * HANDS;

/** How long to wait between two looks where nothing stirs: if the pool is full or something failed, and if more is to be made. */
const LONG_REST_MS = 1000;
const SHORT_REST_MS = 20;

export class Pool implements Source {
  readonly #engine: Engine;
  readonly #directories: Directories;
  readonly #leaving: Leaving;
  readonly #size: number;
  readonly #kind: Kind;
  /** Serials of containers that seemed free when they were looked at. */
  readonly #free = new Set<string>();
  /** Those that a job of this process tries just now. */
  readonly #taken = new Set<string>();
  readonly #news = new EventEmitter().setMaxListeners(0);

  constructor(
    engine: Engine,
    directories: Directories,
    leaving: Leaving,
    { size, kind }: { readonly size: number; readonly kind: Kind },
  ) {
    this.#engine = engine;
    this.#directories = directories;
    this.#leaving = leaving;
    this.#size = size;
    this.#kind = kind;
  }

  /** By chance, so that two orchestrators seldom choose the same one; the server decides where they do. */
  async take(): Promise<string> {
    for (;;) {
      const serial = [...this.#free][Math.floor(Math.random() * this.#free.size)];
      if (serial === undefined) {
        await once(this.#news, "free");
        continue;
      }
      this.#free.delete(serial);
      this.#taken.add(serial);
      const { kind } = await this.#directories.read(serial);
      if (kind === "free") return serial;
      this.giveBack(serial);
    }
  }

  giveBack(serial: string): void {
    this.#taken.delete(serial);
    this.#news.emit("used");
  }

  /** Until it is told to stop; what fails is told, and tried again. */
  async run(signal: AbortSignal, complain: (thrown: unknown) => undefined): Promise<void> {
    while (!signal.aborted) {
      const round = new AbortController();
      // Heard from here on: what is used up while we look is looked at again.
      const stirred = once(this.#news, "used", { signal: round.signal }).catch(() => undefined);
      const isFull = await this.#tend().catch(complain);
      const restMs = isFull === false ? SHORT_REST_MS : LONG_REST_MS;
      const either = AbortSignal.any([signal, round.signal]);
      const rest = delay(restMs, undefined, { signal: either }).catch(() => undefined);
      await Promise.race([stirred, rest]);
      round.abort();
    }
  }

  /**
   * One look at all containers, and whatever each one needs. It takes nothing for granted and can be
   * left off anywhere: what one orchestrator has begun, another one finishes. Tells whether nothing
   * was missing.
   */
  async #tend(): Promise<boolean> {
    const members = await this.#engine.list();
    const serials = new Set(members.map(({ serial }) => serial));
    for (const serial of this.#free) if (!serials.has(serial)) this.#free.delete(serial);
    const slots = new Set(Array.from({ length: this.#size }, (_, slot) => slot));
    await allOf(members, async (member) => {
      const isWaiting = await this.#look(member);
      if (isWaiting && member.slot !== undefined) slots.delete(member.slot);
    });
    // A few at a time: those that are ready meanwhile are found by the next look.
    await allOf([...slots].slice(0, HANDFUL), (slot) => this.#fill(slot));
    return slots.size === 0;
  }

  /** Whether it goes on waiting in its slot. */
  async #look(member: Member): Promise<boolean> {
    const { id, serial, slot, state } = member;
    // Whoever froze it, to see whether it was free, may have died before he let it go.
    if (slot === undefined) {
      if (state === "paused") await this.#engine.unpause(id);
      return false;
    }
    const fact = await this.#directories.read(serial);
    if (fact.kind === "claimed") {
      if (state === "paused") await this.#engine.unpause(id);
      await this.#engine.nameAfter(fact.job ?? "unknown", member);
      return false;
    }
    const isSound = state === "created" || (state === "running" && fact.kind !== "gone");
    if (slot >= this.#size || !isSound) {
      await this.#leaving.retire(serial);
      return false;
    }
    if (state === "created") await this.#start(id, serial);
    if (fact.kind === "free" && !this.#taken.has(serial)) {
      this.#free.add(serial);
      this.#news.emit("free");
    }
    return true;
  }

  async #fill(slot: number): Promise<void> {
    const serial = randomBytes(16).toString("hex");
    const path = this.#directories.path(serial);
    const id = await this.#engine.create(slot, serial, path, this.#kind);
    if (id !== undefined) await this.#start(id, serial);
  }

  /** Its directory is made behind it, so one without a container is what a crash has left. */
  async #start(id: string, serial: string): Promise<void> {
    await this.#directories.make(serial);
    await this.#engine.start(id);
  }
}

async function allOf<T>(items: readonly T[], tend: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const hand = async (): Promise<void> => {
    for (const item of queue) await tend(item);
  };
  await Promise.all(Array.from({ length: HANDS }, hand));
}
