/** The functions of the stand-in. They exist because they are named. */

export const REGION = 'eu-central-1';
const ARN = `arn:aws:lambda:${REGION}:123456789012:function:`;

interface Behaviour {
  /** of a RequestResponse */
  answerAfterMs: number;
  /** of an Event: when its run fails, and its log says so; undefined: it runs on, and its log has only its START */
  failsAfterMs?: number;
}

const AT_ONCE: Behaviour = { answerAfterMs: 0 };

/** `fn`: succeeds at once; `slow-1000`: after a second; `fails-500`: fails after half a second; others run on. */
export function behaviourOf(name: string): Behaviour {
  const [, kind, milliseconds] = /^(slow|fails)-(\d+)/.exec(name) ?? [];
  if (kind === undefined) return AT_ONCE;
  const after = Number(milliseconds);
  return kind === 'slow' ? { answerAfterMs: after } : { ...AT_ONCE, failsAfterMs: after };
}

/** @returns the answer to a read of settings, or undefined where the path is none */
export function describe(url: string): object | undefined {
  if (url.startsWith('/2016-08-19/account-settings')) return { AccountLimit: {}, AccountUsage: {} };
  const [, date, encoded = '', what] =
    /^\/(2015-03-31|2019-09-25)\/functions\/([^/?]+)\/(configuration|event-invoke-config)/.exec(url) ?? [];
  if (date === undefined) return undefined;
  const name = decodeURIComponent(encoded);
  // No retries: the end of the one run is the end of the event.
  if (what === 'event-invoke-config') return { FunctionArn: `${ARN}${name}`, MaximumRetryAttempts: 0 };
  return {
    FunctionName: name,
    FunctionArn: `${ARN}${name}`,
    Runtime: 'python3.13',
    PackageType: 'Zip',
    Timeout: 900,
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` },
  };
}
