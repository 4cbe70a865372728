import { BridgeError, Unavailable } from '../domain/errors.ts';
import { isAccessDenied, isPassing, readAwsError, wordsOf } from './aws-error.ts';

/** The error to throw for a failed S3 call. `needs`: the permissions that the call requires. */
export function storeError(thrown: unknown, action: string, uri: string, needs: string): BridgeError {
  const error = readAwsError(thrown);
  const said = wordsOf(error);
  const failed = (sentence: string) => new BridgeError('staging_failed', 502, sentence, { cause: thrown });
  if (isAccessDenied(error)) {
    return failed(
      `S3 does not let the bridge ${action} ${uri}. Grant its role ${needs} there. S3 says: ${said}.`,
    );
  }
  if (error.name === 'NoSuchBucket') {
    return failed(
      `The bridge cannot ${action} ${uri}: the bucket does not exist. Create it, or correct the name.`,
    );
  }
  if (isPassing(error)) {
    return new Unavailable('staging_unavailable', `S3 could not ${action} ${uri} for now: ${said}.`, thrown);
  }
  return failed(`S3 refused to ${action} ${uri}: ${error.name}: ${said}.`);
}
