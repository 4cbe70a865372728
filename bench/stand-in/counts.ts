/** What a stand-in has received so far. */
export interface StandInCounts {
  invokes: number;
  logCalls: number;
}

export async function readCounts(url: string): Promise<StandInCounts> {
  return (await (await fetch(`${url}/counts`)).json()) as StandInCounts;
}
