// Lambda's Runtime API for one invocation: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export const REQUEST_ID = '8f1a2b3c-4d5e-4f60-8a7b-0c1d2e3f4a5b';
/** Clients send the whole error in a header; AWS's emulator of this API takes 1 MiB of headers, which is Go's default. */
const MAX_HEADERS = 1 << 20;
/** The pipes may hold lines that were written before the client asked for the invocation. */
const FLUSH_MS = 100;
const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:captured';

/**
 * Gives `event` to the first GET next, after it called `onStart`; `done` is fulfilled when the client has asked for the invocation after it.
 */
export async function startRuntimeApi(event, onStart) {
  const posted = {};
  let asked = 0;
  const done = Promise.withResolvers();
  const server = createServer({ maxHeaderSize: MAX_HEADERS }, (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString('utf8');
      if (request.url.endsWith('/invocation/next')) {
        asked += 1;
        // The second one is never answered: the client waits for an invocation that does not come.
        if (asked > 1) return done.resolve();
        await wait(FLUSH_MS);
        onStart();
        response.writeHead(200, {
          'Content-Type': 'application/json',
          'Lambda-Runtime-Aws-Request-Id': REQUEST_ID,
          'Lambda-Runtime-Deadline-Ms': String(Date.now() + 60_000),
          'Lambda-Runtime-Invoked-Function-Arn': ARN,
          'Lambda-Runtime-Trace-Id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
        });
        return response.end(JSON.stringify(event));
      }
      const [kind] = request.url.split('/').slice(-1);
      posted[request.url.includes('/init/') ? 'init_error' : kind] = body;
      response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${server.address().port}`,
    posted,
    done: done.promise,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
