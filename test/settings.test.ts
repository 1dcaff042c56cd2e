import { describe, expect, it } from "vitest";
import { parseSettings } from "../src/command-line.ts";
import { type Settings, variableOf } from "../src/settings.ts";

function parse(args: readonly string[], variables: Record<string, string> = {}): unknown {
  const parsed = parseSettings(args, Object.entries(variables));
  if (!parsed.ok) return parsed.problem;
  return parsed.value.kind === "serve" ? flatten(parsed.value.settings) : parsed.value.kind;
}

/** With what stands in the settings' prototype, the defaults. */
function flatten(settings: Settings): Settings {
  return { ...(Object.getPrototypeOf(settings) as Settings), ...settings };
}

const DEFAULTS = parse([]) as Settings;
const SH_OUTPUT = { dialect: "sh", path: "/run/a" } as const;
const FILES_OUTPUT = { dialect: "files", path: "b" } as const;
const OUTPUT_EXPECTED =
  "expected DIALECT:PATH, no path the same as or within another, such as sh:/run/app.env, got";
const OWNER_EXPECTED = "expected UID or UID:GID in numbers, such as 1000:1000, got";
const SHORT_FORM = "--output: expected without --file and --format, its short form, got both";
const LISTEN_SHORT_FORM = "--listen: expected without --host and --port, its short form, got both";

