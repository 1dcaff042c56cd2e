import { describe, expect, it } from "vitest";
import { type Environment, Secret } from "../src/claim/variable.ts";
import type { InheritedVariable, Program } from "../src/host.ts";
import { Log } from "../src/log.ts";
import { accept, refuse } from "../src/result.ts";
import { candidatePaths, type Inheritance, mergeEnvironment, Workload } from "../src/workload.ts";
import { FakeHost } from "./fuzz/fake-host.ts";

function claimed(variables: Readonly<Record<string, string>>): Environment {
  return Object.entries(variables).map(([name, text]) => ({ name, value: new Secret(text) }));
}

function named(...names: readonly string[]): readonly InheritedVariable[] {
  return names.map((name) => ({ name, bytes: name.length + 1 }));
}

describe("candidatePaths", () => {
  it.each<[string, string, string | undefined, readonly string[]]>([
    ["every directory of PATH, in order", "app", "/a:/b", ["/a/app", "/b/app"]],
    ["one with a slash at its end as it is", "app", "/a/", ["/a//app"]],
    [
      "the working directory for empty parts",
      "app",
      ":/a::",
      ["./app", "/a/app", "./app", "./app"],
    ],
    ["the working directory for an empty PATH", "app", "", ["./app"]],
    ["the C library's own directories without PATH", "app", undefined, DEFAULTS],
    ["a name with a slash without a search", "bin/app", "/a:/b", ["bin/app"]],
    ["an absolute name without a search", "/app", "/a:/b", ["/app"]],
    ["nothing that could be for an empty name", "", "/a:/b", [""]],
  ])("gives %s", (_sentence, name, path, expected) => {
    expect(candidatePaths(name, path)).toEqual(expected);
  });
});

const DEFAULTS = ["/usr/local/bin/app", "/bin/app", "/usr/bin/app"];

