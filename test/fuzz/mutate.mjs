/** Makes new inputs from old ones: bytes, tokens and ranges changed at random, repeatably by seed. */

/** What requests are made of, and what goes wrong in them. */
const TOKENS = [
  ..."\r\n \t:;,=&+%?/*\0\x7f\"'\\{}[]0",
  "\r\n\r\n",
  "\r\n ",
  "\n\n",
  " HTTP/1.1\r\n",
  " HTTP/1.0\r\n",
  "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
  "HEAD /status HTTP/1.1\r\nHost: h\r\n\r\n",
  "GET /heart_beat HTTP/1.1\r\nHost: h\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: h\r\n",
  "Host: h\r\n",
  "Content-Length: 0\r\n",
  "Content-Length: 12\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip, chunked\r\n",
  "Connection: close\r\n",
  "Expect: 100-continue\r\n",
  "Accept: application/json\r\n",
  "Content-Type: application/json\r\n",
  "Content-Type: application/x-www-form-urlencoded\r\n",
  "Content-Encoding: gzip\r\n",
  "X-Request-ID: an-id\r\n",
  "0\r\n\r\n",
  "5\r\nA=c4n\r\n",
  '{"A":"c4n4ry"}',
  '{"A":"\\ud83d\\ude00"}',
  "?A=c4n4ry",
  "A=1&B=2",
  "%F0%9F%98%80",
  "%c0%80",
  "http://h/",
  "\xff\x00",
  "__proto__",
  "1e400",
];

/** @param {number} seed A generator of whole numbers below `bound` (xorshift). */
export function createRandom(seed) {
  let state = seed || 1;
  return (/** @type {number} */ bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** @typedef {ReturnType<typeof createRandom>} Random */

/** @param {Uint8Array} bytes @param {number} at @param {number} dropped @param {Uint8Array} put */
function splice(bytes, at, dropped, put) {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + dropped)]);
}

/** @param {Random} random @param {Uint8Array} bytes @returns {[from: number, length: number]} */
function range(random, bytes) {
  const from = random(bytes.length + 1);
  return [from, random(Math.min(bytes.length - from, 1 << (1 + random(8))) + 1)];
}

/** @type {readonly ((bytes: Uint8Array, random: Random, other: Uint8Array, tokens: readonly string[]) => Uint8Array)[]} */
const MUTATIONS = [
  (bytes, random) => {
    const at = random(bytes.length);
    return splice(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random(8))));
  },
  (bytes, random) => splice(bytes, random(bytes.length), 1, Uint8Array.of(random(256))),
  (bytes, random) => splice(bytes, random(bytes.length + 1), 0, Uint8Array.of(random(256))),
  (bytes, random) => {
    const [from, length] = range(random, bytes);
    return splice(bytes, from, length, new Uint8Array(0));
  },
  (bytes, random, _other, tokens) => {
    const token = Buffer.from(tokens[random(tokens.length)] ?? "", "latin1");
    return splice(bytes, random(bytes.length + 1), random(4) === 0 ? token.length : 0, token);
  },
  (bytes, random) => {
    const [from, length] = range(random, bytes);
    return splice(bytes, random(bytes.length + 1), 0, bytes.slice(from, from + length));
  },
  (bytes, random, other) => {
    const [from, length] = range(random, other);
    const [at, dropped] = range(random, bytes);
    return splice(bytes, at, dropped, other.slice(from, from + length));
  },
  (bytes, random, other) =>
    Buffer.concat([
      bytes.subarray(0, random(bytes.length + 1)),
      other.subarray(random(other.length + 1)),
    ]),
  (bytes, random) => {
    if (random(20) !== 0) return bytes;
    const [from, length] = range(random, bytes);
    const times = length === 0 ? 0 : random(Math.ceil(40_000 / length));
    return splice(bytes, from, 0, Buffer.alloc(length * times, bytes.slice(from, from + length)));
  },
  (bytes, random) => splice(bytes, 0, 1, Uint8Array.of(random(256))),
];

/**
 * A new input from `bytes` and perhaps parts of `other`; `literals` are what the program compares with.
 * @param {Uint8Array} bytes @param {Uint8Array} other @param {Random} random @param {readonly string[]} literals
 */
export function mutate(bytes, other, random, literals) {
  let mutated = bytes;
  for (let count = 1 << random(4); count > 0; count -= 1) {
    const mutation = MUTATIONS[random(MUTATIONS.length)];
    const tokens = random(3) === 0 && literals.length > 0 ? literals : TOKENS;
    mutated = mutation?.(mutated, random, other, tokens) ?? mutated;
  }
  // Long inputs reach the limits; they are rare, since they are slow.
  return mutated.slice(0, random(500) === 0 ? 49_152 : 2048);
}
