import { expect, it } from 'vitest';
import { parseS3Uri } from '../../src/domain/s3-uri.ts';

it.each([
  ['s3://bucket/key', 'bucket', 'key'],
  ['s3://my.bucket-1/a/b c/ü?#', 'my.bucket-1', 'a/b c/ü?#'],
  ['s3://bucket//odd', 'bucket', '/odd'],
])('takes %s apart', (uri, bucket, key) => {
  expect(parseS3Uri(uri)).toEqual({ bucket, key });
});

it.each([
  '',
  'bucket/key',
  's3://bucket',
  's3://bucket/',
  's3:///key',
  's3://Bucket/key',
  's3://b/key',
  'https://bucket/key',
  `s3://bucket/${'é'.repeat(513)}`,
])('refuses %s', (uri) => {
  expect(parseS3Uri(uri)).toBeUndefined();
});
