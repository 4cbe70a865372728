export interface S3Location {
  bucket: string;
  key: string;
}

/** Naming rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; keys hold 1024 bytes. */
const S3_URI = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(?<key>.+)$/su;
const KEY_BYTES = 1024;

/** The parts of `s3://bucket/key`, or undefined for any other text. */
export function parseS3Uri(uri: string): S3Location | undefined {
  const { bucket, key } = S3_URI.exec(uri)?.groups ?? {};
  // JSON can contain half a surrogate pair, which a URL cannot: a call to S3 would fail as if S3 were unavailable.
  if (bucket === undefined || key === undefined || !key.isWellFormed()) return undefined;
  return Buffer.byteLength(key) <= KEY_BYTES ? { bucket, key } : undefined;
}

/** Where the function itself writes a large result. The bridge's own names begin with it. */
export function resultUri(stagingUri: string, attempt: { id: string; number: number }): string {
  return `${stagingUri}/results/${attempt.id}/${attempt.number}`;
}
