/** What the pool asks of the Docker engine, and all that it keeps there: names, labels, and what runs. */

import type Docker from "dockerode";

/** A container of the pool. */
export interface Member {
  readonly id: string;
  /** Names its directory, and is never used twice. */
  readonly serial: string;
  /** Where it stands in the queue of waiting containers; undefined once it is named after its job. */
  readonly slot: number | undefined;
  /** `created`, `running`, `paused`, `exited`, and what lies between. */
  readonly state: string;
}

/** A volume that says for ever to which container one attempt to deliver a job belongs. */
export interface Binding {
  readonly name: string;
  readonly job: string;
  readonly serial: string;
  readonly createdAtMs: number;
}

/** What all containers of the pool have in common. */
export interface Kind {
  readonly image: string;
  /** What the server becomes. */
  readonly command: readonly string[];
  readonly network: string;
}

/** The variable that the pool adds to every job's: two jobs never have the same environment. */
export const JOB_VARIABLE = "POOL_JOB";

const POOL = "startup-server.pool";
const SERIAL = "startup-server.serial";
const JOB = "startup-server.job";

/** What may name a pool or a job: the engine's names, but for the dot that parts them. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(text);
}

const NOT_MODIFIED = 304;
const BAD_REQUEST = 400;
const NOT_FOUND = 404;
const CONFLICT = 409;
const SERVER_ERROR = 500;

export class Engine {
  readonly #docker: Docker;
  readonly #pool: string;

  constructor(docker: Docker, pool: string) {
    this.#docker = docker;
    this.#pool = pool;
  }

  /** All of the pool, or those with that serial. */
  async list(serial?: string): Promise<readonly Member[]> {
    const narrowed = serial === undefined ? [] : [`${SERIAL}=${serial}`];
    const filters = { label: [`${POOL}=${this.#pool}`, ...narrowed] };
    const found = await this.#docker.listContainers({ all: true, filters });
    const prefix = `/${this.#pool}.waiting.`;
    return found.map(({ Id, Names, Labels, State }) => {
      // One that is just being removed may have no name any more.
      const name = Names?.find((one) => one.startsWith(prefix));
      const slot = name === undefined ? undefined : Number(name.slice(prefix.length));
      return { id: Id, serial: Labels[SERIAL] ?? "", slot, state: State };
    });
  }

  /** Undefined where another orchestrator has filled that slot: the engine lets no name be given twice. */
  async create(
    slot: number,
    serial: string,
    directory: string,
    kind: Kind,
  ): Promise<string | undefined> {
    const created = await unless(
      [CONFLICT],
      this.#docker.createContainer({
        name: `${this.#pool}.waiting.${slot}`,
        Image: kind.image,
        Cmd: ["--", ...kind.command],
        Env: [
          "STARTUP_SERVER_LISTEN=unix:/startup/socket",
          "STARTUP_SERVER_FILE=/startup/env.json",
          "STARTUP_SERVER_FORMAT=json",
          `STARTUP_SERVER_REQUIRE=${JOB_VARIABLE}`,
        ],
        Labels: { [POOL]: this.#pool, [SERIAL]: serial },
        HostConfig: { Binds: [`${directory}:/startup`], NetworkMode: kind.network },
      }),
    );
    return created?.id;
  }

  async start(id: string): Promise<void> {
    await unless([NOT_MODIFIED, NOT_FOUND], this.#docker.getContainer(id).start());
  }

  /** Frees the slot, and shows people what it does; which job it has the pool knows otherwise. */
  async nameAfter(job: string, { id, serial }: Member): Promise<void> {
    const name = `${this.#pool}.job.${job}.${serial.slice(0, 8)}`;
    // 400: it has that name already.
    await unless([NOT_FOUND, BAD_REQUEST], this.#docker.getContainer(id).rename({ name }));
  }

  async pause(id: string): Promise<void> {
    await unless([NOT_FOUND, CONFLICT], this.#docker.getContainer(id).pause());
  }

  async unpause(id: string): Promise<void> {
    // 500: it was not paused. Where it is more than that, it stays paused, which the next look finds.
    await unless([NOT_FOUND, CONFLICT, SERVER_ERROR], this.#docker.getContainer(id).unpause());
  }

  /** Whatever it does. */
  async remove(id: string): Promise<void> {
    const container = this.#docker.getContainer(id);
    const remove = async (): Promise<unknown> =>
      await unless([NOT_FOUND, CONFLICT], container.remove({ force: true, v: true }));
    // The engine may give up half-way, with a 500, and goes on when it is asked again.
    await remove().catch(remove);
  }

  async finishedAtMs(id: string): Promise<number | undefined> {
    const found = await unless([NOT_FOUND], this.#docker.getContainer(id).inspect());
    return found === undefined ? undefined : Date.parse(found.State.FinishedAt);
  }

  /**
   * Binds an attempt to deliver the job to a container, unless it is bound; returns the serial to
   * which it is. A volume is made once under its name: who makes it again is given the one that there
   * is, with the labels that it got at first. Undefined: the engine went down while it was made.
   */
  async bind(job: string, attempt: number, serial: string): Promise<string | undefined> {
    const volume = await this.#docker.createVolume({
      Name: `${this.#pool}.job.${job}.${attempt}`,
      Labels: { [POOL]: this.#pool, [JOB]: job, [SERIAL]: serial },
    });
    const { Labels: labels } = await volume.inspect();
    return Object(labels)[SERIAL];
  }

  /** All of the pool, or those of that job. */
  async bindings(job?: string): Promise<readonly Binding[]> {
    const narrowed = job === undefined ? [] : [`${JOB}=${job}`];
    const filters = JSON.stringify({ label: [`${POOL}=${this.#pool}`, ...narrowed] });
    const { Volumes: volumes } = await this.#docker.listVolumes({ filters });
    return volumes.map((volume) => {
      const { Name: name, Labels: labels } = volume;
      const createdAt = "CreatedAt" in volume ? String(volume.CreatedAt) : "";
      const [of = "", serial = ""] = [labels[JOB], labels[SERIAL]];
      return { name, job: of, serial, createdAtMs: Date.parse(createdAt) };
    });
  }

  async unbind({ name }: Binding): Promise<void> {
    await unless([NOT_FOUND], this.#docker.getVolume(name).remove());
  }
}

/** What the engine answered; undefined where it refused with one of these statuses. */
async function unless<T>(statuses: readonly number[], asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    const status: unknown = Object(thrown).statusCode;
    if (typeof status === "number" && statuses.includes(status)) return undefined;
    throw thrown;
  }
}
