/** Validates the destinations for records of asynchronous events. */
import { AwsError } from '../api/aws-error.ts';

/** Standard queues only: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
export const QUEUE_ARN =
  /^arn:aws[a-z-]*:sqs:(?<region>[a-z0-9-]+):(?<account>\d{12}):(?<queue>[a-zA-Z0-9_-]{1,80})$/;
export const BUCKET_ARN = /^arn:aws[a-z-]*:s3:::(?<bucket>[a-z0-9.-]{3,63})$/;

/** @throws AwsError for a destination that Lambda or the emulator does not support */
export function checkDestinations(onSuccess: string | undefined, onFailure: string | undefined): void {
  if (onSuccess && !QUEUE_ARN.test(onSuccess)) {
    throw invalid(onSuccess, 'OnSuccess', 'a standard SQS queue');
  }
  if (onFailure && !QUEUE_ARN.test(onFailure) && !BUCKET_ARN.test(onFailure)) {
    throw invalid(onFailure, 'OnFailure', 'a standard SQS queue or an S3 bucket');
  }
}

function invalid(arn: string, member: string, supported: string): AwsError {
  return new AwsError(
    400,
    'InvalidParameterValueException',
    `The destination ${arn} of ${member} is not supported by the Lambda emulator: it must be the ARN of ${supported}.`,
  );
}
