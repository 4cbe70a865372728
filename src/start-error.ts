/**
 * The service cannot start. The message is a sentence for the person who starts it, and is shown without a stack trace.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}
