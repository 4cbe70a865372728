/** Functions whose runtime the bridge does not know: container images, and settings that cannot be read. */
import { raised, run } from './lines.ts';
import { situations } from './run-situations.ts';

situations('functions of which no runtime is known', [
  {
    name: 'image-of-python-raises',
    source: 'a container image may use any client; of our own',
    config: { PackageType: 'Image' },
    runs: [{ lines: run(raised('ValueError: in an image')) }],
    want: { state: 'failed', type: 'ValueError', message: 'in an image' },
  },
  {
    name: 'image-succeeds',
    source: 'the same, silent; of our own',
    config: { PackageType: 'Image' },
    runs: [{ lines: run('works') }],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
  {
    name: 'settings-denied',
    source: 'the bridge may not read the configuration, so the runtime is not known; of our own',
    config: 'denied',
    runs: [{ lines: run('works') }],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven', 'function_access_denied'] },
  },
  {
    name: 'runtime-of-the-future',
    source: 'a runtime that the bridge does not know; of our own',
    config: { Runtime: 'zig1.x' },
    runs: [{ lines: run(raised('ValueError: in Python form')) }],
    want: { state: 'failed', type: 'ValueError', message: 'in Python form' },
  },
]);
