/**
 * Runs a Node handler as Lambda's Node runtime does, through the Runtime API.
 *
 * All log output goes to standard output, to which the host redirects standard error. Some output is a record (RFC
 * 7464: 0x1E, JSON, newline). {"message": …} is one log event. {"idle": true} marks the end of the output of the
 * finished work.
 */
import { existsSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
// Idle sockets of the agent don't keep the event loop alive, so an empty loop still means that the handler is done.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let currentRequestId;

/** Called if the host cannot be reached any more, because then nothing is left to do. */
const exit = () => process.exit(1);

function callHost(method, path, body, headers = {}) {
  return new Promise((resolve) => {
    const call = request({ host, port, method, path: `/2018-06-01/runtime${path}`, agent, headers });
    call.on('error', exit);
    call.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', exit);
      response.on('end', () =>
        resolve({ body: Buffer.concat(chunks).toString(), headers: response.headers }),
      );
    });
    call.end(body);
  });
}

/** Blocks until the bytes are written: output must precede the answer and must not be lost in process.exit(). */
function writeOutput(chunk, encoding) {
  let rest = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') exit();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

const isJsonLog = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const minLevel = LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL ?? 'TRACE');

/** One event, which may contain newlines. A record (RFC 7464) keeps it in one piece. */
function writeEvent(message) {
  writeOutput(`\x1e${JSON.stringify({ message })}\n`);
}

function log(level, ...values) {
  if (LEVELS.indexOf(level) < minLevel) return;
  if (isJsonLog) return writeEvent(jsonRecord(level, values));
  writeEvent(`${new Date().toISOString()}\t${currentRequestId}\t${level}\t${format(...values)}\n`);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
function jsonRecord(level, values) {
  const record = { timestamp: new Date().toISOString(), level, requestId: currentRequestId };
  const [only] = values;
  const error = values.find((value) => value instanceof Error);
  if (values.length === 1) record.message = only;
  else Object.assign(record, { message: format(...values) }, error && jsonError(error));
  try {
    return JSON.stringify(record, (_key, value) =>
      value instanceof Error ? jsonErrorWithMembers(value) : value,
    );
  } catch {
    return JSON.stringify({ ...record, message: format(...values) });
  }
}

function jsonError(error) {
  const errorType = error.constructor?.name ?? 'UnknownError';
  return { errorType, errorMessage: error.message, stackTrace: stackOf(error) };
}

const jsonErrorWithMembers = (error) => ({ ...jsonError(error), ...error });

const stackOf = ({ stack }) => (typeof stack === 'string' ? stack.split('\n') : []);

function redirectOutput() {
  const levels = { log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', debug: 'DEBUG', trace: 'TRACE' };
  for (const [method, level] of Object.entries(levels)) console[method] = log.bind(null, level);
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (chunk, encoding, callback) => {
      const done = typeof encoding === 'function' ? encoding : callback;
      writeOutput(chunk, typeof encoding === 'string' ? encoding : undefined);
      if (done) process.nextTick(done);
      return true;
    };
  }
}

/** The error in the answer to Lambda. A value that is not an Error keeps its own type here, unlike in the log. */
function describeError(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: stackOf(error) };
}

/** Logs an error that ended a run, in the forms that test/corpus/captured has from AWS's own client. */
function logError(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (isJsonLog) return log('ERROR', error);
  log('ERROR', title, `\t${textError(error)}`);
}

function textError(error) {
  const describe = (value) => {
    const { name, message, code } = value;
    return { errorType: name, errorMessage: message, code, ...value, stack: stackOf(value) };
  };
  try {
    return JSON.stringify(error, (_key, value) => (value instanceof Error ? describe(value) : value));
  } catch {
    return JSON.stringify(describeError(error));
  }
}

function postError(path, error) {
  const body = describeError(error);
  const type = String(body.errorType).replace(/[^\x20-\x7e]/g, '?');
  return callHost('POST', path, JSON.stringify(body), { 'Lambda-Runtime-Function-Error-Type': type });
}

/** An error of the runtime. Its name begins with `Runtime.`. JSON logs show the name of its class, which does not. */
function runtimeError(type, message, members) {
  const { [type]: RuntimeError } = { [type]: class extends Error {} };
  RuntimeError.prototype.name = `Runtime.${type}`;
  return Object.assign(new RuntimeError(message), members);
}

