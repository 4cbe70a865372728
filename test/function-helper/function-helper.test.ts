/** Both languages do the same: one table of cases, run by the local Lambda emulator. */
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../packages/lambda-emulator/src/server.ts';
import { withFunctionHelper } from '../helpers/function-helper.ts';
import { envelope, hangUp, inTurn, pointer, type StandIn, sha256, startStandIn, status } from './stand-in.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const ACCEPTED = status(200, '{"accepted":true,"cancel":false}');
/** A result whose JSON is larger than the limit for inline results. */
const LARGE = { do: 'big', size: 150_000 };
const LARGE_BYTES = Buffer.from(JSON.stringify('é'.repeat(LARGE.size)));

let folder: Awaited<ReturnType<typeof withFunctionHelper>>;
let lambda: Emulator;
let client: LambdaClient;
let fake: StandIn;

beforeAll(async () => {
  folder = await withFunctionHelper(fileURLToPath(new URL('./functions', import.meta.url)));
  lambda = await startEmulator({ functionsDir: folder.functionsDir });
  client = new LambdaClient({ endpoint: lambda.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await lambda.stop();
  await folder.remove();
});
beforeEach(async () => {
  fake = await startStandIn();
  return () => fake.stop();
});

async function invoke(name: string, event: unknown) {
  const answer = await client.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event), LogType: 'Tail' }),
  );
  return {
    failed: answer.FunctionError !== undefined,
    result: JSON.parse(answer.Payload?.transformToString() ?? ''),
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
  };
}

const s3 = () => ({
  put_url: `${fake.url}/outcome?signature=x`,
  result_put_url: `${fake.url}/result?signature=x`,
  headers: { 'x-amz-meta-from': 'helper' },
});
const callback = () => ({ url: `${fake.url}/callback`, token: '17.mac' });

const jsonOf = (path: string) => fake.to(path).map((one) => JSON.parse(one.body.toString()));

describe('the function helper for python', () => {
  it('encodes a Decimal as a number, as Lambda does', async () => {
    fake.answer('/callback', ACCEPTED);
    const { result } = await invoke('python', envelope({ do: 'decimal' }, { callback: callback() }));
    expect(result).toEqual([1.5, 2]);
    expect(jsonOf('/callback')).toEqual([{ type: 'succeeded', result }]);
  });

  it('leaves encoding the result of a plain event to Lambda, which accepts NaN', async () => {
    const command = new InvokeCommand({ FunctionName: 'python', Payload: '{"do":"nan"}' });
    const { Payload, FunctionError } = await client.send(command);
    expect({ text: Payload?.transformToString(), FunctionError }).toEqual({ text: 'NaN' });
  });
});

