/** Functions that run for one tenant at a time. */
import { situations } from './run-situations.ts';

const TENANT = 'AWS docs: Invoking Lambda functions with tenant isolation';
const ISOLATED = { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } };
const NO_TENANT = {
  status: 400,
  headers: { 'x-amzn-errortype': 'InvalidParameterValueException' },
  body: {
    Type: 'User',
    message:
      'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.',
  },
};

situations('tenants', [
  {
    name: 'tenant',
    source: TENANT,
    type: 'RequestResponse',
    config: ISOLATED,
    submit: { tenant_id: 'blue' },
    want: { state: 'succeeded', sent: { 'x-amz-tenant-id': 'blue' } },
  },
  {
    name: 'tenant-of-the-policy',
    source: `${TENANT}; of our own`,
    config: ISOLATED,
    type: 'RequestResponse',
    policy: { tenantId: 'green' },
    want: { state: 'succeeded', sent: { 'x-amz-tenant-id': 'green' } },
  },
  {
    name: 'tenant-missing',
    source: `${TENANT}; of our own`,
    config: ISOLATED,
    want: { state: 'refused', message: /^4\d\d .*tenant/s },
  },
  {
    name: 'tenant-missing-and-settings-unreadable',
    source: `${TENANT}; Lambda refuses it; of our own`,
    type: 'RequestResponse',
    config: 'denied',
    answers: [NO_TENANT],
    want: { state: 'failed', kind: 'invoke_rejected', message: 'Add a valid tenant ID' },
  },
]);