const missingModule = (path) =>
  `Error: Cannot find module '${path}'\nRequire stack:\n- /var/runtime/index.mjs`;

async function importModule(taskRoot, name) {
  const path = join(taskRoot, name);
  const file = ['.mjs', '.js', '.cjs']
    .map((ending) => path + ending)
    .find((candidate) => existsSync(candidate));
  if (!file) throw runtimeError('ImportModuleError', missingModule(name));
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError('UserCodeSyntaxError', String(error));
    if (['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(error?.code)) {
      throw runtimeError('ImportModuleError', String(error));
    }
    throw error;
  }
}

/** `folder/file.export`; the export may be nested. A CommonJS module also has its exports on `default`. */
async function loadHandler(taskRoot, name) {
  const [, path, exportPath] = /^(.*?[^/.]*)\.([^/]+)$/.exec(name) ?? [];
  if (!path)
    throw runtimeError('MalformedHandlerName', `Bad handler '${name}': it must have the form file.export`);
  const module = await importModule(taskRoot, path);
  const find = (root) => exportPath.split('.').reduce((value, key) => value?.[key], root);
  const handler = find(module) ?? find(module.default);
  if (typeof handler === 'function') return handler;
  throw runtimeError('HandlerNotFound', `${name} is undefined or not exported`);
}

function makeContext(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const clientContext = headers['lambda-runtime-client-context'];
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    clientContext: clientContext ? JSON.parse(Buffer.from(clientContext, 'latin1').toString()) : undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/**
 * An async handler ends when its promise settles. A callback handler ends when it has called back and, while
 * callbackWaitsForEmptyEventLoop is true, the event loop is empty. Without a callback, an empty loop answers null.
 */
function runHandler(handler, event, context) {
  const { promise, resolve, reject } = Promise.withResolvers();
  let answer = () => resolve(null);
  process.once('beforeExit', () => answer());
  const callback = (error, value) => {
    answer = error ? () => reject(error) : () => resolve(value);
    if (!context.callbackWaitsForEmptyEventLoop) answer();
  };
  const returned = handler(event, context, callback);
  if (typeof returned?.then === 'function') returned.then(resolve, reject);
  return promise;
}

function toJson(result) {
  try {
    return JSON.stringify(result ?? null) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

async function serveNext(handler) {
  const { body, headers } = await callHost('GET', '/invocation/next');
  const context = makeContext(headers);
  currentRequestId = context.awsRequestId;
  const traceId = headers['lambda-runtime-trace-id'];
  if (traceId) process.env._X_AMZN_TRACE_ID = traceId;
  else delete process.env._X_AMZN_TRACE_ID;
  try {
    const result = await runHandler(handler, JSON.parse(body), context);
    await callHost('POST', `/invocation/${currentRequestId}/response`, toJson(result));
  } catch (thrown) {
    // AWS's client sends this for every thrown value that counts as false.
    const error = thrown || 'handled';
    logError('Invoke Error', error);
    await postError(`/invocation/${currentRequestId}/error`, error);
  } finally {
    process.removeAllListeners('beforeExit');
  }
}

/** An error outside the handler's promise may leave the process in a bad state: post the error, then exit. */
function exitOnUncaughtError(event, title, wrap, exitCode) {
  process.on(event, async (reason, source) => {
    const error = wrap(reason, source);
    logError(title, error);
    const path = currentRequestId ? `/invocation/${currentRequestId}/error` : '/init/error';
    await postError(path, error).finally(() => process.exit(exitCode));
  });
}

redirectOutput();
exitOnUncaughtError('uncaughtException', 'Uncaught Exception', (error) => error, 129);
exitOnUncaughtError(
  'unhandledRejection',
  'Unhandled Promise Rejection',
  (reason, promise) => runtimeError('UnhandledPromiseRejection', String(reason), { reason, promise }),
  128,
);
const handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER).catch(async (error) => {
  logError('Uncaught Exception', error);
  await postError('/init/error', error);
  process.exit(129);
});
for (;;) {
  writeOutput('\x1e{"idle":true}\n');
  await serveNext(handler);
}
