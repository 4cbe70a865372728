/** Where a staged payload or result is, and how to verify it. */
export interface ObjectRef {
  /** `s3://bucket/key` */
  uri: string;
  /** bytes */
  size: number;
  /** hexadecimal; absent for objects that the bridge did not write */
  sha256?: string;
  content_type?: string;
}
