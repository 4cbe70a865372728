export async function handler(event) {
  console.log('two\nlines, %d', 2);
  console.info({ answer: 42 });
  console.debug('below the level');
  console.error(new RangeError('logged'));
  process.stdout.write('raw\n');
  if (event.fail) throw new TypeError('asked to fail');
  if (event.exit) process.exit(7);
  return 'done';
}
