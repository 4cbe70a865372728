import type { Handlers } from './handler.ts';

interface OperationsDeps {
  /** why the bridge cannot work at present, in sentences */
  unavailableReasons: () => Promise<string[]>;
  openApi: Record<string, unknown>;
}

/** Calls for the platform that runs the bridge: health, readiness and the contract. */
export function operationHandlers({
  unavailableReasons,
  openApi,
}: OperationsDeps): Pick<Handlers, 'health' | 'readiness' | 'openapi'> {
  return {
    async health() {
      return { status: 200, json: { status: 'ok' } };
    },

    async readiness() {
      const obstacles = await unavailableReasons();
      return obstacles.length === 0
        ? { status: 200, json: { ready: true, obstacles } }
        : { status: 503, json: { ready: false, obstacles } };
    },

    async openapi() {
      return { status: 200, json: openApi };
    },
  };
}
