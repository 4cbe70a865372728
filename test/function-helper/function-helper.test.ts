/** Both languages do the same: one table of cases, run by the local Lambda endpoint. */
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalLambda, startLocalLambda } from '../../src/local/server.ts';
import { withFunctionHelper } from '../helpers/function-helper.ts';
import { envelope, type FarSide, hangUp, inTurn, pointer, sha256, startFarSide, status } from './far-side.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const ACCEPTED = status(200, '{"accepted":true,"cancel":false}');
/** JSON of so many é is larger than what travels inline. */
const LARGE = { do: 'big', size: 150_000 };
const LARGE_BYTES = Buffer.from(JSON.stringify('é'.repeat(LARGE.size)));

let folder: Awaited<ReturnType<typeof withFunctionHelper>>;
let lambda: LocalLambda;
let client: LambdaClient;
let far: FarSide;

beforeAll(async () => {
  folder = await withFunctionHelper(fileURLToPath(new URL('./functions', import.meta.url)));
  lambda = await startLocalLambda({ functionsDir: folder.functionsDir });
  client = new LambdaClient({ endpoint: lambda.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await lambda.stop();
  await folder.remove();
});
beforeEach(async () => {
  far = await startFarSide();
  return () => far.stop();
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
  put_url: `${far.url}/outcome?signature=x`,
  result_put_url: `${far.url}/result?signature=x`,
  headers: { 'x-amz-meta-from': 'helper' },
});
const callback = () => ({ url: `${far.url}/callback`, token: '17.mac' });

const jsonOf = (path: string) => far.to(path).map((one) => JSON.parse(one.body.toString()));

describe('the function helper for python', () => {
  it('writes a Decimal as a number, as Lambda does', async () => {
    far.answer('/callback', ACCEPTED);
    const { result } = await invoke('python', envelope({ do: 'decimal' }, { callback: callback() }));
    expect(result).toEqual([1.5, 2]);
    expect(jsonOf('/callback')).toEqual([{ type: 'succeeded', result }]);
  });

  it('leaves the result of a plain event to Lambda, which takes NaN', async () => {
    const command = new InvokeCommand({ FunctionName: 'python', Payload: '{"do":"nan"}' });
    const { Payload, FunctionError } = await client.send(command);
    expect({ text: Payload?.transformToString(), FunctionError }).toEqual({ text: 'NaN' });
  });
});

describe.each(['python', 'node'])('the function helper for %s', (name) => {
  describe('opens', () => {
    it('a plain event, and talks to nobody', async () => {
      const { result } = await invoke(name, { a: [1, 'é'], payload: 1 });
      expect(result).toEqual({ payload: { a: [1, 'é'], payload: 1 }, execution: null, attempt: null });
      expect(far.seen).toEqual([]);
    });

    it('an envelope', async () => {
      const { result } = await invoke(name, envelope({ a: 1 }, {}));
      expect(result).toEqual({ payload: { a: 1 }, execution: 'some-id', attempt: 3 });
    });

    it.each([
      ['JSON', '{"a":"é"}', 'application/json; charset=utf-8', { a: 'é' }],
      ['a kind of JSON', '[1]', 'application/vnd.x+json', [1]],
      ['text', 'é', 'text/csv', 'é'],
    ])('a pointer to %s', async (_what, body, type, payload) => {
      expect((await invoke(name, pointer(far, body, type))).result).toMatchObject({ payload });
    });

    it('a pointer to anything else as bytes', async () => {
      const event = pointer(far, Buffer.from([0xff, 0, 1]), 'application/octet-stream');
      expect((await invoke(name, event)).result).toEqual({ bytes: 3 });
    });

    it('a pointer in an envelope, although the first download breaks', async () => {
      const payload_ref = pointer(far, '{"a":1}');
      far.answer('/staged', inTurn(hangUp, status(503), status(200, '{"a":1}')));
      const { payload: _none, ...rest } = envelope(null, {});
      expect((await invoke(name, { ...rest, payload_ref })).result).toMatchObject({ payload: { a: 1 } });
      expect(far.to('/staged')).toHaveLength(3);
    });
  });

  describe('refuses, before the handler runs,', () => {
    it.each([
      [
        'a payload with another hash',
        () => pointer(far, '{}', undefined, { sha256: sha256('other') }),
        'SHA-256',
      ],
      ['a payload of another size', () => pointer(far, '{}', undefined, { size: 3 }), 'not the 3'],
      ['an envelope of another version', () => envelope({}, {}, 2), 'version 2'],
    ])('%s', async (_what, event, message) => {
      const { failed, result, log } = await invoke(name, event());
      expect({ failed, result }).toMatchObject({
        failed: true,
        result: { errorType: 'PayloadError', errorMessage: expect.stringContaining(message) },
      });
      expect(log).not.toContain('handler begins');
    });

    it('a payload that is gone, and reports that', async () => {
      far.answer('/callback', ACCEPTED);
      const { payload: _none, ...rest } = envelope(null, { callback: callback() });
      const { failed } = await invoke(name, {
        ...rest,
        payload_ref: { ...pointer(far, '{}'), s3_url: `${far.url}/gone` },
      });
      expect(failed).toBe(true);
      expect(far.to('/gone')).toHaveLength(1);
      expect(jsonOf('/callback')).toMatchObject([{ type: 'failed' }]);
    });
  });

  describe('reports a success', () => {
    it('by callback, with the token', async () => {
      far.answer('/callback', ACCEPTED);
      const { result } = await invoke(name, envelope({ a: 'é' }, { callback: callback() }));
      expect(jsonOf('/callback')).toEqual([{ type: 'succeeded', result }]);
      expect(far.to('/callback')[0]).toMatchObject({
        method: 'POST',
        headers: { authorization: 'Bearer 17.mac', 'content-type': 'application/json' },
      });
    });

    it('to S3, with the headers that were signed', async () => {
      far.answer('/outcome?signature=x', status(200));
      const { result } = await invoke(name, envelope({ a: 1 }, { s3: s3() }));
      expect(jsonOf('/outcome?signature=x')).toEqual([{ status: 'succeeded', result }]);
      expect(far.seen).toMatchObject([{ method: 'PUT', headers: { 'x-amz-meta-from': 'helper' } }]);
    });

    it('both ways where both are open', async () => {
      far.answer('/outcome?signature=x', status(200));
      far.answer('/callback', ACCEPTED);
      await invoke(name, envelope(1, { s3: s3(), callback: callback() }));
      expect(far.seen.map(({ path }) => path)).toEqual(['/outcome?signature=x', '/callback']);
    });

    it('again until it arrives', async () => {
      far.answer('/callback', inTurn(hangUp, status(500), status(429), ACCEPTED));
      const { failed } = await invoke(name, envelope(1, { callback: callback() }));
      expect(failed).toBe(false);
      expect(far.to('/callback')).toHaveLength(4);
    });

    it('once when it is refused, and does not fail for it: the work is done', async () => {
      far.answer('/callback', status(401));
      const { failed, log } = await invoke(name, envelope(1, { callback: callback() }));
      expect(failed).toBe(false);
      expect(far.to('/callback')).toHaveLength(1);
      expect(log).toMatch(/airflow-lambda-bridge: the report to the bridge failed: .*401/);
      expect(log).not.toContain('17.mac');
    });

    it('whose result is large through S3 alone, with its hash', async () => {
      far.answer('/result?signature=x', status(200));
      far.answer('/outcome?signature=x', status(200));
      await invoke(name, envelope(LARGE, { s3: s3(), callback: callback() }));
      expect(far.seen.map(({ path }) => path)).toEqual(['/result?signature=x', '/outcome?signature=x']);
      expect(far.to('/result?signature=x')[0]?.body.equals(LARGE_BYTES)).toBe(true);
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
    ])('whose result is large whole by callback when %s', async (_why, reply) => {
      far.answer('/callback', ACCEPTED);
      await invoke(name, envelope(LARGE, reply()));
      expect(far.to('/callback')[0]?.body.length).toBe(
        LARGE_BYTES.length + '{"type":"succeeded","result":}'.length,
      );
    });
  });

  describe('reports a failure, and lets Lambda see it too,', () => {
    it('both ways', async () => {
      far.answer('/outcome?signature=x', status(200));
      far.answer('/callback', ACCEPTED);
      const event = envelope({ do: 'fail', message: 'no luck' }, { s3: s3(), callback: callback() });
      const { failed, result } = await invoke(name, event);
      expect({ failed, result }).toMatchObject({
        failed: true,
        result: { errorType: 'ValueError', errorMessage: 'no luck' },
      });
      const error = {
        type: 'ValueError',
        message: 'no luck',
        stack_trace: expect.arrayContaining([expect.stringMatching(/app\.py|index\.mjs/)]),
      };
      expect(jsonOf('/outcome?signature=x')).toEqual([{ status: 'failed', error }]);
      expect(jsonOf('/callback')).toEqual([{ type: 'failed', error }]);
    });

    it('whose message has what UTF-8 cannot hold', async () => {
      far.answer('/callback', ACCEPTED);
      const event = envelope({ do: 'fail', message: 'no file \udc80' }, { callback: callback() });
      expect(await invoke(name, event)).toMatchObject({ failed: true, result: { errorType: 'ValueError' } });
      const error = { type: 'ValueError', message: 'no file \udc80' };
      expect(jsonOf('/callback')).toMatchObject([{ type: 'failed', error }]);
    });

    it('whose message is no text', async () => {
      far.answer('/callback', ACCEPTED);
      const { failed } = await invoke(name, envelope({ do: 'fail_mutely' }, { callback: callback() }));
      expect(failed).toBe(true);
      expect(jsonOf('/callback')).toMatchObject([
        { type: 'failed', error: { type: 'MuteError', message: expect.any(String) } },
      ]);
    });

    it('when the result is nothing that JSON can hold', async () => {
      far.answer('/callback', ACCEPTED);
      const { failed } = await invoke(name, envelope({ do: 'odd' }, { callback: callback() }));
      expect(failed).toBe(true);
      expect(jsonOf('/callback')).toMatchObject([{ type: 'failed', error: { type: 'TypeError' } }]);
    });
  });

  describe('gives signs of life', () => {
    it('at most every few seconds, with the progress', async () => {
      far.answer('/callback', ACCEPTED);
      const { result } = await invoke(name, envelope({ do: 'beat', times: 5 }, { callback: callback() }));
      expect(result).toEqual([true, false, false, false, false]);
      expect(jsonOf('/callback')).toMatchObject([{ type: 'heartbeat', progress: { done: 0 } }, { result }]);
    });

    it('without failing when the bridge is away', async () => {
      far.answer('/callback', inTurn(hangUp, ACCEPTED));
      const { result } = await invoke(name, envelope({ do: 'beat', times: 1 }, { callback: callback() }));
      expect(result).toEqual([false]);
    });

    it('without failing for a progress that JSON cannot hold', async () => {
      far.answer('/callback', ACCEPTED);
      const { result, log } = await invoke(name, envelope({ do: 'beat_oddly' }, { callback: callback() }));
      expect(result).toBe(false);
      expect(log).toContain('airflow-lambda-bridge: a heartbeat did not arrive');
      expect(jsonOf('/callback')).toEqual([{ type: 'succeeded', result }]);
    });

    it.each(['null', '[]', '"ok"'])('without failing when something else answers: %s', async (body) => {
      far.answer('/callback', status(200, body));
      const { result } = await invoke(name, envelope({ do: 'beat', times: 1 }, { callback: callback() }));
      expect(result).toEqual([false]);
      expect(far.to('/callback')).toHaveLength(2);
    });
  });

  describe('sees a cancel', () => {
    it.each([
      [200, true],
      [404, false],
      [403, false],
      [500, false],
    ])('by an object: %i means %s', async (code, cancelled) => {
      far.answer('/cancel', status(code, '{}'));
      const reply = { cancel: { get_url: `${far.url}/cancel` } };
      expect((await invoke(name, envelope({ do: 'watch' }, reply))).result).toBe(cancelled);
    });

    it.each([true, false])('by the answer to a sign of life: %s', async (cancel) => {
      far.answer('/callback', status(200, JSON.stringify({ accepted: true, cancel })));
      const { result } = await invoke(name, envelope({ do: 'watch' }, { callback: callback() }));
      expect(result).toBe(cancel);
      expect(jsonOf('/callback')[0]).toEqual({ type: 'heartbeat' });
    });
  });
});
