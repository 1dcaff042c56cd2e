/** What the pages say of the program beside its settings. */

/** What it is, in half a sentence. */
export const PURPOSE = "hands a waiting container its environment, once";

export const DESCRIPTION =
  "Waits for one HTTP request that carries environment variables, writes them to an env file, " +
  "durably and once, answers, and ends with status 0, or becomes the command, which gets them too.";

export const SYNOPSIS = "[flags] [-- command args...]";

/** A word in place of flags. */
export interface Word {
  readonly word: string;
  /** What may stand behind it. */
  readonly argument: string;
  /** What it does, in few words. */
  readonly help: string;
  /** All that there is to say of it, in sentences. */
  readonly details: readonly string[];
}

export const HEALTH: Word = {
  word: "health",
  argument: "[URL]",
  help: "ask a running server for its health check",
  details: [
    "Asks a running server for its health check: status 0 where it answers 200 within 3 seconds, 1 where not.",
    "URL is http://HOST:PORT or unix:PATH, HOST an IP address or localhost, and may have a path of its own; " +
      "without it, the server is found by STARTUP_SERVER_LISTEN, _HOST and _PORT as it was itself.",
  ],
};

export const WORDS: readonly Word[] = [HEALTH];

/** Flags that are no settings. */
export const OTHER_FLAGS: readonly (readonly [short: string, flag: string, help: string])[] = [
  ["-h", "--help", "print this and end"],
  ["-V", "--version", "print version, host and engine, and end"],
];

export const VARIABLES_SENTENCES: readonly string[] = [
  "Each flag is also a variable: --log-format is STARTUP_SERVER_LOG_FORMAT.",
  "A flag wins over its variable, the variable over the default.",
];

export const EXAMPLES: readonly (readonly [sentence: string, command: string])[] = [
  [
    "Go on once the env file is complete and durable:",
    "startup-server && set -a && . ./.env && exec app",
  ],
  [
    "Become the command, with the claimed variables and no file:",
    "startup-server --file none -- app --serve",
  ],
  [
    "Let only the token's holder claim, and only with what is needed:",
    "startup-server --token-file /run/secrets/token --require DATABASE_URL",
  ],
  [
    "Write two files in two dialects, both or none:",
    "startup-server --output sh:/run/app.env --output json:/run/app.json",
  ],
  ["Claim:", "curl 'http://localhost:8081/?KEY1=value1&KEY2=value2'"],
];

/** README shows this table, and a test holds the two equal. Flags stand in backticks. */
export const EXIT_STATUSES: readonly (readonly [status: string, meaning: string])[] = [
  [
    "0",
    "claimed and durable, whatever happened after the commit, or claimed before, with `--if-exists=reuse`; " +
      "a command's own status takes its place",
  ],
  ["1", "`health` only: the server did not answer 200"],
  ["64", "a flag or a variable is wrong; one sentence says what"],
  ["69", "the address is not available"],
  ["70", "a bug ended the program"],
  [
    "73",
    "the env file's directory cannot be written, or the file not be given to `--owner`; or one stands " +
      "already, with `--if-exists=refuse`",
  ],
  ["75", "nobody claimed within `--max-wait`"],
  [
    "126, 127",
    "the command cannot be executed, is not found: told at the start, and behind a claim only where that " +
      "has changed",
  ],
  [
    "129, 130, 143",
    "ended by SIGHUP, SIGINT, SIGTERM before the commit, though they had been ignored; or before the command",
  ],
];
