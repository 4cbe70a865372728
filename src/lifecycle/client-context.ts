/** The execution's id and attempt for the function, where the user sends no context of its own: docs/http-api.md, what a function receives. */
export function contextOf(attempt: { id: string; number: number }): string {
  const custom = { execution_id: attempt.id, attempt: String(attempt.number) };
  return Buffer.from(JSON.stringify({ custom })).toString('base64');
}
