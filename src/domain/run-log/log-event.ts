/** One event of CloudWatch Logs. */
export interface LogEvent {
  id: string;
  stream: string;
  /** epoch milliseconds, as are all instants here */
  timestamp: number;
  ingestionTime: number;
  message: string;
}
