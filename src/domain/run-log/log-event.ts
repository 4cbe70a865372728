/** One event of CloudWatch Logs. */
export interface LogEvent {
  id: string;
  stream: string;
  /** epoch milliseconds, like all times in this folder */
  timestamp: number;
  ingestionTime: number;
  message: string;
}
