/** Things that are made when they are first asked for. */

/** What `make` gives, which is called the first time only. */
export function once<Made extends object>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => (made ??= make());
}
