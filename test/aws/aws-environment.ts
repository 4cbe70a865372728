/** What the SDK's own chain reads, set for one test file; vitest gives every file a process of its own. */
import { vi } from 'vitest';

export function stubAwsEnvironment(extra: Record<string, string> = {}): void {
  const settings = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...extra,
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
}
