/** Why the service cannot start, in a sentence for whoever runs it: it is shown without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
