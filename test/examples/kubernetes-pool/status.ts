/** How the Kubernetes API says no: a Status object. */

export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly status: "Failure";
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details: { readonly kind: "pods"; readonly name?: string };
}

export function conflict(name: string, reason: string): Status {
  const message = `Operation cannot be fulfilled on pods "${name}": ${reason}`;
  return failure(409, "Conflict", message, name);
}

export function notFound(name: string): Status {
  return failure(404, "NotFound", `pods "${name}" not found`, name);
}

export function unprocessable(problem: string): Status {
  const message = `the server rejected our request due to an error in our request: ${problem}`;
  return failure(422, "Invalid", message);
}

export function failure(code: number, reason: string, message: string, name?: string): Status {
  const details = { kind: "pods", ...(name === undefined ? {} : { name }) } as const;
  return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message, details };
}