describe("parseSettings", () => {
  it("gives the documented defaults without flags and variables", () => {
    expect(DEFAULTS).toMatchObject({
      port: 8081,
      host: "::",
      file: ".env",
      mode: 0o600,
      drain: 250,
      "max-wait": Infinity,
      "if-exists": "overwrite",
      "log-format": "json",
      "log-level": "info",
    });
  });

  it.each<[string, string[], Record<string, string>, Partial<Settings>]>([
    ["a flag with its value behind it", ["--port", "9000"], {}, { port: 9000 }],
    ["a flag with its value behind =", ["--port=9000"], {}, { port: 9000 }],
    ["an empty rest of = for a file in the root", ["--file=/x"], {}, { file: "/x" }],
    ["a value that holds =", ["--file=a=b"], {}, { file: "a=b" }],
    ["a variable", [], { STARTUP_SERVER_LOG_LEVEL: "warn" }, { "log-level": "warn" }],
    [
      "a flag over its variable",
      ["--mode", "0640"],
      { STARTUP_SERVER_MODE: "0644" },
      { mode: 0o640 },
    ],
    ["an empty variable as none", [], { STARTUP_SERVER_PORT: "" }, { port: 8081 }],
    ["what becomes of an old file", ["--if-exists", "reuse"], {}, { "if-exists": "reuse" }],
    ["an owner", ["--owner=1000"], {}, { owner: { user: 1000, group: -1 } }],
    [
      "an owner with a group",
      ["--owner", "0:4294967294"],
      {},
      { owner: { user: 0, group: 4_294_967_294 } },
    ],
    ["a longest wait", ["--max-wait=600000"], {}, { "max-wait": 600_000 }],
    ["no longest wait by an empty variable", [], { STARTUP_SERVER_MAX_WAIT: "" }, {}],
    ["port 0", ["--port=0"], {}, { port: 0 }],
    ["a switch", ["--refuse-empty", "--port=1"], {}, { "refuse-empty": true, port: 1 }],
    ["a switch turned off", ["--refuse-empty=false"], {}, { "refuse-empty": false }],
    ["a switch's variable", [], { STARTUP_SERVER_NO_SANDBOX: "1" }, { "no-sandbox": true }],
    ["names between commas", ["--require=A,B.C"], {}, { require: ["A", "B.C"] }],
    ["patterns", ["--allow", "LD_*,PATH"], {}, { allow: ["LD_*", "PATH"] }],
    ["the pattern of all names", ["--deny=*"], {}, { deny: ["*"] }],
    [
      "outputs beside each other whose names begin alike",
      ["--output=sh:a", "--output=sh:ab", "--output=sh:/a"],
      {},
      {
        output: [
          { dialect: "sh", path: "a" },
          { dialect: "sh", path: "ab" },
          { dialect: "sh", path: "/a" },
        ],
      },
    ],
    ["an address", ["--listen=[::1]:1"], {}, { listen: { kind: "tcp", host: "::1", port: 1 } }],
    [
      "an address beside its short form's variables, which it outdoes",
      ["--listen", "unix:a"],
      { STARTUP_SERVER_HOST: "127.0.0.1", STARTUP_SERVER_PORT: "1" },
      { listen: { kind: "unix", path: "a" }, host: "127.0.0.1", port: 1 },
    ],
    [
      "the short form's flag over the address's variable",
      ["--port=1"],
      { STARTUP_SERVER_LISTEN: "unix:a" },
      { port: 1 },
    ],
    ["one output", ["--output", "sh:/run/a"], {}, { output: [SH_OUTPUT] }],
    [
      "several outputs in their order",
      ["--output=files:b", "--port=1", "--output", "sh:/run/a"],
      {},
      { output: [FILES_OUTPUT, SH_OUTPUT], port: 1 },
    ],
    [
      "an output whose path holds colons, commas and =",
      ["--output=sh:/run/a:b,c=d"],
      {},
      { output: [{ dialect: "sh", path: "/run/a:b,c=d" }] },
    ],
    [
      "outputs between commas in the variable",
      [],
      { STARTUP_SERVER_OUTPUT: "sh:/run/a,files:b" },
      { output: [SH_OUTPUT, FILES_OUTPUT] },
    ],
    [
      "output flags over their variable, all of it",
      ["--output=files:b"],
      { STARTUP_SERVER_OUTPUT: "sh:/run/a,raw:c" },
      { output: [FILES_OUTPUT] },
    ],
    [
      "the short form's flag over the outputs' variable",
      ["--file=x"],
      { STARTUP_SERVER_OUTPUT: "sh:/run/a" },
      { file: "x" },
    ],
    [
      "the short form's other flag over the outputs' variable",
      ["--format=sh"],
      { STARTUP_SERVER_OUTPUT: "sh:/run/a" },
      { format: "sh" },
    ],
    [
      "outputs beside the short form's variables, which they outdo",
      ["--output=files:b"],
      { STARTUP_SERVER_FILE: "x", STARTUP_SERVER_FORMAT: "raw" },
      { output: [FILES_OUTPUT], file: "x", format: "raw" },
    ],
  ])("takes %s", (_sentence, args, variables, expected) => {
    expect(parse(args, variables)).toEqual({ ...DEFAULTS, ...expected });
  });

  it.each<[string[], Record<string, string>, string]>([
    [["--port", "abc"], {}, '--port: expected a whole number from 0 to 65535, got "abc"'],
    [["--port", "65536"], {}, '--port: expected a whole number from 0 to 65535, got "65536"'],
    [["--port", "1e3"], {}, '--port: expected a whole number from 0 to 65535, got "1e3"'],
    [["--port", ""], {}, '--port: expected a whole number from 0 to 65535, got ""'],
    [["--port"], {}, "--port: expected a value, got none"],
    [["--port=1", "--port=2"], {}, "--port: expected once, got twice"],
    [
      ["--port=1", "health"],
      {},
      'expected a flag, got "health"; did you mean startup-server health?',
    ],
    [["heatlh"], {}, 'expected a flag, got "heatlh"; did you mean startup-server health?'],
    [["Health"], {}, 'expected a flag, got "Health"; did you mean startup-server health?'],
    [["serve"], {}, 'expected a flag, got "serve"; --help lists them'],
    [["--prot", "1"], {}, "--prot: no such flag; did you mean --port?"],
    [["--por", "1"], {}, "--por: no such flag; did you mean --port?"],
    [["--logformat", "json"], {}, "--logformat: no such flag; did you mean --log-format?"],
    [["--__proto__=1"], {}, "--__proto__: no such flag; --help lists all flags"],
    [["serve"], {}, 'expected a flag, got "serve"; --help lists them'],
    [["claim"], {}, 'expected a flag, got "claim"; npx startup-server claim has it'],
    [
      ["conformance"],
      {},
      'expected a flag, got "conformance"; npx startup-server conformance has it',
    ],
    [["-p", "1"], {}, 'expected a flag, got "-p"; --help lists them'],
    [
      ["--mode", "0900"],
      {},
      '--mode: expected permission bits in octal from 0 to 0777, got "0900"',
    ],
    [
      ["--mode", "1777"],
      {},
      '--mode: expected permission bits in octal from 0 to 0777, got "1777"',
    ],
    [["--mode", ""], {}, '--mode: expected permission bits in octal from 0 to 0777, got ""'],
    [["--host", "localhost"], {}, '--host: expected an IPv4 or IPv6 address, got "localhost"'],
    [["--file", "dir/"], {}, '--file: expected the path of a file, got "dir/"'],
    [["--file", ".."], {}, '--file: expected the path of a file, got ".."'],
    [["--listen="], {}, "--listen: expected a value, got none"],
    [["--listen=unix:a", "--host=::1"], {}, LISTEN_SHORT_FORM],
    [["--port=1", "--listen=unix:a"], {}, LISTEN_SHORT_FORM],
    [
      ["--listen=localhost:1"],
      {},
      '--listen: expected IPV4:PORT, [IPV6]:PORT, or unix:PATH of at most 107 bytes, got "localhost:1"',
    ],
    [["--refuse-empty=yes"], {}, '--refuse-empty: expected true or false, got "yes"'],
    [["--require=A,,B"], {}, '--require: expected names between commas, such as A,B_C, got "A,,B"'],
    [["--require=A*"], {}, '--require: expected names between commas, such as A,B_C, got "A*"'],
    [["--allow=A*B"], {}, '--allow: expected names between commas, such as A,B_C, got "A*B"'],
    [["--names=any"], {}, '--names: expected one of posix, dotenv, got "any"'],
    [["--max-body=0"], {}, '--max-body: expected a whole number from 1 to 67108864, got "0"'],
    [["--output=sh"], {}, `--output: ${OUTPUT_EXPECTED} "sh"`],
    [["--output=/run/a"], {}, `--output: ${OUTPUT_EXPECTED} "/run/a"`],
    [["--output=:/run/a"], {}, `--output: ${OUTPUT_EXPECTED} ":/run/a"`],
    [["--output=SH:/run/a"], {}, `--output: ${OUTPUT_EXPECTED} "SH:/run/a"`],
    [["--output=toString:a"], {}, `--output: ${OUTPUT_EXPECTED} "toString:a"`],
    [["--output=sh:"], {}, `--output: ${OUTPUT_EXPECTED} "sh:"`],
    [["--output=files:/run/secrets/"], {}, `--output: ${OUTPUT_EXPECTED} "files:/run/secrets/"`],
    [["--output=files:/run/.."], {}, `--output: ${OUTPUT_EXPECTED} "files:/run/.."`],
    [["--output=sh:a", "--output=raw:a"], {}, `--output: ${OUTPUT_EXPECTED} "sh:a\\nraw:a"`],
    [["--output=sh:a", "--output="], {}, "--output: expected a value, got none"],
    [["--output="], {}, "--output: expected a value, got none"],
    [["--if-exists=keep"], {}, '--if-exists: expected one of overwrite, reuse, refuse, got "keep"'],
    [
      ["--file=/run/..env.startup-server-claimed"],
      {},
      "--file: expected the path of a file that is not a record of this program's, got " +
        '"/run/..env.startup-server-claimed"',
    ],
    [
      ["--if-exists=reuse", "--file=none", "--", "app"],
      {},
      "--file: expected the path of a file for --if-exists=reuse, got none",
    ],
    [["--owner=app"], {}, `--owner: ${OWNER_EXPECTED} "app"`],
    [["--owner=1000:app"], {}, `--owner: ${OWNER_EXPECTED} "1000:app"`],
    [["--owner=1000:"], {}, `--owner: ${OWNER_EXPECTED} "1000:"`],
    [["--owner=:1000"], {}, `--owner: ${OWNER_EXPECTED} ":1000"`],
    [["--owner=-1"], {}, `--owner: ${OWNER_EXPECTED} "-1"`],
    [["--owner=4294967295"], {}, `--owner: ${OWNER_EXPECTED} "4294967295"`],
    [["--owner=1:2:3"], {}, `--owner: ${OWNER_EXPECTED} "1:2:3"`],
    [["--owner="], {}, "--owner: expected a value, got none"],
    [["--max-wait="], {}, "--max-wait: expected a value, got none"],
    [["--max-wait=10m"], {}, '--max-wait: expected a whole number from 1 to 2147483647, got "10m"'],
    [["--token-file="], {}, "--token-file: expected a value, got none"],
    [["--file=\ufffd"], {}, "--file: expected UTF-8, got other bytes"],
    [
      [],
      { STARTUP_SERVER_FILE: "a\ufffd" },
      "STARTUP_SERVER_FILE: expected UTF-8, got other bytes",
    ],
    [["--output=sh:a", "--output=raw:./a"], {}, `--output: ${OUTPUT_EXPECTED} "sh:a\\nraw:./a"`],
    [
      ["--output=sh:/s//a", "--output=files:/s"],
      {},
      `--output: ${OUTPUT_EXPECTED} "sh:/s//a\\nfiles:/s"`,
    ],
    [
      ["--output=files:s", "--output=sh:./s/a"],
      {},
      `--output: ${OUTPUT_EXPECTED} "files:s\\nsh:./s/a"`,
    ],
    [["--output"], {}, "--output: expected a value, got none"],
    [["--output=sh:a", "--file=b"], {}, SHORT_FORM],
    [["--format=sh", "--output=sh:a"], {}, SHORT_FORM],
    [
      [],
      { STARTUP_SERVER_OUTPUT: "sh:a, sh:b" },
      `STARTUP_SERVER_OUTPUT: ${OUTPUT_EXPECTED} "sh:a\\n sh:b"`,
    ],
    [[], { STARTUP_SERVER_OUTPUT: "sh:a," }, `STARTUP_SERVER_OUTPUT: ${OUTPUT_EXPECTED} "sh:a\\n"`],
    [["--log-format", "xml"], {}, '--log-format: expected one of json, text, got "xml"'],
    [
      [],
      { STARTUP_SERVER_DRAIN: "-1" },
      'STARTUP_SERVER_DRAIN: expected a whole number from 0 to 60000, got "-1"',
    ],
    [
      [],
      { STARTUP_SERVER_PORT: "tcp://10.0.0.1:8081" },
      'STARTUP_SERVER_PORT: expected a whole number from 0 to 65535, got "tcp://10.0.0.1:8081"; Kubernetes sets this for a Service named startup-server: use enableServiceLinks: false',
    ],
  ])("refuses %j %j in one sentence", (args, variables, sentence) => {
    expect(parse(args, variables)).toBe(sentence);
  });

  it("answers --help and --version whatever else is there", () => {
    expect(parse(["--port", "1", "--help"])).toBe("help");
    expect(parse(["-h"])).toBe("help");
    expect(parse(["--version"])).toBe("version");
  });
});

