/** FilterLogEvents calls a second of an account in a region: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const QUOTAS: Record<string, number> = {
  'us-east-1': 25,
  'ap-northeast-3': 5,
  'ap-southeast-3': 5,
  'ca-west-1': 5,
  'eu-central-1': 5,
  'il-central-1': 5,
};
/** The same page: each of the other regions. */
const OTHER_REGIONS = 10;
/** The rest is for the console, and for other programs in the account. */
const OUR_SHARE = 0.8;

/** How many calls of CloudWatch Logs the bridge may make in a second, unless configured. */
export function logCallsPerSecond(region: string): number {
  return (QUOTAS[region] ?? OTHER_REGIONS) * OUR_SHARE;
}
