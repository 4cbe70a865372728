export interface S3Location {
  bucket: string;
  key: string;
}

/**
 * Naming rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html. Keys have up to 1024
 * bytes.
 */
const S3_URI = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(?<key>.+)$/su;
const KEY_BYTES = 1024;

/** The parts of `s3://bucket/key`, or undefined for any other text. */
export function parseS3Uri(uri: string): S3Location | undefined {
  const { bucket, key } = S3_URI.exec(uri)?.groups ?? {};
  // JSON can contain half of a surrogate pair, but a URL cannot. A call to S3 would fail as if S3 were unavailable.
  if (bucket === undefined || key === undefined || !key.isWellFormed()) return undefined;
  return Buffer.byteLength(key) <= KEY_BYTES ? { bucket, key } : undefined;
}

/** Where the function itself writes a large result. The results that the bridge writes have a suffix in addition. */
export function resultUri(stagingUri: string, attempt: { id: string; number: number }): string {
  return `${stagingUri}/results/${attempt.id}/${attempt.number}`;
}
