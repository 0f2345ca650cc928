/**
 * Says why a treatment failed by what it threw, which may be anything: a text, an error of a package's own class, or one
 * that says nothing itself but holds those that do, as where each address of a server refused a connection.
 */
export function reasonOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  const message = messageOf(thrown);
  if (message === undefined) return `It threw ${Deno.inspect(thrown, { depth: 2 })}, which is no error`;
  if (message || !(thrown instanceof AggregateError)) return message;
  return thrown.errors.map((error) => messageOf(error) ?? String(error)).join("; ");
}

function messageOf(thrown: unknown): string | undefined {
  const message = (thrown as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? message : undefined;
}