describe("mergeEnvironment", () => {
  it.each<[string, readonly string[], Record<string, string>, Inheritance, readonly unknown[]]>([
    ["keeps what is inherited, by its place", ["A", "B"], {}, "whole", [0, 1]],
    ["puts the claimed behind it", ["A"], { B: "1", C: "=2" }, "whole", [0, "B=1", "C==2"]],
    ["lets the claimed win", ["A", "B"], { A: "1" }, "whole", [1, "A=1"]],
    ["lets it win over every double", ["A", "A"], { A: "" }, "whole", ["A="]],
    ["leaves other doubles alone", ["A", "A"], {}, "whole", [0, 1]],
    [
      "drops what was for the server",
      ["STARTUP_SERVER_TOKEN", "STARTUP_SERVER_", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID"],
      {},
      "whole",
      [],
    ],
    [
      "keeps what only looks like it",
      ["STARTUP_SERVER", "startup_server_x", "LISTEN_ADDRESS", "XNOTIFY_SOCKET"],
      {},
      "whole",
      [0, 1, 2, 3],
    ],
    [
      "keeps such a variable that is claimed",
      [],
      { NOTIFY_SOCKET: "x" },
      "whole",
      ["NOTIFY_SOCKET=x"],
    ],
    ["keeps PATH alone where it is pristine", ["HOME", "PATH"], { A: "1" }, "pristine", [1, "A=1"]],
    ["lets a claimed PATH win there too", ["PATH"], { PATH: "/a" }, "pristine", ["PATH=/a"]],
    [
      "takes __proto__ for a name",
      ["__proto__"],
      { constructor: "1" },
      "whole",
      [0, "constructor=1"],
    ],
  ])("%s", (_sentence, inherited, environment, inheritance, expected) => {
    const merged = mergeEnvironment(named(...inherited), claimed(environment), inheritance);
    expect(merged).toEqual(expected);
  });
});

/** Programs fail by the errno under their path; what has none is not there, and "" runs. */
class CommandHost extends FakeHost {
  override readonly args: readonly string[];
  readonly #errnos: ReadonlyMap<string, string>;
  readonly programs: Program[] = [];
  maxStack = 8 * 1024 * 1024;
  inheritedVariables = named("PATH", "HOME");

  constructor(args: readonly string[], errnos: Readonly<Record<string, string>>) {
    super();
    this.args = args;
    this.#errnos = new Map(Object.entries(errnos));
    this.files.checkExecutable = (path) => {
      const errno = this.#errnos.get(path) ?? "ENOENT";
      return errno === "" ? accept(path) : refuse(errno);
    };
  }

  override variable(): undefined {
    return undefined;
  }

  override inherited(): readonly InheritedVariable[] {
    return this.inheritedVariables;
  }

  override maxStackBytes(): number {
    return this.maxStack;
  }

  override become(program: Program, failed: (errno: string) => void): void {
    const errno = this.#errnos.get(program.path) ?? "ENOENT";
    if (errno === "") this.programs.push(program);
    else failed(errno);
  }
}

function workloadOn(host: CommandHost, inheritance: Inheritance = "whole"): Workload {
  const log = new Log(host, { format: "json", level: "info", isColoured: false });
  return new Workload(host, log, { name: host.args[1] ?? "", place: 1 }, inheritance);
}

const [FIRST = "", SECOND = "", THIRD = ""] = DEFAULTS;

describe("a command", () => {
  it.each<[string, Record<string, string>, string]>([
    ["is found where it is", { [SECOND]: "" }, "found"],
    ["is not found where nothing is", {}, "ENOENT"],
    ["is looked for behind what may not be executed", { [FIRST]: "EACCES", [THIRD]: "" }, "found"],
    ["is told apart that may not be executed", { [FIRST]: "EACCES", [THIRD]: "ENOTDIR" }, "EACCES"],
    ["is not looked for behind another failure", { [FIRST]: "ELOOP", [SECOND]: "" }, "ELOOP"],
  ])("%s", (_sentence, errnos, expected) => {
    const found = workloadOn(new CommandHost(["--", "app"], errnos)).find();
    expect(found.ok ? "found" : found.problem).toBe(expected);
  });

  it("whose name is not text is not looked for", () => {
    const found = workloadOn(new CommandHost(["--", "/\ufffd"], { "/\ufffd": "" })).find();
    expect(found).toEqual(refuse("EILSEQ"));
  });

  it("begins under its own name, with its arguments, in the merged environment", () => {
    const host = new CommandHost(["--", "app", "-x", ""], { [SECOND]: "" });
    workloadOn(host).start(claimed({ HOME: "/x" }));
    expect(host.programs).toEqual([{ path: SECOND, args: [1, 2, 3], environment: [0, "HOME=/x"] }]);
    expect(host.exitStatus).toBeUndefined();
    expect(host.logLines.join("")).not.toContain("/x");
  });

  it("is looked for on the PATH that has been claimed", () => {
    const host = new CommandHost(["--", "app"], { "/a/app": "", [FIRST]: "" });
    workloadOn(host).start(claimed({ PATH: "/none:/a" }));
    expect(host.programs.map(({ path }) => path)).toEqual(["/a/app"]);
  });

  it("that is no program is given to the shell", () => {
    const host = new CommandHost(["--", "app", "-x"], { [SECOND]: "ENOEXEC", "/bin/sh": "" });
    workloadOn(host).start([]);
    expect(host.programs).toEqual([
      { path: "/bin/sh", args: ["/bin/sh", SECOND, 2], environment: [0, 1] },
    ]);
  });

  it.each<[string, Record<string, string>, string, number]>([
    ["is there no more", {}, "ENOENT", 127],
    ["may not be executed", { [FIRST]: "EACCES" }, "EACCES", 126],
    ["is no program where there is no shell", { [FIRST]: "ENOEXEC", [SECOND]: "" }, "ENOEXEC", 126],
    ["is being written", { [FIRST]: "ETXTBSY", [SECOND]: "" }, "ETXTBSY", 126],
  ])("that %s ends with a sentence and a status", (_sentence, errnos, errno, status) => {
    const host = new CommandHost(["--", "app"], errnos);
    workloadOn(host).start([]);
    expect(host.programs).toEqual([]);
    expect(host.exitStatus).toBe(status);
    const message = "the command cannot be started";
    const line = { level: "error", message, command: "app", errno };
    expect(JSON.parse(host.logLines.at(-1) ?? "")).toMatchObject(line);
  });
});

describe("an environment's size", () => {
  // Linux takes a quarter of the stack; three pages are kept for what it adds.
  const STACK = 4 * 512 * 1024;
  const MOST = 512 * 1024 - 3 * 4096;
  /** `--`, PATH= and HOME= in front, each with a NUL and a pointer. */
  const BESIDE = "app".length + 9 + 2 * ("PATH=".length + 9);

  function fits(
    variables: Record<string, string>,
    host = new CommandHost(["--", "app"], {}),
  ): boolean {
    host.maxStack = STACK;
    return workloadOn(host).fits(claimed(variables));
  }

  function texts(total: number, character = "x"): Record<string, string> {
    const bytes = Buffer.byteLength(character);
    const overhead = 5 + 9;
    const each = 100_000;
    const variables: [string, string][] = [];
    let left = total;
    for (let index = 10; left > 0; index += 1) {
      const part = left > each + 100 ? each : left;
      const length = Math.floor((part - overhead) / bytes);
      const rest = part - overhead - length * bytes;
      variables.push([`V_${index}`, character.repeat(length) + "y".repeat(rest)]);
      left -= part;
    }
    return Object.fromEntries(variables);
  }

  it.each([
    ["one byte", "x"],
    ["two bytes", "\u00fc"],
    ["four bytes", "\u{1f600}"],
  ])("is taken up to the last byte, with characters of %s", (_sentence, character) => {
    expect(fits(texts(MOST - BESIDE, character))).toBe(true);
    expect(fits(texts(MOST - BESIDE + 1, character))).toBe(false);
  });

  it("counts inherited variables that stay, and no others", () => {
    const host = new CommandHost(["--", "app"], {});
    host.inheritedVariables = [{ name: "BIG", bytes: MOST - 100 }];
    expect(fits({ A: "x".repeat(60) }, host)).toBe(true);
    expect(fits({ A: "x".repeat(100) }, host)).toBe(false);
    expect(fits({ A: "x".repeat(100), BIG: "" }, host)).toBe(true);
  });

  it("counts arguments", () => {
    const host = new CommandHost(["--", "app", "x".repeat(MOST)], {});
    expect(fits({}, host)).toBe(false);
  });

  it.each([
    ["a small stack", 64 * 1024, 128 * 1024],
    ["an endless stack", Infinity, 6 * 1024 * 1024],
  ])("has its bounds at %s", (_sentence, stack, most) => {
    const host = new CommandHost(["--", "app"], {});
    host.maxStack = stack;
    const room = most - 3 * 4096 - BESIDE;
    expect(workloadOn(host).fits(claimed(texts(room)))).toBe(true);
    expect(workloadOn(host).fits(claimed(texts(room + 1)))).toBe(false);
  });
});
