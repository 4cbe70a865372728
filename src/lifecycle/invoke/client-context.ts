/**
 * Gives the function its execution id and attempt, where the user sends no client context of their own
 * (docs/http-api.md, what a function receives).
 */
export function buildClientContext(attempt: { id: string; number: number }): string {
  const custom = { execution_id: attempt.id, attempt: String(attempt.number) };
  return Buffer.from(JSON.stringify({ custom })).toString('base64');
}