describe("the command behind --", () => {
  it.each<[string, string[], Record<string, string>, unknown]>([
    ["is none without --", ["--port=1"], {}, undefined],
    ["is what stands behind --", ["--port=1", "--", "app", "-x"], {}, { name: "app", place: 2 }],
    ["needs no flag", ["--", "app"], {}, { name: "app", place: 1 }],
    ["may have flags like ours", ["--", "app", "--help", "--file"], {}, { name: "app", place: 1 }],
    ["may have a -- of its own", ["--", "app", "--", "x"], {}, { name: "app", place: 1 }],
    ["may itself be --", ["--", "--"], {}, { name: "--", place: 1 }],
    ["makes the file optional", ["--file=none", "--", "app"], {}, { name: "app", place: 2 }],
    [
      "makes the file optional, by its variable too",
      ["--", "app"],
      { STARTUP_SERVER_FILE: "none" },
      { name: "app", place: 1 },
    ],
    ["is not needed for a file of the name none", ["--file=./none"], {}, undefined],
    [
      "is not needed where outputs outdo the file",
      ["--output=sh:a"],
      { STARTUP_SERVER_FILE: "none" },
      undefined,
    ],
  ])("%s", (_sentence, args, variables, expected) => {
    const parsed = parseSettings(args, Object.entries(variables));
    expect(parsed).toMatchObject({ ok: true, value: { kind: "serve" } });
    expect(parsed.ok && parsed.value.kind === "serve" && parsed.value.command).toEqual(expected);
  });

  const NO_FILE = "--file: expected the path of a file where no command follows --, got none";
  it.each<[string, string[], Record<string, string>, string]>([
    ["nothing behind --", ["--"], {}, "--: expected a command behind it, got none"],
    ["a flag whose value is --", ["--file", "--", "a"], {}, "--file: expected a value, got none"],
    ["no file and no command", ["--file=none"], {}, NO_FILE],
    ["no file by its variable, and no command", [], { STARTUP_SERVER_FILE: "none" }, NO_FILE],
  ])("refuses %s", (_sentence, args, variables, sentence) => {
    expect(parse(args, variables)).toBe(sentence);
  });
});

describe("variableOf", () => {
  it("names the variable of a flag", () => {
    expect(variableOf("log-format")).toBe("STARTUP_SERVER_LOG_FORMAT");
  });
});
