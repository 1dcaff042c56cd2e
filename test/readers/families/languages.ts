/** Python, Ruby, PHP, Go, Rust: the libraries that Debian has. */

import { writeFileSync } from "node:fs";
import type { Place } from "../place.ts";
import {
  ALL,
  type Claims,
  packageVersion,
  parseNulEnded,
  QUOTE_AWARE,
  type Reader,
  versionFrom,
} from "../reader.ts";

const PYTHON_DOTENV = `
import dotenv, os, sys
for name, value in dotenv.dotenv_values(sys.argv[1]).items():
    sys.stdout.buffer.write(os.fsencode(name) + b"=" + value.encode() + b"\\0")
`;

/** Declares a field for each name, as an application does: an undeclared empty one is dropped. */
const PYDANTIC = `
import dotenv, sys
from pydantic import create_model
from pydantic_settings import BaseSettings, SettingsConfigDict
class Base(BaseSettings):
    model_config = SettingsConfigDict(env_file=sys.argv[1], extra="allow", case_sensitive=True)
names = [name for name in dotenv.dotenv_values(sys.argv[1]) if not name.startswith("_")]
Settings = create_model("Settings", __base__=Base, **{name: (str, ...) for name in names})
for name, value in Settings().model_dump().items():
    sys.stdout.buffer.write(name.encode() + b"=" + value.encode() + b"\\0")
`;

const RUBY = `
require "dotenv"
read = Dotenv.respond_to?(:parse) ? Dotenv.parse(ARGV[0]) : Dotenv::Environment.new(ARGV[0], true)
read.each { |name, value| STDOUT.write(name, "=", value, "\\0") }
`;

const PHP_VLUCAS = `
require "Dotenv/autoload.php";
$read = Dotenv\\\\Dotenv::createArrayBacked(dirname($argv[1]))->load();
foreach ($read as $name => $value) fwrite(STDOUT, "$name=$value\\\\0");
`.replaceAll("\\\\", "\\");

const PHP_SYMFONY = `
require "Symfony/Component/Dotenv/autoload.php";
$read = (new Symfony\\\\Component\\\\Dotenv\\\\Dotenv())->parse(file_get_contents($argv[1]), $argv[1]);
foreach ($read as $name => $value) fwrite(STDOUT, "$name=$value\\\\0");
`.replaceAll("\\\\", "\\");

const GODOTENV = `
package main

import (
	"os"

	"github.com/joho/godotenv"
)

func main() {
	read, err := godotenv.Read(os.Args[1])
	if err != nil {
		panic(err)
	}
	for name, value := range read {
		os.Stdout.WriteString(name + "=" + value + "\\x00")
	}
}
`;

const PYTHON: Claims = { ...QUOTE_AWARE, python: ALL };

const PROGRAMS: readonly (readonly [
  name: string,
  debianPackage: string,
  claims: Claims,
  ...argv: string[],
])[] = [
  ["python-dotenv", "python3-dotenv", PYTHON, "python3", "-c", PYTHON_DOTENV],
  ["pydantic-settings", "python3-pydantic-settings", PYTHON, "python3", "-c", PYDANTIC],
  ["ruby dotenv", "ruby-dotenv", QUOTE_AWARE, "ruby", "-e", RUBY],
  ["phpdotenv", "php-vlucas-phpdotenv", { ...QUOTE_AWARE, compose: ALL }, "php", "-r", PHP_VLUCAS],
  // It reads on behind a value of several lines that ends in "=".
  ["phpdotenv 5.4", "php-vlucas-phpdotenv", { compose: ALL }, "php", "-r", PHP_VLUCAS],
  ["Symfony Dotenv", "php-symfony-dotenv", QUOTE_AWARE, "php", "-r", PHP_SYMFONY],
];

export function languages(place: Place, names: readonly string[]): readonly Reader[] {
  return PROGRAMS.filter(([name]) => names.includes(name)).map(
    ([name, debianPackage, claims, ...argv]) => ({
      name,
      place,
      claims,
      version: () => packageVersion(place, debianPackage),
      read: async (path) => parseNulEnded((await place.run({ argv: [...argv, path] })).stdout),
    }),
  );
}

/** Where the installer leaves the program that it builds from \`GODOTENV\`. */
export const GODOTENV_READER = { source: GODOTENV, path: "/opt/godotenv/read" } as const;

export function godotenv(place: Place): Reader {
  return {
    name: "godotenv",
    place,
    claims: QUOTE_AWARE,
    version: () => packageVersion(place, "golang-github-joho-godotenv-dev"),
    read: async (path) => {
      const { stdout } = await place.run({ argv: [GODOTENV_READER.path, path] });
      return parseNulEnded(stdout);
    },
  };
}

/** just reads with dotenvy, Rust's library. */
export function just(place: Place): Reader {
  const justfile = "/reading/justfile";
  writeFileSync(place.outside(justfile), "read:\n    @/usr/bin/env -0\n");
  return {
    name: "just (dotenvy)",
    keepsNames: true,
    place,
    claims: QUOTE_AWARE,
    version: () => packageVersion(place, "just"),
    read: async (path) => {
      const flags = ["--justfile", justfile, "--working-directory", "/", "--dotenv-path", path];
      return parseNulEnded((await place.run({ argv: ["just", ...flags] })).stdout);
    },
  };
}

const JSON_PROGRAMS: readonly (readonly [name: string, ...argv: string[]])[] = [
  ["jq", "jq", "--join-output", "--raw-output0", 'to_entries[] | .key + "=" + .value'],
  [
    "Python json",
    "python3",
    "-c",
    'import json,sys\nfor n, v in json.load(open(sys.argv[1], encoding="utf-8")).items(): sys.stdout.buffer.write((n + "=" + v + "\\0").encode())',
  ],
  [
    "Ruby json",
    "ruby",
    "-rjson",
    "-e",
    'JSON.parse(File.read(ARGV[0])).each { |n, v| STDOUT.write(n, "=", v, "\\0") }',
  ],
  [
    "PHP json",
    "php",
    "-r",
    'foreach (json_decode(file_get_contents($argv[1]), true) as $n => $v) fwrite(STDOUT, "$n=$v\\0");',
  ],
];

export function jsonReaders(place: Place): readonly Reader[] {
  return JSON_PROGRAMS.map(([name, ...argv]) => ({
    name,
    place,
    claims: { json: ALL },
    version: () => versionFrom(place, [argv[0] ?? "", "--version"]),
    read: async (path) => parseNulEnded((await place.run({ argv: [...argv, path] })).stdout),
  }));
}
