import type { Request, Response } from 'express';

interface Needs {
  /** what keeps the bridge from working, in sentences */
  obstacles: () => Promise<string[]>;
  openApi: object;
}

/** What the platform around the bridge asks. */
export function operationHandlers({ obstacles, openApi }: Needs) {
  return {
    health(_request: Request, response: Response) {
      response.json({ status: 'ok' });
    },

    async readiness(_request: Request, response: Response) {
      const found = await obstacles();
      response.status(found.length === 0 ? 200 : 503).json({ ready: found.length === 0, obstacles: found });
    },

    openapi(_request: Request, response: Response) {
      response.json(openApi);
    },
  };
}