describe.each(['python', 'node'])('the function helper for %s', (name) => {
  describe('gives the handler the payload of', () => {
    it('a plain event, and sends no request', async () => {
      const { result } = await invoke(name, { a: [1, 'é'], payload: 1 });
      expect(result).toEqual({ payload: { a: [1, 'é'], payload: 1 }, execution: null, attempt: null });
      expect(fake.received).toEqual([]);
    });

    it('an envelope', async () => {
      const { result } = await invoke(name, envelope({ a: 1 }, {}));
      expect(result).toEqual({ payload: { a: 1 }, execution: 'some-id', attempt: 3 });
    });

    it.each([
      ['JSON', '{"a":"é"}', 'application/json; charset=utf-8', { a: 'é' }],
      ['a JSON type with a suffix', '[1]', 'application/vnd.x+json', [1]],
      ['text', 'é', 'text/csv', 'é'],
    ])('a pointer to %s', async (_what, body, type, payload) => {
      expect((await invoke(name, pointer(fake, body, type))).result).toMatchObject({ payload });
    });

    it('a pointer to any other type, as bytes', async () => {
      const event = pointer(fake, Buffer.from([0xff, 0, 1]), 'application/octet-stream');
      expect((await invoke(name, event)).result).toEqual({ bytes: 3 });
    });

    it('a pointer in an envelope, although the first download fails', async () => {
      const payload_ref = pointer(fake, '{"a":1}');
      fake.answer('/staged', inTurn(hangUp, status(503), status(200, '{"a":1}')));
      const { payload: _none, ...rest } = envelope(null, {});
      expect((await invoke(name, { ...rest, payload_ref })).result).toMatchObject({ payload: { a: 1 } });
      expect(fake.to('/staged')).toHaveLength(3);
    });
  });

  describe('refuses, before the handler runs,', () => {
    it.each([
      [
        'a payload with another hash',
        () => pointer(fake, '{}', undefined, { sha256: sha256('other') }),
        'SHA-256',
      ],
      ['a payload of another size', () => pointer(fake, '{}', undefined, { size: 3 }), 'not the 3'],
      ['an envelope of another version', () => envelope({}, {}, 2), 'version 2'],
    ])('%s', async (_what, event, message) => {
      const { failed, result, log } = await invoke(name, event());
      expect({ failed, result }).toMatchObject({
        failed: true,
        result: { errorType: 'PayloadError', errorMessage: expect.stringContaining(message) },
      });
      expect(log).not.toContain('handler begins');
    });

    it('a payload that does not exist, and sends the failure', async () => {
      fake.answer('/callback', ACCEPTED);
      const { payload: _none, ...rest } = envelope(null, { callback: callback() });
      const { failed } = await invoke(name, {
        ...rest,
        payload_ref: { ...pointer(fake, '{}'), s3_url: `${fake.url}/missing` },
      });
      expect(failed).toBe(true);
      expect(fake.to('/missing')).toHaveLength(1);
      expect(jsonOf('/callback')).toMatchObject([{ type: 'failed' }]);
    });
  });

  describe('sends a success', () => {
    it('by callback, with the token', async () => {
      fake.answer('/callback', ACCEPTED);
      const { result } = await invoke(name, envelope({ a: 'é' }, { callback: callback() }));
      expect(jsonOf('/callback')).toEqual([{ type: 'succeeded', result }]);
      expect(fake.to('/callback')[0]).toMatchObject({
        method: 'POST',
        headers: { authorization: 'Bearer 17.mac', 'content-type': 'application/json' },
      });
    });

    it('to S3, with the signed headers', async () => {
      fake.answer('/outcome?signature=x', status(200));
      const { result } = await invoke(name, envelope({ a: 1 }, { s3: s3() }));
      expect(jsonOf('/outcome?signature=x')).toEqual([{ status: 'succeeded', result }]);
      expect(fake.received).toMatchObject([{ method: 'PUT', headers: { 'x-amz-meta-from': 'helper' } }]);
    });

    it('by both if the envelope has both', async () => {
      fake.answer('/outcome?signature=x', status(200));
      fake.answer('/callback', ACCEPTED);
      await invoke(name, envelope(1, { s3: s3(), callback: callback() }));
      expect(fake.received.map(({ path }) => path)).toEqual(['/outcome?signature=x', '/callback']);
    });

    it('again until it is accepted', async () => {
      fake.answer('/callback', inTurn(hangUp, status(500), status(429), ACCEPTED));
      const { failed } = await invoke(name, envelope(1, { callback: callback() }));
      expect(failed).toBe(false);
      expect(fake.to('/callback')).toHaveLength(4);
    });

    it('once if it is refused, and does not fail the invocation', async () => {
      fake.answer('/callback', status(401));
      const { failed, log } = await invoke(name, envelope(1, { callback: callback() }));
      expect(failed).toBe(false);
      expect(fake.to('/callback')).toHaveLength(1);
      expect(log).toMatch(/airflow-lambda-bridge: callback to the bridge failed: .*401/);
      expect(log).not.toContain('17.mac');
    });

    it('with a large result only to S3, with its hash', async () => {
      fake.answer('/result?signature=x', status(200));
      fake.answer('/outcome?signature=x', status(200));
      await invoke(name, envelope(LARGE, { s3: s3(), callback: callback() }));
      expect(fake.received.map(({ path }) => path)).toEqual(['/result?signature=x', '/outcome?signature=x']);
      expect(fake.to('/result?signature=x')[0]?.body.equals(LARGE_BYTES)).toBe(true);
      expect(jsonOf('/outcome?signature=x')).toEqual([
        {
          status: 'succeeded',
          result_ref: {
            size: LARGE_BYTES.length,
            sha256: sha256(LARGE_BYTES),
            content_type: 'application/json',
          },
        },
      ]);
    });

    it.each([
      ['there is no S3', () => ({ callback: callback() })],
      ['S3 refuses it', () => ({ s3: s3(), callback: callback() })],
    ])('with a large result by callback, complete, when %s', async (_why, reply) => {
      fake.answer('/callback', ACCEPTED);
      await invoke(name, envelope(LARGE, reply()));
      expect(fake.to('/callback')[0]?.body.length).toBe(
        LARGE_BYTES.length + '{"type":"succeeded","result":}'.length,
      );
    });
  });

  describe('sends a failure, and fails the invocation too,', () => {
    it('by both if the envelope has both', async () => {
      fake.answer('/outcome?signature=x', status(200));
      fake.answer('/callback', ACCEPTED);
      const event = envelope({ do: 'fail', message: 'database is down' }, { s3: s3(), callback: callback() });
      const { failed, result } = await invoke(name, event);
      expect({ failed, result }).toMatchObject({
        failed: true,
        result: { errorType: 'ValueError', errorMessage: 'database is down' },
      });
      const error = {
        type: 'ValueError',
        message: 'database is down',
        stack_trace: expect.arrayContaining([expect.stringMatching(/app\.py|index\.mjs/)]),
      };
      expect(jsonOf('/outcome?signature=x')).toEqual([{ status: 'failed', error }]);
      expect(jsonOf('/callback')).toEqual([{ type: 'failed', error }]);
    });

    it('with a message that UTF-8 cannot encode', async () => {
      fake.answer('/callback', ACCEPTED);
      const event = envelope({ do: 'fail', message: 'no file \udc80' }, { callback: callback() });
      expect(await invoke(name, event)).toMatchObject({ failed: true, result: { errorType: 'ValueError' } });
      const error = { type: 'ValueError', message: 'no file \udc80' };
      expect(jsonOf('/callback')).toMatchObject([{ type: 'failed', error }]);
    });

    it('with a message that is not a string', async () => {
      fake.answer('/callback', ACCEPTED);
      const { failed } = await invoke(
        name,
        envelope({ do: 'fail_without_message' }, { callback: callback() }),
      );
      expect(failed).toBe(true);
      expect(jsonOf('/callback')).toMatchObject([
        { type: 'failed', error: { type: 'NoMessageError', message: expect.any(String) } },
      ]);
    });

    it('if the result cannot be encoded as JSON', async () => {
      fake.answer('/callback', ACCEPTED);
      const { failed } = await invoke(name, envelope({ do: 'not_json' }, { callback: callback() }));
      expect(failed).toBe(true);
      expect(jsonOf('/callback')).toMatchObject([{ type: 'failed', error: { type: 'TypeError' } }]);
    });
  });

  describe('sends heartbeats', () => {
    it('at most every 5 seconds, with the progress', async () => {
      fake.answer('/callback', ACCEPTED);
      const { result } = await invoke(
        name,
        envelope({ do: 'heartbeat', times: 5 }, { callback: callback() }),
      );
      expect(result).toEqual([true, false, false, false, false]);
      expect(jsonOf('/callback')).toMatchObject([{ type: 'heartbeat', progress: { done: 0 } }, { result }]);
    });

    it('without failing if the bridge is unavailable', async () => {
      fake.answer('/callback', inTurn(hangUp, ACCEPTED));
      const { result } = await invoke(
        name,
        envelope({ do: 'heartbeat', times: 1 }, { callback: callback() }),
      );
      expect(result).toEqual([false]);
    });

    it('without failing if the progress cannot be encoded as JSON', async () => {
      fake.answer('/callback', ACCEPTED);
      const { result, log } = await invoke(
        name,
        envelope({ do: 'heartbeat_not_json' }, { callback: callback() }),
      );
      expect(result).toBe(false);
      expect(log).toContain('airflow-lambda-bridge: heartbeat failed');
      expect(jsonOf('/callback')).toEqual([{ type: 'succeeded', result }]);
    });

    it.each(['null', '[]', '"ok"'])('without failing if another service responds: %s', async (body) => {
      fake.answer('/callback', status(200, body));
      const { result } = await invoke(
        name,
        envelope({ do: 'heartbeat', times: 1 }, { callback: callback() }),
      );
      expect(result).toEqual([false]);
      expect(fake.to('/callback')).toHaveLength(2);
    });
  });

  describe('recognises a cancellation', () => {
    it.each([
      [200, true],
      [404, false],
      [403, false],
      [500, false],
    ])('by an object in S3: %i means %s', async (code, cancelled) => {
      fake.answer('/cancel', status(code, '{}'));
      const reply = { cancel: { get_url: `${fake.url}/cancel` } };
      expect((await invoke(name, envelope({ do: 'wait_for_cancel' }, reply))).result).toBe(cancelled);
    });

    it.each([true, false])('by the response to a heartbeat: %s', async (cancel) => {
      fake.answer('/callback', status(200, JSON.stringify({ accepted: true, cancel })));
      const { result } = await invoke(name, envelope({ do: 'wait_for_cancel' }, { callback: callback() }));
      expect(result).toBe(cancel);
      expect(jsonOf('/callback')[0]).toEqual({ type: 'heartbeat' });
    });
  });
});
