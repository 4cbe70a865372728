/**
 * Runs a Node handler as Lambda's Node runtime does, through the Runtime API.
 *
 * All log output goes to standard output, to which the host redirects standard error. The record (RFC 7464: 0x1E, JSON,
 * newline) {"idle": true} marks the end of the output of the finished work.
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

/** The host is not reachable any more: nothing is left to do. */
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

/** One console call is one log event: as in Lambda's runtime, newlines become carriage returns. */
function log(level, ...values) {
  if (LEVELS.indexOf(level) < minLevel) return;
  if (isJsonLog) return writeRecord(level, values.length === 1 ? values[0] : format(...values));
  const message = format(...values).replaceAll('\n', '\r');
  writeOutput(`${new Date().toISOString()}\t${currentRequestId}\t${level}\t${message}\n`);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
function writeRecord(level, value) {
  const record = { timestamp: new Date().toISOString(), level, requestId: currentRequestId };
  if (value instanceof Error) {
    const { errorType, errorMessage, trace } = describeError(value);
    Object.assign(record, { message: format(value), errorType, errorMessage, stackTrace: trace });
  } else {
    record.message = value;
  }
  writeOutput(`${stringify(record) ?? JSON.stringify({ ...record, message: format(value) })}\n`);
}

/** Undefined if the record cannot be converted to JSON. */
function stringify(record) {
  try {
    return JSON.stringify(record);
  } catch {
    return undefined;
  }
}

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

function describeError(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

function logError(title, error) {
  const { errorType, errorMessage, trace } = describeError(error);
  if (isJsonLog) return writeRecord('ERROR', { errorType, errorMessage, stackTrace: trace });
  const own = error instanceof Error ? { ...error } : {};
  log('ERROR', `${title} \t${JSON.stringify({ errorType, errorMessage, ...own, stack: trace })}`);
}

function postError(path, error) {
  const body = describeError(error);
  const type = String(body.errorType).replace(/[^\x20-\x7e]/g, '?');
  return callHost('POST', path, JSON.stringify(body), { 'Lambda-Runtime-Function-Error-Type': type });
}

function namedError(name, message, cause) {
  const error = new Error(message, { cause });
  error.name = name;
  Object.defineProperty(error, 'cause', { enumerable: false });
  return error;
}

async function importModule(path) {
  const file = ['.mjs', '.js', '.cjs']
    .map((ending) => path + ending)
    .find((candidate) => existsSync(candidate));
  if (!file) throw namedError('Runtime.ImportModuleError', `Error: Cannot find module '${path}'`);
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw namedError('Runtime.UserCodeSyntaxError', String(error), error);
    if (['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(error?.code)) {
      throw namedError('Runtime.ImportModuleError', String(error), error);
    }
    throw error;
  }
}

/** `folder/file.export`; the export may be nested. A CommonJS module also has its exports on `default`. */
async function loadHandler(taskRoot, name) {
  const [, path, exportPath] = /^(.*?[^/.]*)\.([^/]+)$/.exec(name) ?? [];
  if (!path)
    throw namedError(
      'Runtime.MalformedHandlerName',
      `Bad handler '${name}': it must have the form file.export`,
    );
  const module = await importModule(join(taskRoot, path));
  const find = (root) => exportPath.split('.').reduce((value, key) => value?.[key], root);
  const handler = find(module) ?? find(module.default);
  if (typeof handler === 'function') return handler;
  throw namedError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
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
  return new Promise((resolve, reject) => {
    let answer = () => resolve(null);
    process.once('beforeExit', () => answer());
    const callback = (error, value) => {
      answer = error ? () => reject(error) : () => resolve(value);
      if (!context.callbackWaitsForEmptyEventLoop) answer();
    };
    const returned = handler(event, context, callback);
    if (typeof returned?.then === 'function') returned.then(resolve, reject);
  });
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
    await callHost(
      'POST',
      `/invocation/${currentRequestId}/response`,
      JSON.stringify(result ?? null) ?? 'null',
    );
  } catch (error) {
    logError('Invoke Error', error);
    await postError(`/invocation/${currentRequestId}/error`, error);
  } finally {
    process.removeAllListeners('beforeExit');
  }
}

/** An error outside the handler's promise may leave the process in a bad state: post the error, then exit. */
function exitOnUncaughtError(event, title, wrap, exitCode) {
  process.on(event, async (reason) => {
    const error = wrap(reason);
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
  (reason) => namedError('Runtime.UnhandledPromiseRejection', String(reason), reason),
  128,
);
const handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER).catch(async (error) => {
  logError('Uncaught Exception', error);
  await postError('/init/error', error);
  process.exit(1);
});
for (;;) {
  writeOutput('\x1e{"idle":true}\n');
  await serveNext(handler);
}
